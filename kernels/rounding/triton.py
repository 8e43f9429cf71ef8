"""Rounding inside a Triton kernel: the same bits as the compiled recurrences of the CPU."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

from . import constants as at
from .formats import format_of

NONE = (0,) * 13
"""What `round_state` is given where nothing is rounded."""


def triton_arguments(text: str) -> tuple[tuple[Any, ...], int]:
    """Return the constants of a format in float32, as `round_state` takes them, and the seed.

    Parameters
    ----------
    text : str
        `Format.text`, or empty.
    """
    rounding = format_of(text)
    found = rounding.constants(torch.float32) if rounding else None
    if rounding is None or found is None:
        return NONE, 0
    whole = (at.MODE, at.DROP, at.BIAS, at.TINY, at.TOP, at.OVER, at.OVER_INFINITE)
    real = (at.MAGIC, at.QUANTUM, at.SCALE, at.LOWEST, at.HIGHEST)
    kind = 2 if rounding.kind == "fixed" else 1
    integers = [int(found.integers[place]) for place in whole]
    return (kind, *integers, *(float(found.floats[place]) for place in real)), rounding.seed


@triton.jit
def _words(element, row, step, seed):
    """The random word of every element: see `rounding.random.row_words`."""
    block = (16 * (element // 64) + element % 16).to(tl.uint32)
    zero = block * 0
    low = (step & 0xFFFFFFFF).to(tl.uint32)
    high = (step >> 32).to(tl.uint32)
    a, b, c, d = tl.philox(seed, block, zero + row.to(tl.uint32), zero + low, zero + high)
    which = element % 64 // 16
    return tl.where(which == 0, a, tl.where(which == 1, b, tl.where(which == 2, c, d)))


@triton.jit
def _uniform(words):
    return (words >> 8).to(tl.int32).to(tl.float32) * 5.9604644775390625e-08  # 2^-24


@triton.jit
def round_state(x, element, row, step, seed, R: tl.constexpr):
    """Round a tile of float32.

    Parameters
    ----------
    x : tile of float32
    element : tile of int32
        The place of each number in its row.
    row : int32
    step, seed : int64
    R : tuple
        From `triton_arguments`: kind, MODE, DROP, BIAS, TINY, TOP, OVER, OVER_INFINITE, MAGIC, QUANTUM, SCALE,
        LOWEST, HIGHEST of `Constants`.
    """
    if R[0] == 0:
        return x
    bits = x.to(tl.uint32, bitcast=True)
    u = bits & 0x7FFFFFFF
    sign = bits ^ u
    if R[0] == 2:
        v = tl.where(x > R[12], R[12], tl.where(x < R[11], R[11], x)) * R[10]
        size = tl.abs(v)
        near = (size + R[8]) - R[8]
        if R[1] != 0:
            near = tl.where(near > size, near - 1.0, near)
            if R[1] == 2:
                near = tl.where(_uniform(_words(element, row, step, seed)) < size - near, near + 1.0, near)
        near = tl.where(size < R[8], near, size) * R[9]
        return tl.where(x == x, tl.where(v < 0, -near, near) + 0.0, x)
    if R[1] == 0:
        odd = (u >> R[2]) & (1 if R[2] > 0 else 0)
        w = ((u + R[3] + odd) >> R[2]) << R[2]
    elif R[1] == 1:
        w = (u >> R[2]) << R[2]
    else:
        words = _words(element, row, step, seed)
        w = ((u + (words >> (32 - R[2]) if R[2] > 0 else words * 0)) >> R[2]) << R[2]
    if R[4] > 0:
        size = tl.where(u < R[4], u, 0).to(tl.float32, bitcast=True)
        if R[1] == 2:
            v = size * R[10]
            floor = tl.floor(v)
            small = tl.where(_uniform(words) < v - floor, floor + 1.0, floor) * R[9]
        else:
            small = (size + R[8]) - R[8]
            if R[1] == 1:
                small = tl.where(small > size, small - R[9], small)
        w = tl.where(u < R[4], small.to(tl.uint32, bitcast=True), w)
    over = tl.where(u == 0x7F800000, R[7], R[6]).to(tl.uint32)
    w = tl.where(w > R[5], over, w)
    w = tl.where(u > 0x7F800000, u, w)
    return (w | sign).to(tl.float32, bitcast=True)
