"""The selective scan compiled by numba: one pass over time; states are kept once a chunk and recomputed backward.

States lie as (N, D), channels fastest: the innermost loop runs over channels, whatever N is.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numba import types
from numba.extending import overload

from ..rounding.bits import bits_of, float_of

CHUNK = 64
"""Steps between kept states."""
LOG2E, LN2_HIGH, LN2_LOW = 1.44269504, 0.693359375, -2.12194440e-4
ROUND = 12582912.0  # 1.5 * 2^23: adding it leaves the nearest integer in the low bits


def _exp(z):  # type: ignore[no-untyped-def]
    raise NotImplementedError


@overload(_exp, jit_options={"fastmath": {"contract"}})
def _compile_exp(z):  # type: ignore[no-untyped-def]
    """Make exp: in float32 of arithmetic alone, so that the loop around it becomes vector instructions."""
    if z != types.float32:
        return lambda z: math.exp(z)

    def exp32(z):  # type: ignore[no-untyped-def]
        # exp(z) = 2^k exp(r), |r| <= ln(2) / 2; Taylor to r^7: 5e-9. NaN passes both comparisons.
        z = np.float32(88.0) if z > np.float32(88.0) else z
        z = np.float32(-87.0) if z < np.float32(-87.0) else z
        shifted = z * np.float32(LOG2E) + np.float32(ROUND)
        k = shifted - np.float32(ROUND)
        r = z - k * np.float32(LN2_HIGH) - k * np.float32(LN2_LOW)
        p = np.float32(1 / 5040) * r + np.float32(1 / 720)
        p = p * r + np.float32(1 / 120)
        p = p * r + np.float32(1 / 24)
        p = p * r + np.float32(1 / 6)
        p = p * r + np.float32(1 / 2)
        p = p * r + np.float32(1)
        p = p * r + np.float32(1)
        power = np.uint32(np.uint32(bits_of(shifted) << np.uint32(23)) + np.uint32(0x3F800000))
        return p * float_of(power)

    return exp32


@numba.njit(fastmath={"contract"})
def _decay(step, rate, factor, signed):  # type: ignore[no-untyped-def]
    """Fill `factor` with the eigenvalues exp(Δ A) of one mode, or 2 exp(Δ A) - 1."""
    for d in range(len(step)):
        factor[d] = _exp(step[d] * rate[d])  # type: ignore[no-untyped-call]
    if signed:
        for d in range(len(step)):
            factor[d] = factor[d] + factor[d] - factor.dtype.type(1)


@numba.njit(fastmath={"contract"})
def _advance(h, factor, A, step, u, b, signed):  # type: ignore[no-untyped-def]
    """One step of the state, in place; `factor` is filled with what it was multiplied by."""
    for n in range(h.shape[0]):
        row, f = h[n], factor[n]
        _decay(step, A[n], f, signed)
        for d in range(h.shape[1]):
            row[d] = f[d] * row[d] + u[d] * b[n]


@numba.njit(fastmath={"contract"})
def _product(step, x, u):  # type: ignore[no-untyped-def]
    for d in range(len(u)):
        u[d] = step[d] * x[d]


@numba.njit(fastmath={"contract"})
def _read(h, c, y):  # type: ignore[no-untyped-def]
    """Write y = c h, mode after mode: the same order in every piece of a word."""
    y[:] = 0
    for n in range(h.shape[0]):
        row = h[n]
        for d in range(len(y)):
            y[d] += c[n] * row[d]


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def forward(x, delta, A, B, C, h, y, kept, begin, end, signed, rounded, integers, floats, rounder, first):  # type: ignore[no-untyped-def]
    """Scan rows `begin` to `end`: fill y, move h on to the last state, keep the state before every chunk.

    Parameters
    ----------
    x, delta, y : ndarray, shape (batch, L, D)
    A : ndarray, shape (N, D)
    B, C : ndarray, shape (batch, L, N)
    h : ndarray, shape (batch, N, D)
    kept : ndarray, shape (batch, chunks, N, D)
    """
    N, D = A.shape
    u, factor = np.empty(D, x.dtype), np.empty((N, D), x.dtype)
    for i in range(begin, end):
        state = h[i]
        for t in range(x.shape[1]):
            if t % CHUNK == 0:
                kept[i, t // CHUNK] = state
            _product(delta[i, t], x[i, t], u)
            _advance(state, factor, A, delta[i, t], u, B[i, t], signed)
            if rounded:
                rounder(state.ctypes, N * D, integers.ctypes, floats.ctypes, i, first + t)
            _read(state, C[i, t], y[i, t])


@numba.njit(fastmath={"contract", "reassoc", "nsz"})
def _reverse(gh, dy, step, x, u, A, b, c, h, before, factor, dA, ddelta, dx, db, dc, du, signed):  # type: ignore[no-untyped-def]
    """One step back: gh is the gradient of the state after the step on entry, of that before it on return."""
    N, D = A.shape
    one = x.dtype.type(1) if signed else x.dtype.type(0)
    du[:] = 0
    ddelta[:] = 0
    for n in range(N):
        g, f, old, new, rate, dr = gh[n], factor[n], before[n], h[n], A[n], dA[n]
        sum_b, sum_c = x.dtype.type(0), x.dtype.type(0)
        for d in range(D):
            sum_c += dy[d] * new[d]
            total = g[d] + dy[d] * c[n]
            sum_b += total * u[d]
            du[d] += total * b[n]
            # The derivative of 2 e - 1 by its exponent is 2 e, one more than the eigenvalue itself.
            z = total * old[d] * (f[d] + one)
            dr[d] += z * step[d]
            ddelta[d] += z * rate[d]
            g[d] = total * f[d]
        db[n], dc[n] = sum_b, sum_c
    for d in range(D):
        ddelta[d] += du[d] * x[d]
        dx[d] = du[d] * step[d]


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def backward(  # type: ignore[no-untyped-def]
    x,
    delta,
    A,
    B,
    C,
    kept,
    dy,
    gh,
    dx,
    ddelta,
    dA,
    dB,
    dC,
    begin,
    end,
    signed,
    rounded,
    integers,
    floats,
    rounder,
    first,
):
    """Gradients of rows `begin` to `end`; gh holds that of the last state, on return that of the first.

    Shapes as in `forward`; dA has shape (batch, N, D): rows do not share sums.
    """
    N, D = A.shape
    u, du = np.empty((CHUNK, D), x.dtype), np.empty(D, x.dtype)
    states, factors = np.empty((CHUNK + 1, N, D), x.dtype), np.empty((CHUNK, N, D), x.dtype)
    for i in range(begin, end):
        dA[i] = 0
        for chunk in range(kept.shape[1] - 1, -1, -1):
            origin = chunk * CHUNK
            length = min(CHUNK, x.shape[1] - origin)
            states[0] = kept[i, chunk]
            for s in range(length):
                t = origin + s
                _product(delta[i, t], x[i, t], u[s])
                states[s + 1] = states[s]
                _advance(states[s + 1], factors[s], A, delta[i, t], u[s], B[i, t], signed)
                if rounded:
                    rounder(states[s + 1].ctypes, N * D, integers.ctypes, floats.ctypes, i, first + t)
            for s in range(length - 1, -1, -1):
                t = origin + s
                _reverse(
                    gh[i], dy[i, t], delta[i, t], x[i, t], u[s], A, B[i, t], C[i, t], states[s + 1], states[s],
                    factors[s], dA[i], ddelta[i, t], dx[i, t], dB[i, t], dC[i, t], du, signed,
                )  # fmt: skip
