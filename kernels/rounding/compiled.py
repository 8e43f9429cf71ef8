"""Compiled rounding of a row of numbers, called by every compiled recurrence after each of its steps.

A cached numba function is not rebuilt where a function of another file changes, so recurrences do not
contain this code: they call it through a C function pointer, `row_rounder`, a whole row at a time.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numba
import numpy as np
from numba import types

from .bits import bits_of, float_of, like, right
from .constants import (
    BIAS,
    DROP,
    FIXED,
    HIGHEST,
    INFINITE,
    LANES,
    LOWEST,
    MAGIC,
    MASK,
    MODE,
    ODD,
    OVER,
    OVER_INFINITE,
    QUANTUM,
    SCALE,
    SEED_HIGH,
    SEED_LOW,
    SIGN,
    TINY,
    TOP,
)

_SIGNATURE = types.void(types.voidptr, types.int64, types.voidptr, types.voidptr, types.int64, types.int64)
_PROTOTYPE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64
)


@numba.njit
def _settle(x, u, w, top, over, over_infinite, infinite, sign):  # type: ignore[no-untyped-def]
    """Overflow, NaN and sign: w is the rounded magnitude u of x, as bits."""
    if w > top:
        w = over_infinite if u == infinite else over
    if u > infinite:
        w = u
    return float_of(like(w | like(bits_of(x) & sign, u), u))


@numba.njit
def _uniform(r, model):  # type: ignore[no-untyped-def]
    """A random word as a number in [0, 1): its upper 24 bits, which float32 holds."""
    return like(like(r >> np.uint32(8), np.uint32(0)), model) * like(2.0**-24, model)


@numba.njit
def _random_bits(r, drop, u):  # type: ignore[no-untyped-def]
    """The random number to add to `drop` bits that are to be cut: uniform below 2^drop."""
    if drop > 32:
        return like(like(r, u) << like(drop - 32, u), u)
    return like(like(r, u) >> like(32 - drop, u), u) if drop > 0 else like(0, u)


@numba.njit
def _stochastic(x, r, drop, mask, tiny, top, over, over_infinite, infinite, sign, quantum, scale):  # type: ignore[no-untyped-def]
    u = like(bits_of(x) & like(~sign, sign), sign)
    w = like(like(u + _random_bits(r, drop, u), u) & mask, u)
    if u < tiny:
        v = float_of(u) * scale
        whole = like(np.int64(v), v) if sign > 2**32 else like(np.int32(v), v)
        if _uniform(r, v) < like(v - whole, v):
            whole = like(whole + like(1.0, v), v)
        w = bits_of(like(whole * quantum, v))
    return _settle(x, u, w, top, over, over_infinite, infinite, sign)


@numba.njit
def _fixed(x, r, mode, low, high, scale, quantum, magic, sign):  # type: ignore[no-untyped-def]
    v = like(min(max(x, low), high) * scale, scale)
    magnitude = like(abs(v), v)
    if magnitude < magic:  # beyond, a float has no fraction
        near = like(like(magnitude + magic, v) - magic, v)
        floor = like(near - like(1.0, v), v) if near > magnitude else near
        if mode == 1:
            near = floor
        elif mode == 2:
            near = floor
            if _uniform(r, v) < like(magnitude - floor, v):
                near = like(floor + like(1.0, v), v)
        magnitude = near
    size = bits_of(like(magnitude * quantum, v))
    signed = float_of(like(size | like(bits_of(v) & sign, sign), sign))
    # There is one zero; NaN stays.
    return like(signed + like(0.0, v), v) if x == x else x


@numba.njit
def _philox(block, row, low, high, key_low, key_high, words, lanes):  # type: ignore[no-untyped-def]
    """Philox4x32-10 (Salmon et al., SC 2011) of blocks `block` + j: fill words[j + i lanes] with word i.

    Everything in 64-bit lanes: a product of two 32-bit numbers needs them, and narrowing costs more than it
    saves. The number of lanes comes in at run time, or the loop is unrolled instead of vectorised.
    """
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    for j in range(lanes):
        a, b, c, d = np.uint64(block + np.uint64(j)), np.uint64(row), np.uint64(low), np.uint64(high)
        k, m = key_low, key_high
        for _ in range(10):
            first = np.uint64(0xD2511F53) * (a & mask)
            second = np.uint64(0xCD9E8D57) * (c & mask)
            a, b = (second >> half) ^ b ^ np.uint64(k), second & mask
            c, d = (first >> half) ^ d ^ np.uint64(m), first & mask
            k, m = np.uint32(k + np.uint32(0x9E3779B9)), np.uint32(m + np.uint32(0xBB67AE85))
        words[j], words[j + lanes], words[j + 2 * lanes], words[j + 3 * lanes] = a, b, c, d


@numba.njit
def _round_row(values, k, f, row, step):  # type: ignore[no-untyped-def]
    mode, fixed, sign = k[MODE], k[FIXED], k[SIGN]
    bias, drop, odd, mask, tiny = k[BIAS], k[DROP], k[ODD], k[MASK], k[TINY]
    top, over, over_infinite, infinite = k[TOP], k[OVER], k[OVER_INFINITE], k[INFINITE]
    magic, quantum, scale, low, high = f[MAGIC], f[QUANTUM], f[SCALE], f[LOWEST], f[HIGHEST]
    n = len(values)
    if mode == 2:
        _stochastic_row(values, k, f, row, step)
    elif fixed:
        for i in range(n):
            values[i] = _fixed(values[i], np.uint32(0), mode, low, high, scale, quantum, magic, sign)
    elif mode == 0:
        for i in range(n):
            x = values[i]
            u = like(bits_of(x) & like(~sign, sign), sign)
            w = like(like(like(u + bias, u) + like(right(u, drop) & odd, u), u) & mask, u)
            if u < tiny:
                w = bits_of(like(like(float_of(u) + magic, magic) - magic, magic))
            values[i] = _settle(x, u, w, top, over, over_infinite, infinite, sign)
    else:
        for i in range(n):
            x = values[i]
            u = like(bits_of(x) & like(~sign, sign), sign)
            w = like(u & mask, u)
            if u < tiny:
                near = like(like(float_of(u) + magic, magic) - magic, magic)
                if near > float_of(u):
                    near = like(near - quantum, magic)
                w = bits_of(near)
            values[i] = _settle(x, u, w, top, over, over_infinite, infinite, sign)


@numba.njit
def _stochastic_row(values, k, f, row, step):  # type: ignore[no-untyped-def]
    # Block j of 16 gives the words of elements j, j + 16, j + 32 and j + 48 of 64: unit stride, 16 lanes.
    fixed, sign, drop, mask, tiny = k[FIXED], k[SIGN], k[DROP], k[MASK], k[TINY]
    top, over, over_infinite, infinite = k[TOP], k[OVER], k[OVER_INFINITE], k[INFINITE]
    magic, quantum, scale, low, high = f[MAGIC], f[QUANTUM], f[SCALE], f[LOWEST], f[HIGHEST]
    key_low, key_high = np.uint32(k[SEED_LOW]), np.uint32(k[SEED_HIGH])
    step_low, step_high = np.uint32(step), np.uint32(step >> 32)
    words, lanes = np.empty(64, np.uint32), np.int64(k[LANES])
    for group in range((len(values) + 63) // 64):
        _philox(np.uint64(16 * group), row, step_low, step_high, key_low, key_high, words, lanes)
        part = values[64 * group : 64 * group + 64]
        if fixed:
            for i in range(len(part)):
                part[i] = _fixed(part[i], words[i], 2, low, high, scale, quantum, magic, sign)
        else:
            for i in range(len(part)):
                part[i] = _stochastic(
                    part[i],
                    words[i],
                    drop,
                    mask,
                    tiny,
                    top,
                    over,
                    over_infinite,
                    infinite,
                    sign,
                    quantum,
                    scale,
                )


@numba.njit(cache=True, nogil=True)
def round_rows(values, k, f, step):  # type: ignore[no-untyped-def]
    """Round an array of shape (rows, n) in place."""
    for row in range(values.shape[0]):
        _round_row(values[row], k, f, row, step)


@cache
def row_rounder(dtype: str) -> Any:
    """Return the C function that rounds a row in place, for ``float32`` or ``float64``.

    Compiled code takes it as an argument and calls it with the addresses of the row, its length, the addresses
    of `Constants.integers` and `Constants.floats`, the number of the row in the batch, and that of the step.
    """
    if dtype == "float32":

        @numba.cfunc(_SIGNATURE, cache=True)
        def round_row(row, n, integers, floats, number, step):  # type: ignore[no-untyped-def]
            k, f = numba.carray(integers, 15, np.uint32), numba.carray(floats, 5, np.float32)
            _round_row(numba.carray(row, n, np.float32), k, f, number, step)
    else:

        @numba.cfunc(_SIGNATURE, cache=True)
        def round_row(row, n, integers, floats, number, step):  # type: ignore[no-untyped-def]
            k, f = numba.carray(integers, 15, np.uint64), numba.carray(floats, 5, np.float64)
            _round_row(numba.carray(row, n, np.float64), k, f, number, step)

    return _PROTOTYPE(round_row.address)
