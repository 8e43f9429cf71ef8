"""Modular arithmetic with brackets: expressions of an exact length and a given value, and equations of them.

The rule is that of Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023: an expression of length
1 is a digit d, of length 2 to 4 one of -d, (d), (-d), and a longer one (L o R), with o one of + - * and the length of
L uniform. They draw the digits, so that the value 0, which any product with 0 has, comes in 30 % of the words where
20 % are due (modulus 5). Here the value is drawn first, uniformly, and handed down: an operation is drawn, then its two
operands uniformly among all pairs that give the value. So every value is as likely at every length, and nothing is left
to evaluate.

In an equation one digit is hidden behind x. The operands are then drawn so that every factor beside x's part is
invertible: each step from x to the root can be undone, so the solution is unique.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import gcd
from typing import ClassVar

import numba
import numpy as np
from numpy.typing import NDArray

from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..source import Key, Lengths, Source, Words
from ..task import Task
from .draws import PLACES, VALUES, Rows, Tape, draw_below, write_from_tapes
from .parameters import within

LARGEST_MODULUS = 128
NOWHERE = -1


@cache
def operands(modulus: int) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the pairs of operands for every operation and value.

    Returns
    -------
    pairs : int64 array
        ``left + modulus * right``, sorted by operation, then by value.
    starts, counts : uint64 arrays, shape (5 * modulus,)
        Those of operation o and value v begin at ``starts[o * modulus + v]``. The operations are sum,
        difference, product, product by an invertible right operand, product by an invertible left one.
    """
    residues = range(modulus)
    units = [r for r in residues if gcd(r, modulus) == 1]
    kinds: list[tuple[Callable[[int, int], int], Sequence[int], Sequence[int]]] = [
        (lambda a, b: a + b, residues, residues),
        (lambda a, b: a - b, residues, residues),
        (lambda a, b: a * b, residues, residues),
        (lambda a, b: a * b, residues, units),
        (lambda a, b: a * b, units, residues),
    ]
    found: list[list[int]] = [[] for _ in range(5 * modulus)]
    for kind, (operation, lefts, rights) in enumerate(kinds):
        for right in rights:
            for left in lefts:
                found[kind * modulus + operation(left, right) % modulus].append(left + modulus * right)
    counts = np.array([len(pairs) for pairs in found], np.uint64)
    starts = np.concatenate([np.zeros(1, np.uint64), np.cumsum(counts)[:-1]]).astype(np.uint64)
    return np.concatenate([np.array(pairs, np.int64) for pairs in found]), starts, counts


@numba.njit(cache=True, nogil=True)
def _write_expression(numbers, length, value, place, modulus, pairs, starts, counts, waiting, row):  # type: ignore[no-untyped-def]
    """Write one expression; return the digit hidden behind x (0 where there is none), or -1 at the tape's end."""
    low, low16 = np.uint64(0xFFFFFFFF), np.uint64(0xFFFF)
    sixteen, half, three = np.uint64(16), np.uint64(32), np.uint64(3)
    minus, opening, closing, unknown = modulus + 1, modulus + 3, modulus + 4, modulus + 5
    read, top, at, hidden = 0, 0, 0, 0
    while True:
        while length > 4:
            if read == len(numbers):
                return -1
            number = numbers[read]
            read += 1
            choices = np.uint64(length - 4)
            split = (number & low) * choices
            operator = ((number >> half) & low16) * three
            left = np.int64(split >> half) + 1
            kind = np.int64(operator >> sixteen)
            holds = place >= at and place < at + length
            on_left = place < at + 1 + left
            if holds and kind == 2:
                kind += 1 if on_left else 2
            entry = np.uint64(kind * modulus + value)
            count = counts[entry]
            pick = (number >> np.uint64(48)) * count
            # Lemire's rejections, for all three draws at once: without them some come more often.
            if (
                (operator & low16) < np.uint64(1)
                or (pick & low16) < np.uint64(65536) % count
                or ((split & low) < choices and (split & low) < np.uint64(1 << 32) % choices)
            ):
                continue
            if holds:  # a bracket or an operator sends x to the operand beside it
                place = max(place, at + 1) if on_left else max(at + 2 + left, min(place, at + length - 2))
            pair = pairs[starts[entry] + (pick >> sixteen)]
            right_value = pair // modulus
            row[at] = opening
            row[at + length - 1] = closing
            row[at + 1 + left] = modulus + min(kind, 2)
            waiting[top, 0], waiting[top, 1], waiting[top, 2] = at + 2 + left, length - 3 - left, right_value
            top += 1
            at, length, value = at + 1, left, pair - modulus * right_value
        # d, -d, (d) and (-d) by the same four writes: what is too much is overwritten.
        negative = 1 - (length & 1)
        digit = (modulus - value if value else 0) if negative else value
        middle = at + (length >> 1)
        row[at + length - 1] = closing
        row[at] = opening
        row[middle - negative] = minus
        row[middle] = digit
        if place >= at and place < at + length:
            row[middle] = unknown
            hidden = digit
        if top == 0:
            return hidden
        top -= 1
        at, length, value = waiting[top, 0], waiting[top, 1], waiting[top, 2]


@numba.njit(cache=True, nogil=True)
def write_expressions(tape, rows, lengths, values, places, modulus, pairs, starts, counts, out, hidden):  # type: ignore[no-untyped-def]
    """Write an expression of each length and value; return the rows whose tape came to its end.

    `places` holds the position whose digit is hidden behind x, or -1; a bracket's or an operator's place stands for
    that of the operand beside it. The digit goes to `hidden`.
    """
    waiting = np.empty((lengths.max() // 4 + 2, 3), np.int64)  # right operands: position, length, value
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        digit = _write_expression(
            tape[j], lengths[i], values[i], places[i], modulus, pairs, starts, counts, waiting, out[i]
        )
        hidden[i] = digit
        if digit < 0:
            unfinished[stopped] = i
            stopped += 1
    return unfinished[:stopped]


def _draw(
    key: Key, first: int, words: Words, modulus: int, lengths: Lengths, places: Lengths
) -> tuple[Lengths, Lengths]:
    """Write expressions of these lengths; return their values and what x hides."""
    values = draw_below(key, first, np.full(len(lengths), modulus), VALUES)
    hidden = np.zeros_like(values)

    def write(tape: Tape, rows: Rows) -> Rows:
        given = lengths, values, places, modulus, *operands(modulus)
        left: Rows = write_expressions(tape, rows, *given, words.symbols, hidden)
        return left

    # A node takes one number and at least four positions; an eighth more is for numbers refused.
    write_from_tapes(write, key, first, len(lengths), int(lengths.max()) * 9 // 32 + 2)
    return values, hidden


@dataclass(frozen=True)
class Expressions(Source):
    """Bracketed expressions of a uniform value, labelled with it."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "a product with 0 is 0; short words are seen whole",
        "last": "a product with 0 is 0; short words are seen whole",
        "bag": "a product with 0 is 0; short words are seen whole",
    }
    modulus: int

    @property
    def delimiters(self) -> tuple[int, ...]:  # type: ignore[override]
        """See `Source`: brackets."""
        return self.modulus + 3, self.modulus + 4

    def chance(self, length: int) -> float:
        """See `Source`: every value is as likely."""
        return 1 / self.modulus

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        nowhere = np.full_like(words.lengths, NOWHERE)
        values, _ = _draw(key, first, words, self.modulus, words.lengths, nowhere)
        words.labels[np.arange(len(words)), words.lengths - 1] = values


@dataclass(frozen=True)
class Equations(Source):
    """Equations ``expression = value`` with one digit hidden behind x, labelled with that digit."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "short words are seen whole",
        "last": "the value stands last; short words are seen whole",
        "bag": "short words are seen whole",
    }
    modulus: int

    @property
    def delimiters(self) -> tuple[int, ...]:  # type: ignore[override]
        """See `Source`: brackets, the sign of equality."""
        return self.modulus + 3, self.modulus + 4, self.modulus + 6

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: at least ``x = value``."""
        return range(max(low, 3), high + 1)

    def chance(self, length: int) -> float:
        """See `Source`: every solution is as likely."""
        return 1 / self.modulus

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        lengths = words.lengths - 2
        places = draw_below(key, first, lengths, PLACES)
        values, hidden = _draw(key, first, words, self.modulus, lengths, places)
        rows = np.arange(len(words))
        words.symbols[rows, lengths] = self.modulus + 6
        words.symbols[rows, lengths + 1] = values
        words.labels[rows, lengths + 1] = hidden


@register_task("mod-brackets", example="mod-brackets:5")
def mod_brackets(M: int) -> Task:
    """Expressions modulo M (2 to 128) with brackets; at the end, the value.

    Symbols: digits 0 to M - 1, then ``+ - * ( )``. Of length 1 to 4: a digit d, -d, (d), (-d); longer: (L o R), the
    length of L uniform from 1 to n - 4, the operator o uniform. The value is uniform; from it down, the values of L
    and R are uniform among all pairs that give it.
    """
    name = f"mod-brackets:{M}"
    within(name, "M", M, 2, LARGEST_MODULUS)
    return Task(name, 1, Symbols(M + 5), Classes(M), Readout.FINAL, Expressions(M))


@register_task("solve-equation", example="solve-equation:5")
def solve_equation(M: int) -> Task:
    """Equations modulo M (2 to 128) with brackets and one x, such as ``(3*(-x))=4``; at the end, x.

    Symbols: digits 0 to M - 1, then ``+ - * ( ) x =``. Expressions as for ``mod-brackets``, but that the factor
    beside the one that holds x is invertible: there is exactly one solution, and each is as likely. The place of x
    is uniform (a bracket or an operator stands for the operand beside it).
    """
    name = f"solve-equation:{M}"
    within(name, "M", M, 2, LARGEST_MODULUS)
    return Task(name, 1, Symbols(M + 7), Classes(M), Readout.FINAL, Equations(M))
