"""Rules that put a word's own symbols into another order: reverse, repetition, duplicate, odds first.

Rules: Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023 (reverse, duplicate, odds first); Beck et
al., "xLSTM", NeurIPS 2024 (repetition). The answer's length follows from the word's, so it has no end symbol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba

from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..source import Key, Lengths, Source, Words
from ..task import Task
from .parameters import check_symbols, named, within

LARGEST_ALPHABET = 65_535  # and `compute`


@numba.njit(cache=True, nogil=True)
def reverse_words(symbols, lengths, labels):  # type: ignore[no-untyped-def]
    """Write each word from its end."""
    for i in range(len(lengths)):
        n = lengths[i]
        word, answer = symbols[i, :n], labels[i, n : 2 * n]
        for t in range(n):
            answer[t] = word[n - 1 - t]


@numba.njit(cache=True, nogil=True)
def repeat_words(symbols, lengths, labels):  # type: ignore[no-untyped-def]
    """Write each word."""
    for i in range(len(lengths)):
        n = lengths[i]
        labels[i, n : 2 * n] = symbols[i, :n]


@numba.njit(cache=True, nogil=True)
def duplicate_words(symbols, lengths, labels):  # type: ignore[no-untyped-def]
    """Write each word twice."""
    for i in range(len(lengths)):
        n = lengths[i]
        labels[i, n : 2 * n] = symbols[i, :n]
        labels[i, 2 * n : 3 * n] = symbols[i, :n]


@numba.njit(cache=True, nogil=True)
def odds_first_words(symbols, lengths, labels):  # type: ignore[no-untyped-def]
    """Write the first, third, … symbols of each word, then the second, fourth, …."""
    for i in range(len(lengths)):
        n = lengths[i]
        labels[i, n : n + (n + 1) // 2] = symbols[i, 0:n:2]
        labels[i, n + (n + 1) // 2 : 2 * n] = symbols[i, 1:n:2]


RULES = {
    "reverse": reverse_words,
    "repetition": repeat_words,
    "duplicate": duplicate_words,
    "odds-first": odds_first_words,
}


@dataclass(frozen=True)
class Copies(Source):
    """Uniform words and their symbols in another order."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "each answer is one of the symbols",
        "last": "each answer is one of the symbols",
        "bag": "each answer is one of the symbols",
    }
    rule: str
    size: int

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`."""
        return 2 * lengths if self.rule == "duplicate" else lengths

    def count(self, length: int) -> int:
        """See `Source`."""
        return int(self.size**length)

    def chance(self, length: int) -> float:
        """See `Source`."""
        return 1 / self.size

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        RULES[self.rule](words.symbols, words.lengths, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, self.size)
        RULES[self.rule](words.symbols, words.lengths, words.labels)


def _task(rule: str, size: int) -> Task:
    name = named(rule, size, 2)
    within(name, "N", size, 2, LARGEST_ALPHABET)
    return Task(name, 1, Symbols(size), Classes(size), Readout.SEQUENCE, Copies(rule, size))


@register_task("reverse")
def reverse(N: int = 2) -> Task:
    """Uniform words over N symbols; the word from its end."""
    return _task("reverse", N)


@register_task("repetition")
def repetition(N: int = 2) -> Task:
    """Uniform words over N symbols; the same word."""
    return _task("repetition", N)


@register_task("duplicate")
def duplicate(N: int = 2) -> Task:
    """Uniform words over N symbols; the word twice."""
    return _task("duplicate", N)


@register_task("odds-first")
def odds_first(N: int = 2) -> Task:
    """Uniform words over N symbols; the first, third, fifth, … symbol, then the second, fourth, …."""
    return _task("odds-first", N)
