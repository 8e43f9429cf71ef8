"""Enumerating maps of more than 16 points: a map is a row of the smallest unsigned type that holds a point."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _grown(array, size):  # type: ignore[no-untyped-def]
    larger = np.empty(size, array.dtype)
    larger[: len(array)] = array
    return larger


@numba.njit(cache=True, nogil=True)
def _hash(row):  # type: ignore[no-untyped-def]
    value = np.uint64(0x9E3779B97F4A7C15)
    for i in range(len(row)):
        value = (value ^ np.uint64(row[i])) * np.uint64(0x100000001B3)
        value ^= value >> np.uint64(29)
    return value * np.uint64(0x9E3779B97F4A7C15)


@numba.njit(cache=True, nogil=True)
def _same(flat, begin, row):  # type: ignore[no-untyped-def]
    for p in range(len(row)):  # noqa: SIM110  compiled
        if flat[begin + p] != row[p]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _slots(hashes, count, bits):  # type: ignore[no-untyped-def]
    slots = np.full(1 << bits, -1, np.int32)
    mask = np.uint64((1 << bits) - 1)
    for i in range(count):
        at = hashes[i] >> np.uint64(64 - bits)
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & mask
        slots[at] = i
    return slots


@numba.njit(cache=True, nogil=True)
def _constant(row):  # type: ignore[no-untyped-def]
    for p in range(1, len(row)):  # noqa: SIM110  compiled
        if row[p] != row[0]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def enumerate_wide(maps, limit, work):  # type: ignore[no-untyped-def]
    """Return (flat, right, prefix, last, count, expanded) of the monoid that maps generate, breadth-first.

    `flat` holds the rows one after another. It stops before element number `limit`, or where it has computed
    `work` images of points: then expanded < count.
    """
    generators, points = maps.shape
    bits = 8
    capacity = 1 << (bits - 1)
    flat = np.empty(capacity * points, maps.dtype)
    hashes = np.empty(capacity, np.uint64)
    prefix, last = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    right = np.empty(capacity * generators, np.int32)
    resets = np.empty(generators, np.bool_)
    for g in range(generators):
        resets[g] = _constant(maps[g])
    constants = np.full(points, -1, np.int32)  # the element that sends every point to p
    row = np.empty(points, maps.dtype)
    for p in range(points):
        flat[p] = p
    hashes[0], prefix[0], last[0] = _hash(flat[:points]), -1, -1
    count, position = 1, 0
    slots = _slots(hashes, count, bits)
    while position < count and work > 0:
        if count + generators > capacity:  # there is room for the products of one element
            while count + generators > capacity:
                bits += 1
                capacity *= 2
            hashes, prefix, last = _grown(hashes, capacity), _grown(prefix, capacity), _grown(last, capacity)
            flat, right = _grown(flat, capacity * points), _grown(right, capacity * generators)
            slots = _slots(hashes, count, bits)
        mask, shift = np.uint64((1 << bits) - 1), np.uint64(64 - bits)
        begin = position * points
        first = flat[begin]
        reset = constants[first] == position
        for g in range(generators):
            # Products with a reset need no composition: machines of thousands of values have mostly these.
            known = constants[maps[g, first]] if reset or resets[g] else -1
            if known >= 0:
                right[position * generators + g] = known
                continue
            work -= points
            for p in range(points):
                row[p] = maps[g, flat[begin + p]]
            value = _hash(row)
            at = value >> shift
            found = slots[at]
            while found >= 0 and not (hashes[found] == value and _same(flat, found * points, row)):
                at = (at + np.uint64(1)) & mask
                found = slots[at]
            if found < 0:
                if count == limit:
                    return flat[: count * points], right, prefix[:count], last[:count], count, position
                found = count
                slots[at] = found
                flat[found * points : (found + 1) * points] = row
                hashes[found], prefix[found], last[found] = value, position, g
                if _constant(row):
                    constants[row[0]] = found
                count += 1
            right[position * generators + g] = found
        position += 1
    end = count * points
    return flat[:end], right[: count * generators], prefix[:count], last[:count], count, position
