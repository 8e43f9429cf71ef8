"""The diagonal scan compiled by numba: one pass over time. The states are the output, so nothing else is kept.

Real and imaginary parts come in turn in one axis of N = 2M: of an axis of length 2 numba does not know the length,
and the loop over m would not be vectorised.
"""

from __future__ import annotations

import numba


@numba.njit(fastmath={"contract"})
def _advance(old, factor, drive, new):  # type: ignore[no-untyped-def]
    for m in range(len(new) // 2):
        re, im = old[2 * m], old[2 * m + 1]
        new[2 * m] = factor[2 * m] * re - factor[2 * m + 1] * im + drive[2 * m]
        new[2 * m + 1] = factor[2 * m] * im + factor[2 * m + 1] * re + drive[2 * m + 1]


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def forward(drive, factors, start, states, begin, end, rounded, integers, floats, rounder, first):  # type: ignore[no-untyped-def]
    """Scan rows `begin` to `end`.

    Parameters
    ----------
    drive, states : ndarray, shape (B, L, N)
    factors : ndarray, shape (B, L, N), or (1, 1, N) where they do not vary
    start : ndarray, shape (B, N)
    """
    L, N = drive.shape[1], drive.shape[2]
    varies = factors.shape[0] * factors.shape[1] > 1
    for i in range(begin, end):
        for t in range(L):
            factor = factors[i, t] if varies else factors[0, 0]
            old = states[i, t - 1] if t else start[i]
            _advance(old, factor, drive[i, t], states[i, t])
            if rounded:
                rounder(states[i, t].ctypes, N, integers.ctypes, floats.ctypes, i, first + t)


@numba.njit(fastmath={"contract"})
def _reverse(g, out, factor, before, dfactor, ddrive):  # type: ignore[no-untyped-def]
    for m in range(len(g) // 2):
        a, b = 2 * m, 2 * m + 1
        re, im = g[a] + out[a], g[b] + out[b]
        ddrive[a], ddrive[b] = re, im
        dfactor[a] += re * before[a] + im * before[b]
        dfactor[b] += im * before[a] - re * before[b]
        g[a] = factor[a] * re + factor[b] * im
        g[b] = factor[a] * im - factor[b] * re


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def backward(factors, start, states, dstates, dfactors, ddrive, g, begin, end):  # type: ignore[no-untyped-def]
    """Gradients of rows `begin` to `end`: that of a step's state goes to u whole, to λ times conj(h) before it.

    dfactors has shape (B, L or 1, N): rows do not share sums. On return g (B, N), zero at first, holds
    the gradient of the start.
    """
    varies = factors.shape[0] * factors.shape[1] > 1
    dfactors[begin:end] = 0
    for i in range(begin, end):
        for t in range(states.shape[1] - 1, -1, -1):
            before = states[i, t - 1] if t else start[i]
            if varies:
                _reverse(g[i], dstates[i, t], factors[i, t], before, dfactors[i, t], ddrive[i, t])
            else:
                _reverse(g[i], dstates[i, t], factors[0, 0], before, dfactors[i, 0], ddrive[i, t])
