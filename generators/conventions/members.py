"""Languages that no finite machine accepts, with their members drawn as FLaRe draws them (Butoi et al., ICLR 2025).

Half of the words are members. The others are proposed, with equal chances each time, as uniform words or as members
after one or more edits (geometric with parameter 1/2), until one is no member. An edit is a substitution or a move: the
length stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np

from ..kinds import Classes, Readout, Symbols
from ..rules.draws import Rows, Tape, write_from_tapes
from ..source import Key, Source, Words
from ..task import Task

COPY, REVERSAL, ODDS_FIRST, SORT, PALINDROME, HIDDEN, MAJORITY = range(7)
HALVES = (PALINDROME, HIDDEN)
_MARKED = np.int64(SORT)


@numba.njit(cache=True, nogil=True)
def _below(tape, read, bound):  # type: ignore[no-untyped-def]
    """Return a uniform number below `bound` and where to read on; beyond the tape where it came to its end."""
    low, n = np.uint64(0xFFFFFFFF), np.uint64(bound)
    while read < len(tape):
        product = (tape[read] & low) * n
        read += 1
        if (product & low) >= np.uint64(1 << 32) % n:
            return np.int64(product >> np.uint64(32)), read
    return np.int64(0), len(tape) + 1


@numba.njit(cache=True, nogil=True)
def _finish(kind, size, word, n):  # type: ignore[no-untyped-def]
    """Write what must follow the first half of a word: the marker, where there is one, and the second half."""
    half = n // 2
    begin = half
    if kind <= _MARKED:
        word[half] = size - 1
        begin = half + 1
    if kind == SORT:
        at = begin
        for symbol in range(size - 1):
            for t in range(half):
                if word[t] == symbol:
                    word[at] = symbol
                    at += 1
        return
    for t in range(half):
        if kind in (REVERSAL, PALINDROME):
            word[n - 1 - t] = word[t]
        elif kind == ODDS_FIRST:
            word[begin + t // 2 + (t % 2) * ((half + 1) // 2)] = word[t]
        else:
            word[begin + t] = word[t]


@numba.njit(cache=True, nogil=True)
def _member(kind, size, word, n, tape, read):  # type: ignore[no-untyped-def]
    """Write a member of length n; return where to read on."""
    if kind == MAJORITY:  # ones: a uniform number that is enough; then in any order
        ones, read = _below(tape, read, n - n // 2)
        for t in range(n):
            word[t] = np.int64(t < ones + n // 2 + 1)
        for t in range(n - 1, 0, -1):
            other, read = _below(tape, read, t + 1)
            word[t], word[other] = word[other], word[t]
        return read
    half = n // 2
    for t in range(half):
        symbol, read = _below(tape, read, 2 if kind != SORT else size - 1)
        word[t] = symbol
    if kind == HIDDEN:  # one of the ones is hidden; there is at least one
        sure, read = _below(tape, read, half)
        word[sure] = 1
    _finish(kind, size, word, n)
    if kind == HIDDEN:
        ones = np.int64(0)
        for t in range(n):
            ones += np.int64(word[t])
        left, read = _below(tape, read, ones)
        for t in range(n):
            if word[t] == 1:
                if left == 0:
                    word[t] = 2
                    break
                left -= 1
    return read


@numba.njit(cache=True, nogil=True)
def _is_member(kind, size, word, n, other):  # type: ignore[no-untyped-def]
    """Whether a word is a member; `other` is memory."""
    if kind == MAJORITY:
        ones = np.int64(0)
        for t in range(n):
            ones += np.int64(word[t])
        return 2 * ones > n
    hidden = 0
    for t in range(n):
        other[t] = word[t]
        if kind == HIDDEN and word[t] == 2:
            other[t] = 1
            hidden += 1
    if kind == HIDDEN:
        for t in range(n // 2):
            if other[t] != other[n // 2 + t]:
                return False
        return n % 2 == 0 and hidden == 1
    if (n % 2 == 1) != (kind <= _MARKED):
        return False
    for t in range(n // 2):
        if kind <= _MARKED and word[t] == size - 1:
            return False
    _finish(kind, size, other, n)
    wrong = np.int64(0)
    for t in range(n):
        wrong += np.int64(other[t] != word[t])
    return wrong == 0


@numba.njit(cache=True, nogil=True)
def _edit(size, word, n, tape, read):  # type: ignore[no-untyped-def]
    """Change a word by edits; return where to read on."""
    going = np.int64(1)
    while going:
        move, read = _below(tape, read, 2)
        place, read = _below(tape, read, n)
        if move:
            other, read = _below(tape, read, n)
            symbol, read = _below(tape, read, size)
            for t in range(place, other):
                word[t] = word[t + 1]
            for t in range(place, other, -1):
                word[t] = word[t - 1]
            word[other] = symbol
        else:
            more, read = _below(tape, read, size - 1)
            word[place] = (word[place] + 1 + more) % size
        going, read = _below(tape, read, 2)
    return read


@numba.njit(cache=True, nogil=True)
def write_examples(tape, rows, lengths, kind, size, symbols, labels):  # type: ignore[no-untyped-def]
    """Write a word of each length and whether it is a member; return the rows whose tape came to its end."""
    unfinished = rows.copy()
    stopped = 0
    other = np.empty(symbols.shape[1], np.int64)
    for j in range(len(rows)):
        i = rows[j]
        n, word, numbers = lengths[i], symbols[i], tape[j]
        accepted, read = _below(numbers, 0, 2)
        if accepted:
            read = _member(kind, size, word, n, numbers, read)
        else:
            while read <= len(numbers):
                near, read = _below(numbers, read, 2)
                if near:
                    read = _member(kind, size, word, n, numbers, read)
                    read = _edit(size, word, n, numbers, read)
                else:
                    for t in range(n):
                        symbol, read = _below(numbers, read, size)
                        word[t] = symbol
                if not _is_member(kind, size, word, n, other):
                    break
        labels[i, n - 1] = accepted
        if read > len(numbers):
            unfinished[stopped] = i
            stopped += 1
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def label_examples(symbols, lengths, kind, size, labels):  # type: ignore[no-untyped-def]
    """Write at each word's end whether it is a member."""
    other = np.empty(symbols.shape[1], np.int64)
    for i in range(len(lengths)):
        labels[i, lengths[i] - 1] = np.int64(_is_member(kind, size, symbols[i], lengths[i], other))


@dataclass(frozen=True)
class Members(Source):
    """Members of a language, and words that are none."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ("length", "first", "last", "bag", "duplicates", "overlap", "fixed symbols"),
            "words are drawn from the language",
        ),
        "ties": "where none is the most frequent, ones are no majority",
    }
    kind: int
    size: int

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: odd with a marker, even where the word is two halves."""
        if self.kind == MAJORITY:
            return range(low, high + 1)
        shortest = max(low, 2) if self.kind in HALVES else low
        return range(shortest + (shortest + (self.kind not in HALVES)) % 2, high + 1, 2)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""

        def write(tape: Tape, rows: Rows) -> Rows:
            left: Rows = write_examples(
                tape, rows, words.lengths, self.kind, self.size, words.symbols, words.labels
            )
            return left

        write_from_tapes(write, key, first, len(words), 3 * int(words.lengths.max()) + 16)

    def label(self, words: Words) -> None:
        """See `Source`."""
        label_examples(words.symbols, words.lengths, self.kind, self.size, words.labels)


def members_task(name: str, kind: int, size: int) -> Task:
    """Return the task of saying at the end whether a word is a member."""
    return Task(name, 1, Symbols(size), Classes(2), Readout.FINAL, Members(kind, size))
