"""Phases in Triton, with the bits of the other backends: rounding to the nearest integer is spelt out for that."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def _nearest(v, i):
    # v rounded half to even; i is v cut to an integer.
    d = v - i.to(v.dtype)
    size = tl.abs(d)
    up = (size > 0.5) | ((size == 0.5) & ((i & 1) != 0))
    return tl.where(up, tl.where(d > 0, i + 1, i - 1), i)


@triton.jit
def fraction(theta):
    # theta less the nearest integer (ties to even), and NaN where theta is not finite, else 0.
    size = tl.abs(theta)
    whole = tl.floor(size)
    f = size - whole
    odd = whole - 2 * tl.floor(whole * 0.5) != 0
    f = tl.where((f > 0.5) | ((f == 0.5) & odd), f - 1.0, f)
    f = tl.where(theta < 0, -f, f)
    return tl.where(f == f, f, 0.0), f - f


@triton.jit
def steps(f, q, LATTICE: tl.constexpr):
    if LATTICE:
        v = f.to(tl.float64) * q.to(tl.float64)
        k = _nearest(v, v.to(tl.int32))
        return tl.where(k < 0, k + q, k)
    v = f * 4294967296.0
    v = tl.where(v < 2147483648.0, v, -2147483648.0)
    return _nearest(v, v.to(tl.int32))


@triton.jit
def forth(G, k, q, LATTICE: tl.constexpr):
    if LATTICE:
        G = G - q + k
        return tl.where(G < 0, G + q, G)
    return G + k


@triton.jit
def back(G, k, q, LATTICE: tl.constexpr):
    if LATTICE:
        G = G - k
        return tl.where(G < 0, G + q, G)
    return G - k


@triton.jit
def sincos(G, q, LATTICE: tl.constexpr):
    if LATTICE:
        v = G.to(tl.float64) * (4294967296.0 / q.to(tl.float64))
        G = _nearest(v, v.to(tl.int64)).to(tl.int32)
    quarter = (G + 536870912) >> 30
    x = (G - (quarter << 30)).to(tl.float32) * 9.313225746154785e-10
    w = x * x
    s = x * (
        1.5707963705062866 + w * (-0.6459634900093079 + w * (0.07968021929264069 + w * -0.004602149128913879))
    )
    c = 1.0 + w * (
        -1.2337005138397217 + w * (0.253669410943985 + w * (-0.02086152881383896 + w * 0.0009067399078048766))
    )
    odd = (quarter & 1) != 0
    cosine, sine = tl.where(odd, s, c), tl.where(odd, c, s)
    return tl.where(((quarter + 1) & 2) != 0, -cosine, cosine), tl.where((quarter & 2) != 0, -sine, sine)
