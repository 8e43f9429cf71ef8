"""Balanced words of K types of brackets, at most M deep, exactly uniform among all of a length.

Such a word is a path of heights from 0 to 0 within 0 and M, and a type for each opening. With r symbols to come at
height h, the next one opens with probability p = N(r - 1, h + 1) / N(r, h), N counting the paths that are left. A
uniform number U = 0.u u' u'' … in base 2^64 is compared with p digit by digit: the first digit decides unless it
equals that of p, once in 2^64 symbols, and then whole numbers decide. So the probabilities are those fractions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import ClassVar

import numba
import numpy as np
from numpy.typing import NDArray

from ...automata import catalogue
from ...automata.machine import Machine
from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..source import Key, Source, Words
from ..task import Task
from .draws import Rows, Tape, digits_after, write_from_tapes
from .parameters import check_symbols, refuse_where, within

LARGEST_TYPES = 127
LARGEST_DEPTH = 64
LARGEST_MACHINE = 4096


def path_counts(depth: int) -> Iterator[list[int]]:
    """Yield, for 0, 1, 2, … symbols to come, the number of paths from each height down to 0.

    Examples
    --------
    >>> [counts[0] for counts in islice(path_counts(2), 9)]
    [1, 0, 1, 0, 2, 0, 4, 0, 8]
    """
    counts = [1] + [0] * depth
    while True:
        yield counts
        wider = [0, *counts, 0]
        counts = [wider[h] + wider[h + 2] for h in range(depth + 1)]


@lru_cache(maxsize=8)
def thresholds(depth: int, longest: int) -> NDArray[np.uint64]:
    """Return the first digit (base 2^64) of the probability to open, shape (longest + 1, depth + 1).

    With r symbols to come at height h; 2^64 - 1 stands for 1 also.
    """
    out = np.zeros((longest + 1, depth + 1), np.uint64)
    before = [0] * (depth + 1)
    for r, counts in enumerate(islice(path_counts(depth), longest + 1)):
        for h in range(r % 2, depth + 1, 2):
            if counts[h] and r:
                opened = before[h + 1] if h < depth else 0
                out[r, h] = min((opened << 64) // counts[h], (1 << 64) - 1)
        before = counts
    return out


@numba.njit(cache=True, nogil=True)
def write_paths(tape, rows, lengths, openings, types, symbols, labels):  # type: ignore[no-untyped-def]
    """Turn the types in `symbols` into balanced words; return the rows where a number equalled a threshold."""
    stack = np.empty(openings.shape[1] + 1, np.int64)  # of the types that are open, from place 1 on
    stack[0] = -1
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        n, word, label, numbers = lengths[i], symbols[i], labels[i], tape[j]
        height = 0
        tied = False
        for t in range(n):
            threshold = openings[n - t, height]
            number = numbers[t]
            tied |= number == threshold
            up = np.int64(number < threshold)
            opened = np.int64(word[t])
            stack[height + 1] = opened  # where it closes, this is above the top and read by nobody
            closed = stack[height] + types
            word[t] = closed ^ ((closed ^ opened) & -up)
            height = max(height + up + up - 1, 0)
            label[t] = stack[height] + 1
        if tied:
            unfinished[stopped] = i
            stopped += 1
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def innermost(symbols, lengths, types, depth, labels):  # type: ignore[no-untyped-def]
    """Write the type that may close next after each symbol, 0 for none; return the first word that is wrong or -1."""
    stack = np.empty(depth + 1, np.int64)
    for i in range(len(lengths)):
        height = 0
        for t in range(lengths[i]):
            symbol = np.int64(symbols[i, t])
            if symbol < types:
                if height == depth:
                    return i
                stack[height] = symbol
                height += 1
            else:
                height -= 1
                if height < 0 or stack[height] != symbol - types:
                    return i
            labels[i, t] = stack[height - 1] + 1 if height else 0
        if height:
            return i
    return -1


def exact_openings(length: int, depth: int, digits: Iterator[int], more: Iterator[int]) -> list[bool]:
    """Return which symbols open, decided by whole numbers alone.

    Parameters
    ----------
    length, depth : int
    digits : iterator of int
        The first digit of each symbol's uniform number, base 2^64.
    more : iterator of int
        Further digits, as they are needed.
    """
    counts = list(islice(path_counts(depth), length + 1))
    opens = []
    height = 0
    for r in range(length, 0, -1):
        part = counts[r - 1][height + 1] if height < depth else 0
        whole, digit = counts[r][height], next(digits)
        threshold, part = divmod(part << 64, whole)
        while digit == threshold and part:
            threshold, part = divmod(part << 64, whole)
            digit = next(more)
        opens.append(digit < threshold)
        height += 1 if opens[-1] else -1
    return opens


@dataclass(frozen=True)
class Balanced(Source):
    """Balanced words, uniform among those of a length, labelled with the type that may close next."""

    regular: ClassVar[bool] = True
    types: int
    depth: int

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: even."""
        return range(low + low % 2, high + 1, 2)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.types, words.symbols)
        longest = int(words.lengths.max())
        openings = thresholds(self.depth, 1 << (longest - 1).bit_length())

        def write(tape: Tape, rows: Rows) -> Rows:
            given = words.lengths, openings, self.types, words.symbols, words.labels
            for row in write_paths(tape, rows, *given):
                self._write_exactly(key, first, words, int(row), tape[row - rows[0]])
            return rows[:0]

        write_from_tapes(write, key, first, len(words), longest)

    def _write_exactly(self, key: Key, first: int, words: Words, row: int, tape: NDArray[np.uint64]) -> None:
        length = int(words.lengths[row])
        drawn = np.empty((1, length), words.symbols.dtype)
        draw_symbols(key, first + row, np.array([length]), length, self.types, drawn)
        digits = (int(number) for number in tape)
        stack: list[int] = []
        for t, opens in enumerate(exact_openings(length, self.depth, digits, digits_after(key, first + row))):
            if opens:
                stack.append(int(drawn[0, t]))
            words.symbols[row, t] = stack[-1] if opens else self.types + stack.pop()
            words.labels[row, t] = stack[-1] + 1 if stack else 0

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, 2 * self.types)
        row = innermost(words.symbols, words.lengths, self.types, self.depth, words.labels)
        wrong = np.arange(len(words)) == row
        refuse_where(wrong, words, f"a balanced word at most {self.depth} deep")


def machine_of(types: int, depth: int) -> Machine | None:
    """Return the machine behind the labels, 0 also where a word is not balanced; None where it has too many states."""
    if sum(types**open_ for open_ in range(depth + 1)) > LARGEST_MACHINE:
        return None
    acceptor = catalogue.dyck(types, depth)
    # The innermost open type is the one whose closing leads back to where its opening came from.
    delta = acceptor.semiautomaton.delta
    outputs = np.zeros(acceptor.states, np.int32)
    reached = [acceptor.start]
    for state in reached:
        for kind in range(types):
            target = int(delta[state, kind])
            if delta[target, types + kind] == state and target != state:
                outputs[target] = kind + 1
                reached.append(target)
    return Machine(acceptor.semiautomaton, acceptor.start, outputs, types + 1)


@register_task("dyck", example="dyck:2:3")
def dyck(K: int, M: int) -> Task:
    """Balanced words of K types of brackets (1 to 127), at most M deep (1 to 64); after each symbol, what may close.

    Symbols: openings 0 to K - 1, closings K to 2K - 1. Labels: 0 where nothing is open, else 1 + the innermost
    open type. Uniform among all words of the length.
    """
    name = f"dyck:{K}:{M}"
    within(name, "K", K, 1, LARGEST_TYPES)
    within(name, "M", M, 1, LARGEST_DEPTH)
    return Task(name, 1, Symbols(2 * K), Classes(K + 1), Readout.PREFIX, Balanced(K, M), machine_of(K, M))
