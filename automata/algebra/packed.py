"""Enumerating maps of at most 16 points: a map is one 64-bit word, four bits a point."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 16


def pack(maps: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return maps as words: bits 4p to 4p + 3 hold the image of point p.

    Parameters
    ----------
    maps : int array, shape (K, points)

    Returns
    -------
    uint64 array, shape (K,)

    Examples
    --------
    >>> hex(int(pack(np.array([[2, 0, 1]]))[0]))
    '0x102'
    """
    shifts = np.arange(maps.shape[1], dtype=np.uint64) * np.uint64(4)
    words: NDArray[np.uint64] = np.bitwise_or.reduce(maps.astype(np.uint64) << shifts, axis=1)
    return words


def unpack(words: NDArray[np.uint64], points: int) -> NDArray[np.uint8]:
    """Return words as maps, uint8, shape (K, points).

    Examples
    --------
    >>> unpack(np.array([0x102], np.uint64), 3).tolist()
    [[2, 0, 1]]
    """
    shifts = np.arange(points, dtype=np.uint64) * np.uint64(4)
    return ((words[:, None] >> shifts) & np.uint64(15)).astype(np.uint8)


def byte_tables(maps: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return each map applied to both halves of every byte, uint64, shape (K, 256).

    Examples
    --------
    >>> hex(int(byte_tables(np.array([[1, 0]]))[0, 0x01]))
    '0x10'
    """
    images = np.zeros((len(maps), MOST_POINTS), np.uint64)
    images[:, : maps.shape[1]] = maps
    byte = np.arange(256)
    return images[:, byte & 15] | (images[:, byte >> 4] << np.uint64(4))


@numba.njit(cache=True, nogil=True)
def _grown(array, size):  # type: ignore[no-untyped-def]
    larger = np.empty(size, array.dtype)
    larger[: len(array)] = array
    return larger


@numba.njit(cache=True, nogil=True)
def _slots(words, count, bits):  # type: ignore[no-untyped-def]
    # Fibonacci hashing: the high bits of a product with an odd number (Knuth, volume 3, section 6.4).
    slots = np.full(1 << bits, -1, np.int32)
    mask = np.uint64((1 << bits) - 1)
    for i in range(count):
        at = (words[i] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & mask
        slots[at] = i
    return slots


@numba.njit(cache=True, nogil=True)
def enumerate_packed(tables, identity, half, limit):  # type: ignore[no-untyped-def]
    """Return (words, right, prefix, last, count, expanded) of the monoid that maps generate, breadth-first.

    `half` is the number of bytes in use. It stops before element number `limit`: then expanded < count.
    """
    generators = len(tables)
    bits = 10
    capacity = 1 << (bits - 1)
    words = np.empty(capacity, np.uint64)
    prefix, last = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    right = np.empty(capacity * generators, np.int32)
    words[0], prefix[0], last[0] = identity, -1, -1
    count, position = 1, 0
    slots = _slots(words, count, bits)
    mask, shift = np.uint64((1 << bits) - 1), np.uint64(64 - bits)
    byte, eight, one = np.uint64(255), np.uint64(8), np.uint64(1)
    while position < count:
        if count + generators > capacity:  # there is room for the products of one element
            while count + generators > capacity:
                bits += 1
                capacity *= 2
            words, prefix, last = _grown(words, capacity), _grown(prefix, capacity), _grown(last, capacity)
            right = _grown(right, capacity * generators)
            slots = _slots(words, count, bits)
            mask, shift = np.uint64((1 << bits) - 1), np.uint64(64 - bits)
        word = words[position]
        for g in range(generators):
            product, rest, place = np.uint64(0), word, np.uint64(0)
            for _ in range(half):
                product |= tables[g, rest & byte] << place
                rest >>= eight
                place += eight
            at = (product * np.uint64(0x9E3779B97F4A7C15)) >> shift
            found = slots[at]
            while found >= 0 and words[found] != product:
                at = (at + one) & mask
                found = slots[at]
            if found < 0:
                if count == limit:
                    return words[:count], right, prefix[:count], last[:count], count, position
                found = count
                slots[at] = found
                words[found], prefix[found], last[found] = product, position, g
                count += 1
            right[position * generators + g] = found
        position += 1
    return words[:count], right[: count * generators], prefix[:count], last[:count], count, position
