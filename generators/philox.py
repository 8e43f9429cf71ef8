"""Philox4x32-10: counter-based random bits, so that any word of any stream can be made alone.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

The key belongs to a root seed, a task and a split. The counter is (block in the word, word low, word high,
purpose), each 32 bits; a block gives 128 bits. What a position holds does not depend on the length of its
word, on the words around it, nor on the number of workers.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

SYMBOLS = 0
LENGTHS = 1

# A draw that would bias the result is made again from a later attempt of the same purpose.
_ATTEMPTS = 1 << 16
_PIECE = 64  # blocks drawn at a time


def stream_key(root: int, name: str, split: str) -> NDArray[np.uint32]:
    """Return the two 32-bit key words of a stream.

    Parameters
    ----------
    root : int
        The root seed, not negative.
    name : str
        The task's ``name@version``.
    split : str
        Such as ``train``.

    Examples
    --------
    >>> a, b = stream_key(7, "parity@1", "train"), stream_key(7, "parity@1", "test")
    >>> a.shape, bool((a == b).any())
    ((2,), False)
    """
    spawn = tuple(
        int.from_bytes(hashlib.sha256(part.encode()).digest()[:8], "little") for part in (name, split)
    )
    return np.random.SeedSequence(root, spawn_key=spawn).generate_state(2, np.uint32).astype(np.uint32)


@numba.njit(cache=True, nogil=True)
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Return the four 32-bit outputs for a counter and a key (integers, as uint64)."""
    low = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    a, b = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * x0
        p1 = np.uint64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ a, p1 & low, (p0 >> half) ^ x3 ^ b, p0 & low
        a = (a + np.uint64(0x9E3779B9)) & low
        b = (b + np.uint64(0xBB67AE85)) & low
    return x0, x1, x2, x3


@numba.njit(cache=True, nogil=True)
def _fill_symbols(out, lengths, first, size, k0, k1):  # type: ignore[no-untyped-def]
    # Loops over arrays, with nothing rare in them, become vector instructions: what a symbol would bias is drawn
    # again afterwards.
    n = np.uint32(size)
    low32, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    low16, sixteen = np.uint32(0xFFFF), np.uint32(16)
    biased = np.uint32(65536 % size)
    numbers = np.empty(2 * _PIECE, np.uint64)
    lanes = numbers.view(np.uint16)
    for i in range(out.shape[0]):
        word = np.uint64(first) + np.uint64(i)
        w0, w1 = word & low32, word >> half
        for begin in range(0, lengths[i], 8 * _PIECE):
            row = out[i, begin : min(begin + 8 * _PIECE, lengths[i])]
            for j in range((len(row) + 7) // 8):
                x0, x1, x2, x3 = np.uint64(begin // 8 + j), w0, w1, np.uint64(SYMBOLS * _ATTEMPTS)
                a, b = np.uint64(k0), np.uint64(k1)
                for _ in range(10):
                    p0 = np.uint64(0xD2511F53) * x0
                    p1 = np.uint64(0xCD9E8D57) * x2
                    x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ a, p1 & low32, (p0 >> half) ^ x3 ^ b, p0 & low32
                    a = (a + np.uint64(0x9E3779B9)) & low32
                    b = (b + np.uint64(0xBB67AE85)) & low32
                numbers[2 * j] = x0 | (x1 << half)
                numbers[2 * j + 1] = x2 | (x3 << half)
            rare = np.uint32(0)
            for t in range(len(row)):
                product = np.uint32(np.uint32(lanes[t]) * n)
                row[t] = np.uint32(product >> sixteen)
                rare |= np.uint32(np.uint32(product & low16) < biased)
            if rare:
                _draw_again(row, lanes, begin // 8, w0, w1, n, k0, k1)


@numba.njit(cache=True, nogil=True)
def _draw_again(row, lanes, block, w0, w1, size, k0, k1):  # type: ignore[no-untyped-def]
    """Draw from later attempts the symbols that would come more often (Lemire's rejection)."""
    n, low16, sixteen = np.uint64(size), np.uint64(0xFFFF), np.uint64(16)
    biased = np.uint64(65536) % n
    for t in range(len(row)):
        product = np.uint64(lanes[t]) * n
        attempt = 0
        while (product & low16) < biased:
            attempt += 1
            again = philox(block + t // 8, w0, w1, SYMBOLS * _ATTEMPTS + attempt, k0, k1)
            pair = again[(t % 8) >> 1]
            product = ((pair >> sixteen) if t & 1 else (pair & low16)) * n
            row[t] = product >> sixteen


@numba.njit(cache=True, nogil=True)
def _fill_lengths(out, first, low, span, purpose, k0, k1):  # type: ignore[no-untyped-def]
    n = np.uint64(span)
    low32 = np.uint64(0xFFFFFFFF)
    biased = np.uint64(1 << 32) % n
    for i in range(out.shape[0]):
        word = np.uint64(first) + np.uint64(i)
        w0, w1 = word & low32, word >> np.uint64(32)
        product = philox(0, w0, w1, purpose * _ATTEMPTS, k0, k1)[0] * n
        out[i] = low + np.int64(product >> np.uint64(32))
        if (product & low32) < biased:
            out[i] = -1  # a loop without a loop in it becomes vector instructions: the rare are drawn below
    for i in range(out.shape[0]):
        if out[i] < 0:
            word = np.uint64(first) + np.uint64(i)
            w0, w1 = word & low32, word >> np.uint64(32)
            attempt, product = 0, np.uint64(0)
            while (product & low32) < biased:
                attempt += 1
                product = philox(0, w0, w1, purpose * _ATTEMPTS + attempt, k0, k1)[0] * n
            out[i] = low + np.int64(product >> np.uint64(32))


def draw_lengths(
    key: NDArray[np.uint32], first: int, count: int, low: int, high: int, purpose: int = LENGTHS
) -> NDArray[np.int64]:
    """Return the lengths of words `first` to `first + count - 1`, uniform between `low` and `high` inclusive.

    Draws of another purpose are other numbers of the words, independent of their lengths.

    Examples
    --------
    >>> draw_lengths(stream_key(0, "parity@1", "train"), 0, 1000, 3, 5).mean().round()
    np.float64(4.0)
    """
    if low == high:
        return np.full(count, low)
    out = np.empty(count, np.int64)
    _fill_lengths(out, first, low, high - low + 1, purpose, key[0], key[1])
    return out


def draw_symbols(
    key: NDArray[np.uint32],
    first: int,
    lengths: NDArray[np.int64],
    width: int,
    size: int,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return uniform words over `size` symbols.

    Parameters
    ----------
    key : uint32 array, shape (2,)
    first : int
        Index of the first word in the stream.
    lengths : int64 array, shape (B,)
    width : int
        L, the columns of the result, at least the largest length.
    size : int
        Symbols in the alphabet, at most 65,536.
    out : uint8 or uint16 array, shape (B, L), optional
        Where to write; what is past a word's end then stays.

    Returns
    -------
    uint8 array (uint16 where `size` is over 256), shape (B, L)
        Padded with 0, where no `out` is given.

    Examples
    --------
    >>> key = stream_key(0, "parity@1", "train")
    >>> two = draw_symbols(key, 0, np.array([4, 2]), 4, 2)
    >>> alone = draw_symbols(key, 1, np.array([9]), 9, 2)
    >>> bool((two[1, :2] == alone[0, :2]).all())
    True
    """
    if out is None:
        out = np.zeros((len(lengths), width), np.uint8 if size <= 256 else np.uint16)
    _fill_symbols(out, lengths, first, size, key[0], key[1])
    return out
