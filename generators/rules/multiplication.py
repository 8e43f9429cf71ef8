"""Binary multiplication: ``a * b``, least significant bit first; words as for addition.

Rule: Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np

from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..source import Key, Words
from ..task import Task
from .addition import END, Sums, draw_operands, splits_of


@numba.njit(cache=True, nogil=True)
def _pack(bits, out):  # type: ignore[no-untyped-def]
    digits = (len(bits) + 31) // 32
    for d in range(digits):
        value = np.uint64(0)
        for t in range(min(32, len(bits) - 32 * d)):
            value |= np.uint64(bits[32 * d + t]) << np.uint64(t)
        out[d] = value
    return digits


@numba.njit(cache=True, nogil=True)
def multiply(symbols, lengths, splits, labels):  # type: ignore[no-untyped-def]
    """Write the product of the bits before and after each split, its end, and -100 to the end of the answer.

    By the school's method in base 2^32.
    """
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    room = lengths.max() // 32 + 2
    a, b, product = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(2 * room, np.uint64)
    for i in range(len(lengths)):
        length, split = lengths[i], splits[i]
        m = _pack(symbols[i, :split], a)
        n = _pack(symbols[i, split + 1 : length], b)
        product[: m + n] = np.uint64(0)
        for j in range(m):
            carry = np.uint64(0)
            for k in range(n):
                total = a[j] * b[k] + product[j + k] + carry
                product[j + k] = total & low
                carry = total >> half
            product[j + n] = carry
        answer = labels[i, length : 2 * length]
        digits = length - 1
        for t in range(digits):
            answer[t] = (product[t >> 5] >> np.uint64(t & 31)) & np.uint64(1)
        while digits > 1 and answer[digits - 1] == 0:
            digits -= 1
        answer[digits] = END
        answer[digits + 1 :] = -100


@dataclass(frozen=True)
class Products(Sums):
    """Two numbers of fair bits, the first's length uniform from 1 to n - 2, and their product."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "bits of long products outnumber ends",
        "length": "short products have few bits",
        "first": "low digits decide low digits",
        "last": "low digits decide low digits",
        "bag": "few ones make a small product",
    }

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        multiply(words.symbols, words.lengths, draw_operands(key, first, words), words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        multiply(words.symbols, words.lengths, splits_of(words), words.labels)


@register_task("binary-multiplication")
def binary_multiplication() -> Task:
    """Two binary numbers, least significant bit first, 2 between them; their product, least significant bit first.

    The separator's place is uniform, every bit a fair coin. The answer ends after the product's highest 1 (a product
    of 0 is one digit 0) with the class 2; n answer positions.
    """
    return Task("binary-multiplication", 1, Symbols(3), Classes(3), Readout.SEQUENCE, Products())
