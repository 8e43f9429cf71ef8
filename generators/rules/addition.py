"""Binary addition: ``a + b``, least significant bit first.

Rule: Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023. Theirs draws no number 0; here every bit
of both numbers is a fair coin.
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
from .draws import PLACES, draw_below
from .parameters import check_symbols, inside, refuse_where

SEPARATOR = 2
END = 2


@numba.njit(cache=True, nogil=True)
def add(symbols, lengths, splits, labels):  # type: ignore[no-untyped-def]
    """Write the sum of the bits before and after each split, its end, and -100 to the end of the answer."""
    for i in range(len(lengths)):
        word, split, length = symbols[i], splits[i], lengths[i]
        answer = labels[i, length : 2 * length]
        long, short = split, length - 1 - split
        begin, other = 0, split + 1
        if long < short:
            long, short, begin, other = short, long, other, begin
        carry = np.int32(0)
        for t in range(short):
            total = np.int32(word[begin + t]) + np.int32(word[other + t]) + carry
            answer[t] = total & 1
            carry = total >> 1
        for t in range(short, long):
            total = np.int32(word[begin + t]) + carry
            answer[t] = total & 1
            carry = total >> 1
        answer[long] = carry
        digits = long + 1
        while digits > 1 and answer[digits - 1] == 0:
            digits -= 1
        answer[digits] = END
        answer[digits + 1 :] = -100


def splits_of(words: Words) -> Lengths:
    """Return where the separator stands in given words; raise where it is not exactly one between two bits."""
    check_symbols(words, 3)
    separators = inside(words) & (words.symbols == SEPARATOR)
    splits: Lengths = separators.argmax(1)
    wrong = (separators.sum(1) != 1) | (splits == 0) | (splits == words.lengths - 1)
    refuse_where(wrong, words, "bits, one separator (2), bits")
    return splits


def draw_operands(key: Key, first: int, words: Words) -> Lengths:
    """Write two numbers of fair bits with a separator, its place uniform; return the places."""
    draw_symbols(key, first, words.lengths, words.symbols.shape[1], 2, words.symbols)
    splits = 1 + draw_below(key, first, words.lengths - 2, PLACES)
    words.symbols[np.arange(len(words)), splits] = SEPARATOR
    return splits


@dataclass(frozen=True)
class Sums(Source):
    """Two numbers of fair bits, the first's length uniform from 1 to n - 2, and their sum."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "bits of long sums outnumber ends",
        "length": "short sums have few bits",
        "first": "low digits decide low digits",
        "last": "low digits decide low digits",
        "bag": "few ones make a small sum",
    }

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: at least one bit on each side."""
        return range(max(low, 3), high + 1)

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`: at most n - 1 bits, and the end."""
        return lengths

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        add(words.symbols, words.lengths, draw_operands(key, first, words), words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        add(words.symbols, words.lengths, splits_of(words), words.labels)


@register_task("binary-addition")
def binary_addition() -> Task:
    """Two binary numbers, least significant bit first, 2 between them; their sum, least significant bit first.

    The separator's place is uniform, every bit a fair coin. The answer ends after the sum's highest 1 (a sum of 0 is
    one digit 0) with the class 2; n answer positions.
    """
    return Task("binary-addition", 1, Symbols(3), Classes(3), Readout.SEQUENCE, Sums())
