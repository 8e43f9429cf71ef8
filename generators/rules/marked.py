"""Recognition of marked copies and marked reversals: is a word w#w, or w# and w from its end?

Languages: Butoi et al., "Training neural networks as recognizers of formal languages", ICLR 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np

from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..source import Key, Source, Words
from ..task import Task
from .draws import Rows, Tape, write_from_tapes
from .parameters import check_symbols, named, within

LARGEST_ALPHABET = 65_535  # and the marker


@numba.njit(cache=True, nogil=True)
def _substitute(numbers, size, reversal, word):  # type: ignore[no-untyped-def]
    """Make the right second half wrong in half of the words; return 1 where it stays, -1 at the tape's end."""
    low, half, limit = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1 << 32)
    side, others = np.uint64(len(word) // 2), np.uint64(size - 1)
    coins, one = numbers[0], np.uint64(1)
    if coins & one:
        return 1
    read = 1
    while True:
        if read == len(numbers):
            return -1
        place, shift = (numbers[read] & low) * side, (numbers[read] >> half) * others
        read += 1
        if (place & low) < limit % side or (shift & low) < limit % others:
            continue
        at = np.int64(place >> half)
        right = np.int64(word[np.int64(side) - 1 - at] if reversal else word[at])
        word[np.int64(side) + 1 + at] = (right + 1 + np.int64(shift >> half)) % size
        coins >>= one
        if not coins & one:
            return 0


@numba.njit(cache=True, nogil=True)
def write_marked(tape, rows, lengths, size, reversal, symbols, labels):  # type: ignore[no-untyped-def]
    """Make given first halves words, half of them members; return the rows whose tape came to its end."""
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        n, word = lengths[i], symbols[i]
        side = n // 2
        word[side] = size
        for t in range(side):
            word[n - 1 - t if reversal else side + 1 + t] = word[t]
        member = _substitute(tape[j], size, reversal, word[:n])
        labels[i, n - 1] = member
        if member < 0:
            unfinished[stopped] = i
            stopped += 1
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def recognise(symbols, lengths, size, reversal, labels):  # type: ignore[no-untyped-def]
    """Write 1 at the end of each word that is a member, 0 at those of others."""
    for i in range(len(lengths)):
        n, word = lengths[i], symbols[i]
        side = n // 2
        member = n % 2 == 1 and word[side] == size
        for t in range(side):
            other = word[n - 1 - t] if reversal else word[min(side + 1 + t, n - 1)]
            member = member and word[t] < size and word[t] == other
        labels[i, n - 1] = member


@dataclass(frozen=True)
class Marked(Source):
    """Words ``w#v``, w uniform, v right in half of them and with substitutions in the others."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "short words are seen whole",
        "last": "short words are seen whole",
        "bag": "in a member every symbol comes an even number of times",
    }
    size: int
    reversal: bool

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: odd, at least 3."""
        return range(max(low, 3) | 1, high + 1, 2)

    def chance(self, length: int) -> float:
        """See `Source`."""
        return 0.5

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)

        def write(tape: Tape, rows: Rows) -> Rows:
            given = words.lengths, self.size, self.reversal, words.symbols, words.labels
            left: Rows = write_marked(tape, rows, *given)
            return left

        write_from_tapes(write, key, first, len(words), 8)

    def label(self, words: Words) -> None:
        """See `Source`: any word over the symbols and the marker."""
        check_symbols(words, self.size + 1)
        recognise(words.symbols, words.lengths, self.size, self.reversal, words.labels)


def _task(rule: str, size: int, reversal: bool) -> Task:
    name = named(rule, size, 2)
    within(name, "N", size, 2, LARGEST_ALPHABET)
    return Task(name, 1, Symbols(size + 1), Classes(2), Readout.FINAL, Marked(size, reversal))


@register_task("marked-copy")
def marked_copy(N: int = 2) -> Task:
    """Words ``w#v`` over N symbols and the marker N, w and v of the same length; at the end, whether v is w.

    w is uniform. In half of the words v is right; in the others it is changed once, twice, three times, … with
    probability 1/2, 1/4, 1/8, …: a uniform place of v gets a uniform wrong symbol.
    """
    return _task("marked-copy", N, reversal=False)


@register_task("marked-reversal")
def marked_reversal(N: int = 2) -> Task:
    """Words ``w#v`` over N symbols and the marker N; at the end, whether v is w from its end.

    Drawn as for ``marked-copy``.
    """
    return _task("marked-reversal", N, reversal=True)
