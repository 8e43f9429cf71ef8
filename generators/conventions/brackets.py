"""Bracketed expressions whose digits are uniform, as peers draw them, so that the value is not.

By splitting (Delétang et al.; SLiCE): of length 1 to 4 one of d, -d, (d), (-d), and longer (L o R), the length of L
uniform. By growing (AUSSM): from one leaf on, a uniform leaf becomes (d o d). In an equation a digit is hidden behind
x. Symbols: digits 0 to M - 1, then ``+ - * ( ) x =``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numba
import numpy as np

from ...errors import RequestError
from ..kinds import Classes, Readout, Symbols
from ..rules.draws import PLACES, Rows, Tape, draw_below, write_from_tapes
from ..source import Key, Lengths, Source, Words
from ..task import Task

WHY = "a product with 0 is 0; short words are seen whole"
Hidden = Literal["", "next", "any"]
"""No x; in place of the first digit at or after a uniform place (cyclically); of a uniform digit."""


@numba.njit(cache=True, nogil=True)
def split(tape, rows, lengths, modulus, operators, out):  # type: ignore[no-untyped-def]
    """Write an expression of each length; return the rows whose tape came to its end."""
    low16, low32, half = np.uint64(0xFFFF), np.uint64(0xFFFFFFFF), np.uint64(32)
    m, o = np.uint64(modulus), np.uint64(len(operators))
    waiting = np.empty((lengths.max() // 4 + 2, 2), np.int64)
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        row, read, top, at, length = out[i], 0, 0, 0, lengths[i]
        while True:
            if read == len(tape[j]):
                unfinished[stopped] = i
                stopped += 1
                break
            number = tape[j, read]
            read += 1
            digit = ((number >> np.uint64(48)) & low16) * m
            kind = ((number >> half) & low16) * o
            if length > 4:
                cut = (number & low32) * np.uint64(length - 4)
                # Lemire's rejections: without them some draws come more often.
                if (kind & low16) < np.uint64(65536) % o or (cut & low32) < np.uint64(1 << 32) % np.uint64(
                    length - 4
                ):
                    continue
                left = np.int64(cut >> half) + 1
                row[at], row[at + length - 1] = modulus + 3, modulus + 4
                row[at + 1 + left] = operators[np.int64(kind >> np.uint64(16))]
                waiting[top, 0], waiting[top, 1] = at + 2 + left, length - 3 - left
                top += 1
                at, length = at + 1, left
                continue
            if (digit & low16) < np.uint64(65536) % m:
                continue
            if length > 2:
                row[at], row[at + length - 1] = modulus + 3, modulus + 4
            middle = at + length // 2
            if length % 2 == 0:
                row[middle - 1] = modulus + 1
            row[middle] = digit >> np.uint64(16)
            if top == 0:
                break
            top -= 1
            at, length = waiting[top, 0], waiting[top, 1]
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def grow(tape, rows, lengths, modulus, out):  # type: ignore[no-untyped-def]
    """Write the expression of a tree grown leaf by leaf; return the rows whose tape came to its end."""
    low16, low32, half, sixteen = np.uint64(0xFFFF), np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(16)
    m, three = np.uint64(modulus), np.uint64(3)
    most = lengths.max() // 4
    lefts, rights = np.empty(2 * most + 1, np.int64), np.empty(2 * most + 1, np.int64)
    content, leaves = np.empty(2 * most + 1, np.int64), np.empty(most + 1, np.int64)
    stack = np.empty(4 * most + 4, np.int64)
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        nodes, count, read = 1, 1, 0
        leaves[0] = 0
        lefts[0] = -1
        grown, wanted, ended = 0, lengths[i] // 4, False
        while grown < wanted or count:
            if read == len(tape[j]):
                ended = True
                break
            number = tape[j, read]
            read += 1
            digit = ((number >> np.uint64(48)) & low16) * m
            kind = ((number >> half) & low16) * three
            if grown == wanted:  # all leaves become digits
                if (digit & low16) < np.uint64(65536) % m:
                    continue
                count -= 1
                content[leaves[count]] = np.int64(digit >> sixteen)
                continue
            pick = (number & low32) * np.uint64(count)
            if (kind & low16) < np.uint64(1) or (pick & low32) < np.uint64(1 << 32) % np.uint64(count):
                continue
            chosen = np.int64(pick >> half)
            node = leaves[chosen]
            content[node] = modulus + np.int64(kind >> sixteen)
            lefts[node], rights[node] = nodes, nodes + 1
            lefts[nodes], lefts[nodes + 1] = -1, -1
            leaves[chosen], leaves[count] = nodes, nodes + 1
            nodes += 2
            count += 1
            grown += 1
        if ended:
            unfinished[stopped] = i
            stopped += 1
            continue
        top, at = 1, 0
        stack[0] = 0
        while top:  # entries below 0 are symbols to write
            top -= 1
            node = stack[top]
            if node < 0:
                out[i, at] = -1 - node
                at += 1
            elif lefts[node] < 0:
                out[i, at] = content[node]
                at += 1
            else:
                out[i, at] = modulus + 3
                at += 1
                stack[top] = -1 - (modulus + 4)
                stack[top + 1] = rights[node]
                stack[top + 2] = -1 - content[node]
                stack[top + 3] = lefts[node]
                top += 4
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def evaluate(symbols, lengths, modulus, labels):  # type: ignore[no-untyped-def]
    """Write the value of each expression at its end; return the first word that is none, or -1."""
    values = np.empty(lengths.max() + 1, np.int64)
    operators = np.empty(lengths.max() + 1, np.int64)
    minus, opening, closing = modulus + 1, modulus + 3, modulus + 4
    for i in range(len(lengths)):
        top, waiting, before, negative = 0, 0, opening, False
        for t in range(lengths[i]):
            symbol = np.int64(symbols[i, t])
            if symbol < modulus:
                values[top] = (modulus - symbol) % modulus if negative else symbol
                top += 1
                negative = False
            elif symbol < opening and before >= modulus and before != closing:
                if symbol != minus or negative:
                    return i
                negative = True
            elif symbol <= opening:
                operators[waiting] = symbol
                waiting += 1
            else:
                if symbol != closing or waiting == 0:
                    return i
                if operators[waiting - 1] != opening:
                    if top < 2 or waiting < 2 or operators[waiting - 2] != opening:
                        return i
                    values[top - 2] = _apply(
                        operators[waiting - 1], values[top - 2], values[top - 1], modulus
                    )
                    top -= 1
                    waiting -= 1
                waiting -= 1
            before = symbol
        if top != 1 or waiting != 0 or negative:
            return i
        labels[i, lengths[i] - 1] = values[0]
    return -1


@numba.njit(cache=True, nogil=True)
def _apply(operator, a, b, modulus):  # type: ignore[no-untyped-def]
    if operator == modulus:
        return (a + b) % modulus
    return (a - b) % modulus if operator == modulus + 1 else a * b % modulus


@numba.njit(cache=True, nogil=True)
def hide(symbols, lengths, places, modulus, every, out):  # type: ignore[no-untyped-def]
    """Hide a digit of each expression behind x; write it to `out`."""
    for i in range(len(lengths)):
        n, place = lengths[i], places[i]
        if every:  # the place counts digits
            left, place = place, 0
            while left or symbols[i, place] >= modulus:
                left -= symbols[i, place] < modulus
                place += 1
        else:
            while symbols[i, place] >= modulus:
                place = (place + 1) % n
        out[i] = symbols[i, place]
        symbols[i, place] = modulus + 5


@dataclass(frozen=True)
class UniformDigits(Source):
    """Expressions of uniform digits, labelled with their values; or equations, labelled with what x hides.

    Parameters
    ----------
    modulus : int
    operators : tuple of int
        Drawn uniformly: 0 +, 1 -, 2 *; one that stands twice comes twice as often. Empty: grown trees.
    hidden : Hidden
    after : tuple of int
        What an equation has after its expression, -1 standing for the value and -2 for the equals sign.
    """

    hints: ClassVar[Mapping[str, str]] = dict.fromkeys(("first", "last", "bag"), WHY)
    modulus: int
    operators: tuple[int, ...]
    hidden: Hidden = ""
    after: tuple[int, ...] = ()

    @property
    def delimiters(self) -> tuple[int, ...]:  # type: ignore[override]
        """See `Source`."""
        return tuple(range(self.modulus + 3, self.modulus + 8))

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: a grown tree has 1, 5, 9, … symbols."""
        extra = len(self.after)
        if self.operators:
            return range(max(low, 1 + extra), high + 1)
        first = low + (1 + extra - low) % 4
        return range(max(first, 1 + extra), high + 1, 4)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        inner = words.lengths - len(self.after)
        operators = np.array([self.modulus + kind for kind in self.operators], np.int64)

        def write(tape: Tape, rows: Rows) -> Rows:
            left: Rows
            if self.operators:
                left = split(tape, rows, inner, self.modulus, operators, words.symbols)
            else:
                left = grow(tape, rows, inner, self.modulus, words.symbols)
            return left

        write_from_tapes(write, key, first, len(words), int(inner.max()) + 4)
        self._finish(key, first, words, inner)

    def _finish(self, key: Key, first: int, words: Words, inner: Lengths) -> None:
        values = np.empty((len(words), int(inner.max())), np.int32)
        evaluate(words.symbols, inner, self.modulus, values)
        rows = np.arange(len(words))
        value = values[rows, inner - 1]
        if not self.hidden:
            words.labels[rows, words.lengths - 1] = value
            return
        every = self.hidden == "any"
        inside = np.arange(words.symbols.shape[1]) < inner[:, None]
        digits = ((words.symbols < self.modulus) & inside).sum(1)
        places = draw_below(key, first, digits if every else inner, PLACES)
        found = np.empty(len(words), np.int32)
        hide(words.symbols, inner, places, self.modulus, every, found)
        for place, symbol in enumerate(self.after):
            words.symbols[rows, inner + place] = value if symbol == -1 else self.modulus - symbol + 4
        words.labels[rows, words.lengths - 1] = found

    def label(self, words: Words) -> None:
        """See `Source`: of expressions."""
        if self.hidden:
            raise RequestError("equations are labelled where they are drawn only")
        wrong = evaluate(words.symbols, words.lengths, self.modulus, words.labels)
        if wrong >= 0:
            raise RequestError(f"word {wrong} is no expression with brackets")


def expressions_task(modulus: int, operators: tuple[int, ...]) -> Task:
    """Return the task of values of expressions."""
    source = UniformDigits(modulus, operators)
    return Task(f"mod-brackets:{modulus}", 1, Symbols(modulus + 5), Classes(modulus), Readout.FINAL, source)


def equations_task(modulus: int, operators: tuple[int, ...], hidden: Hidden, after: tuple[int, ...]) -> Task:
    """Return the task of what x is; see `UniformDigits`. Symbols from the modulus on: ``+ - * ( ) x = end``."""
    source = UniformDigits(modulus, operators, hidden, after)
    return Task(f"solve-equation:{modulus}", 1, Symbols(modulus + 8), Classes(modulus), Readout.FINAL, source)
