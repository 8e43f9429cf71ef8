"""Random numbers for rules: a tape of 64-bit numbers a word, and one whole number below a bound a word.

Both are Philox numbers counted as in `generators.philox`: what a word draws depends on nothing but the key and
the word's number, and a long tape begins with the short one. So a rule that comes to its end before the word's
can begin again on a longer one.
"""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray

TAPE, VALUES, PLACES = 32, 33, 34
"""Purposes (the last part of the counter): a rule's tape, two kinds of numbers a word."""

_ATTEMPTS = 1 << 16
_TAPE_BYTES = 1 << 18  # stays in the second cache while the rule reads it

Tape = NDArray[np.uint64]
Rows = NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def fill_tape(out, words, purpose, k0, k1):  # type: ignore[no-untyped-def]
    """Fill row i with the random numbers of word number ``words[i]``; the rows have an even length."""
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    for i in range(out.shape[0]):
        word = np.uint64(words[i])
        w0, w1 = word & low, word >> half
        row = out[i]
        for block in range(out.shape[1] // 2):
            # Written out here, not called: only so does the compiler take several blocks at once.
            x0, x1, x2, x3 = np.uint64(block), w0, w1, np.uint64(purpose)
            a, b = np.uint64(k0), np.uint64(k1)
            for _ in range(10):
                p0 = np.uint64(0xD2511F53) * x0
                p1 = np.uint64(0xCD9E8D57) * x2
                x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ a, p1 & low, (p0 >> half) ^ x3 ^ b, p0 & low
                a = (a + np.uint64(0x9E3779B9)) & low
                b = (b + np.uint64(0xBB67AE85)) & low
            row[2 * block] = x0 | (x1 << half)
            row[2 * block + 1] = x2 | (x3 << half)


@numba.njit(cache=True, nogil=True)
def _fill_below(out, bounds, first, purpose, k0, k1):  # type: ignore[no-untyped-def]
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    tape, word = np.empty((1, 2), np.uint64), np.empty(1, np.int64)
    for i in range(out.shape[0]):
        word[0] = first + i
        bound = np.uint64(bounds[i])
        biased = np.uint64(1 << 32) % bound
        attempt = 0
        while True:
            fill_tape(tape, word, purpose * _ATTEMPTS + attempt, k0, k1)
            product = (tape[0, 0] & low) * bound
            if (product & low) >= biased:  # Lemire's rejection: without it some numbers come more often
                break
            attempt += 1
        out[i] = product >> half


def draw_below(
    key: NDArray[np.uint32], first: int, bounds: NDArray[np.int64], purpose: int = VALUES
) -> NDArray[np.int64]:
    """Return one uniform number a word, from 0 to its bound (at most 2^32) exclusive, exactly uniform.

    Parameters
    ----------
    key : uint32 array, shape (2,)
    first : int
        Number of the first word.
    bounds : int64 array, shape (B,)
    purpose : int
        Draws of another purpose are independent.

    Examples
    --------
    >>> key = np.array([1, 2], np.uint32)
    >>> draws = draw_below(key, 0, np.array([1, 5, 5]))
    >>> int(draws[0]), bool((draws < 5).all())
    (0, True)
    >>> bool(draw_below(key, 2, np.array([5]))[0] == draws[2])
    True
    """
    out = np.empty(len(bounds), np.int64)
    _fill_below(out, bounds, first, purpose, key[0], key[1])
    return out


def write_from_tapes(
    write: Callable[[Tape, Rows], Rows], key: NDArray[np.uint32], first: int, count: int, draws: int
) -> None:
    """Let a rule write `count` words from their tapes.

    Parameters
    ----------
    write : callable
        ``write(tape (rows, draws), rows)`` writes the words of these rows, each from its line of the tape, and
        returns those rows that came to the end of it: they are begun again on a tape twice as long.
    key : uint32 array, shape (2,)
    first, count : int
        Number of the first word in the stream, and how many.
    draws : int
        Numbers that are enough for almost every word.

    Examples
    --------
    >>> sums = np.zeros(3, np.uint64)
    >>> def add(tape, rows):
    ...     sums[rows] = tape.sum(1)
    ...     return rows[:0]
    >>> write_from_tapes(add, np.array([1, 2], np.uint32), first=7, count=3, draws=2)
    """
    left = np.arange(count)
    while len(left):
        draws += draws % 2
        step = max(1, _TAPE_BYTES // (8 * draws))
        memory = np.empty((min(step, len(left)), draws), np.uint64)
        unfinished = []
        for begin in range(0, len(left), step):
            rows = left[begin : begin + step]
            tape = memory[: len(rows)]
            fill_tape(tape, first + rows, TAPE * _ATTEMPTS, key[0], key[1])
            unfinished.append(write(tape, rows))
        left = np.concatenate(unfinished)
        draws *= 2
