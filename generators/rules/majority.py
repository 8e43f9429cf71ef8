"""The most frequent symbol of a word, and how often it comes.

Rules: Beck et al., "xLSTM", NeurIPS 2024. Uniform words over many symbols often have several most frequent ones, so
that the label is that of a tie-break; here a word has a single one. The count of uniform words follows almost from
their length; here words lean towards a favourite symbol, each as much as chance says, so that every count comes.
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
from ..source import Key, Lengths, Source, Words
from ..task import Task
from .draws import PLACES, VALUES, Rows, Tape, draw_below, write_from_tapes
from .parameters import check_symbols, named, refuse_where, within

LARGEST_ALPHABET = 256
END = 2


@numba.njit(cache=True, nogil=True)
def _count(word, counts):  # type: ignore[no-untyped-def]
    counts[:] = 0
    for t in range(len(word)):
        counts[word[t]] += 1


@numba.njit(cache=True, nogil=True)
def _most_frequent(counts):  # type: ignore[no-untyped-def]
    """Return the symbol that comes most often, or -1 where two do."""
    largest, times, symbol = counts.max(), 0, -1
    for s in range(len(counts)):
        if counts[s] == largest:
            times += 1
            symbol = s
    return symbol if times == 1 else -1


@numba.njit(cache=True, nogil=True)
def _decided(numbers, size, counts, word):  # type: ignore[no-untyped-def]
    """Write uniform words until one has a single most frequent symbol; return it, or -1 at the tape's end."""
    n = np.uint64(size)
    low16, sixteen = np.uint64(0xFFFF), np.uint64(16)
    biased = np.uint64(65536) % n
    read, left, number = 0, 0, np.uint64(0)
    symbol = -1
    while symbol < 0:
        t = 0
        while t < len(word):
            if left == 0:
                if read == len(numbers):
                    return -1
                number, left = numbers[read], 4
                read += 1
            product = (number & low16) * n
            number >>= sixteen
            left -= 1
            if (product & low16) >= biased:  # Lemire's rejection
                word[t] = product >> sixteen
                t += 1
        _count(word, counts)
        symbol = _most_frequent(counts)
    return symbol


@numba.njit(cache=True, nogil=True)
def write_decided(tape, rows, lengths, size, symbols, labels):  # type: ignore[no-untyped-def]
    """Write words with a single most frequent symbol; return the rows whose tape came to its end."""
    counts = np.empty(size, np.int32)
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        symbol = _decided(tape[j], size, counts, symbols[i, : lengths[i]])
        labels[i, lengths[i] - 1] = symbol
        if symbol < 0:
            unfinished[stopped] = i
            stopped += 1
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def most_frequent(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the most frequent symbol at the end of each word, -1 where there are several."""
    counts = np.empty(size, np.int32)
    for i in range(len(lengths)):
        _count(symbols[i, : lengths[i]], counts)
        labels[i, lengths[i] - 1] = _most_frequent(counts)


@dataclass(frozen=True)
class Decided(Source):
    """Uniform among the words that have a single most frequent symbol, labelled with it."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "every symbol counts",
        "last": "every symbol counts",
        "bag": "the rule is of counts alone",
    }
    size: int

    def chance(self, length: int) -> float:
        """See `Source`."""
        return 1 / self.size

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""

        def write(tape: Tape, rows: Rows) -> Rows:
            left: Rows = write_decided(tape, rows, words.lengths, self.size, words.symbols, words.labels)
            return left

        write_from_tapes(write, key, first, len(words), int(words.lengths.max()) // 2 + 2)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, self.size)
        most_frequent(words.symbols, words.lengths, self.size, words.labels)
        ties = words.labels[np.arange(len(words)), words.lengths - 1] < 0
        refuse_where(ties, words, "a single most frequent symbol")


@numba.njit(cache=True, nogil=True)
def lean(tape, rows, lengths, favourites, shares, symbols):  # type: ignore[no-untyped-def]
    """Overwrite each position with the favourite, with probability share / 256."""
    for j in range(len(rows)):
        i = rows[j]
        word, favourite, share = symbols[i], favourites[i], np.uint8(shares[i])
        numbers = tape[j].view(np.uint8)
        for t in range(lengths[i]):
            word[t] = favourite if numbers[t] < share else word[t]


@numba.njit(cache=True, nogil=True)
def largest_count(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the largest count of each word in bits, its end, and -100 to the end of the answer."""
    counts = np.empty(size, np.int32)
    for i in range(len(lengths)):
        n = lengths[i]
        _count(symbols[i, :n], counts)
        count, bits = counts.max(), 0
        while count >> bits:
            labels[i, n + bits] = (count >> bits) & 1
            bits += 1
        labels[i, n + bits] = END
        while n >> bits:
            bits += 1
            labels[i, n + bits] = -100


@dataclass(frozen=True)
class LeaningCounts(Source):
    """Words with a favourite symbol, and the largest count of a symbol in bits."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "bits of long counts outnumber ends",
        "length": "a short word has small counts",
        "first": "a favourite shows anywhere",
        "last": "a favourite shows anywhere",
        "bag": "the rule is of counts alone",
    }
    size: int

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`: the bits of n, and the end."""
        return np.frexp(lengths.astype(np.float64))[1].astype(np.int64) + 1

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        favourites = draw_below(key, first, np.full(len(words), self.size), VALUES)
        shares = draw_below(key, first, np.full(len(words), 256), PLACES)

        def write(tape: Tape, rows: Rows) -> Rows:
            lean(tape, rows, words.lengths, favourites, shares, words.symbols)
            return rows[:0]

        write_from_tapes(write, key, first, len(words), (int(words.lengths.max()) + 7) // 8)
        largest_count(words.symbols, words.lengths, self.size, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, self.size)
        largest_count(words.symbols, words.lengths, self.size, words.labels)


@register_task("majority")
def majority(N: int = 2) -> Task:
    """Words over N symbols (2 to 256) with a single most frequent one; at the end, that symbol.

    Uniform among all such words of the length, so that each symbol is as likely.
    """
    name = named("majority", N, 2)
    within(name, "N", N, 2, LARGEST_ALPHABET)
    return Task(name, 1, Symbols(N), Classes(N), Readout.FINAL, Decided(N))


@register_task("majority-count")
def majority_count(N: int = 63) -> Task:
    """Words over N symbols (2 to 255); the count of the most frequent one in bits, the least first, then the class 2.

    For each word a favourite symbol f and a share s from 0 to 255 are drawn uniformly; each position is f with
    probability s / 256, and otherwise uniform.
    """
    name = named("majority-count", N, 63)
    within(name, "N", N, 2, LARGEST_ALPHABET - 1)
    return Task(name, 1, Symbols(N), Classes(3), Readout.SEQUENCE, LeaningCounts(N))
