"""The whole square root of a binary number, least significant bit first.

Rule: Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023 (their text; their code puts the most
significant bit first).
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
from .parameters import check_symbols

DIGIT = 24  # bits of a digit: the square of one, doubled, leaves room for carries in 64 bits
BASE = 1 << DIGIT


@numba.njit(cache=True, nogil=True)
def _pack(word, top, digits):  # type: ignore[no-untyped-def]
    """Write the lowest `top` bits as digits, the highest first."""
    for place in range(len(digits)):
        begin = DIGIT * (len(digits) - 1 - place)
        digit = np.int64(0)
        for t in range(min(DIGIT, top - begin)):
            digit |= np.int64(word[begin + t]) << t
        digits[place] = digit


@numba.njit(cache=True, nogil=True)
def _settle(digits, begin, end):  # type: ignore[no-untyped-def]
    """Carry from the lowest of the digits begin to end - 1; return what leaves the highest (below 0: negative)."""
    carry = np.int64(0)
    for p in range(end - 1, begin - 1, -1):
        total = digits[p] + carry
        digits[p] = total & (BASE - 1)
        carry = total >> DIGIT
    return carry


@numba.njit(cache=True, nogil=True)
def _extract(rest, root):  # type: ignore[no-untyped-def]
    """Write the root's digits, the highest first; `rest` holds the number, its first two digits not both 0.

    Digit by digit as by hand: with root s and remainder r so far, two more digits make r, and the next digit is
    the largest q with (2 s B + q) q <= r. It is estimated from the leading digits, never too low; where it is one
    too high, the remainder falls below 0 and is put right.
    """
    for k in range(len(root)):
        begin, end = max(k - 1, 0), 2 * k + 2
        scale = 1.0
        lead = 0.0
        for j in range(min(k, 4)):
            lead += root[j] * scale
            scale /= BASE
        scale = np.float64(BASE) ** (k + 1 - begin)
        part = 0.0
        for p in range(begin, min(end, begin + 6)):
            part += rest[p] * scale
            scale /= BASE
        if k == 0:
            estimate = np.sqrt(part)
        else:
            estimate = part / (lead + np.sqrt(lead * lead + part * np.float64(BASE) ** -k))
        q = np.int64(min(estimate + 1e-4, BASE - 1.0))
        for j in range(k):
            rest[k + 1 + j] -= 2 * q * root[j]
        rest[end - 1] -= q * q
        over = _settle(rest, begin, end)
        while over < 0:
            q -= 1
            for j in range(k):
                rest[k + 1 + j] += 2 * root[j]
            rest[end - 1] += 2 * q + 1
            over += _settle(rest, begin, end)
        root[k] = q


@numba.njit(cache=True, nogil=True)
def root(symbols, lengths, labels):  # type: ignore[no-untyped-def]
    """Write the (n + 1) // 2 bits of the root of each word."""
    room = lengths.max() // (2 * DIGIT) + 1
    rest, found = np.empty(2 * room, np.int64), np.empty(room, np.int64)
    for i in range(len(lengths)):
        length, word = lengths[i], symbols[i]
        answer = labels[i, length : length + (length + 1) // 2]
        top = length
        while top and word[top - 1] == 0:
            top -= 1
        digits = (top + 2 * DIGIT - 1) // (2 * DIGIT)
        _pack(word, top, rest[: 2 * digits])
        _extract(rest[: 2 * digits], found[:digits])
        for d in range(digits):
            digit = found[digits - 1 - d]
            for t in range(min(DIGIT, len(answer) - DIGIT * d)):
                answer[DIGIT * d + t] = (digit >> t) & 1
        answer[min(DIGIT * digits, len(answer)) :] = 0


@dataclass(frozen=True)
class Roots(Source):
    """Numbers of fair bits and their roots."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "a root's highest bit is mostly 1",
        "length": "the highest bit of a root stands at one place",
        "first": "short words are seen whole",
        "last": "the high bits decide the root's",
        "bag": "few ones make a small number",
    }

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`: the root of n bits has (n + 1) // 2."""
        return (lengths + 1) // 2

    def count(self, length: int) -> int:
        """See `Source`."""
        return 1 << length

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], 2, words.symbols)
        root(words.symbols, words.lengths, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, 2)
        root(words.symbols, words.lengths, words.labels)


@register_task("square-root")
def square_root() -> Task:
    """A uniform number of n bits, least significant bit first; the (n + 1) // 2 bits of its root, rounded down."""
    return Task("square-root", 1, Symbols(2), Classes(2), Readout.SEQUENCE, Roots())
