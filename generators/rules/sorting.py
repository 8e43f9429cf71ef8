"""Sort a word, or name its set of symbols.

Rules: Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023 (bucket sort); Beck et al., "xLSTM",
NeurIPS 2024 (set).
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
from .parameters import check_symbols, named, within

LARGEST_ALPHABET = 65_535  # and `compute`


@numba.njit(cache=True, nogil=True)
def sort_words(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the symbols of each word in ascending order."""
    counts = np.empty((4, size), np.int32)  # four tables: equal neighbours do not wait for each other
    for i in range(len(lengths)):
        n, word = lengths[i], symbols[i]
        counts[:] = 0
        for t in range(0, n - 3, 4):
            counts[0, word[t]] += 1
            counts[1, word[t + 1]] += 1
            counts[2, word[t + 2]] += 1
            counts[3, word[t + 3]] += 1
        for t in range(n - n % 4, n):
            counts[0, word[t]] += 1
        at = n
        for symbol in range(size):
            count = counts[0, symbol] + counts[1, symbol] + counts[2, symbol] + counts[3, symbol]
            labels[i, at : at + count] = symbol
            at += count


@numba.njit(cache=True, nogil=True)
def distinct_symbols(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the symbols of each word in the order they first come in, their end, and -100 to the answer's end."""
    seen = np.empty(size, np.uint8)
    for i in range(len(lengths)):
        n, word = lengths[i], symbols[i]
        end = n + min(n, size) + 1
        answer = labels[i, n:end]
        seen[:] = 0
        found = 0
        for t in range(n):
            symbol = word[t]
            answer[found] = symbol  # overwritten unless it is new: one more place is always there
            found += 1 - seen[symbol]
            seen[symbol] = 1
        answer[found] = size
        answer[found + 1 :] = -100


@dataclass(frozen=True)
class Sorted(Source):
    """Uniform words and their symbols in order."""

    hints: ClassVar[Mapping[str, str]] = {
        "length": "the first answers are small",
        "first": "each answer is one of the symbols",
        "last": "each answer is one of the symbols",
        "bag": "the rule is of counts alone",
    }
    size: int

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`."""
        return lengths

    def count(self, length: int) -> int:
        """See `Source`."""
        return int(self.size**length)

    def chance(self, length: int) -> float:
        """See `Source`."""
        return 1 / self.size

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        sort_words(words.symbols, words.lengths, self.size, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, self.size)
        sort_words(words.symbols, words.lengths, self.size, words.labels)


@dataclass(frozen=True)
class Distinct(Source):
    """Uniform words and their distinct symbols."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "every answer ends",
        "length": "the answer's length follows from the word's",
        "first": "answers are the first symbols",
        "last": "short words are seen whole",
        "bag": "each answer is one of the symbols",
    }
    size: int

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`: at most all symbols, and the end."""
        return np.minimum(lengths, self.size) + 1

    def count(self, length: int) -> int:
        """See `Source`."""
        return int(self.size**length)

    def chance(self, length: int) -> float:
        """See `Source`: one end a word, and all symbols as likely."""
        return 1 / (1 + self.size * (1 - (1 - 1 / self.size) ** length))

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        distinct_symbols(words.symbols, words.lengths, self.size, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, self.size)
        distinct_symbols(words.symbols, words.lengths, self.size, words.labels)


@register_task("bucket-sort")
def bucket_sort(N: int = 5) -> Task:
    """Uniform words over N symbols; the same symbols in ascending order."""
    name = named("bucket-sort", N, 5)
    within(name, "N", N, 2, LARGEST_ALPHABET)
    return Task(name, 1, Symbols(N), Classes(N), Readout.SEQUENCE, Sorted(N))


@register_task("set")
def symbol_set(N: int = 126) -> Task:
    """Uniform words over N symbols; its distinct symbols in the order they first come in, then the class N (end)."""
    name = named("set", N, 126)
    within(name, "N", N, 2, LARGEST_ALPHABET)
    return Task(name, 1, Symbols(N), Classes(N + 1), Readout.SEQUENCE, Distinct(N))
