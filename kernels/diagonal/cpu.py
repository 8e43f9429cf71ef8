"""The diagonal scan compiled by numba: one pass over time. The states are the output, so nothing else is kept."""

from __future__ import annotations

import numba


@numba.njit(fastmath={"contract"})
def _advance(old, factor, drive, new):  # type: ignore[no-untyped-def]
    for m in range(len(new)):
        re, im = old[m, 0], old[m, 1]
        new[m, 0] = factor[m, 0] * re - factor[m, 1] * im + drive[m, 0]
        new[m, 1] = factor[m, 0] * im + factor[m, 1] * re + drive[m, 1]


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def forward(drive, factors, start, states, begin, end, rounded, integers, floats, rounder, first):  # type: ignore[no-untyped-def]
    """Scan rows `begin` to `end`.

    Parameters
    ----------
    drive, states : ndarray, shape (B, L, M, 2)
    factors : ndarray, shape (B, L, M, 2), or (1, 1, M, 2) where they do not vary
    start : ndarray, shape (B, M, 2)
    """
    L, M = drive.shape[1], drive.shape[2]
    varies = factors.shape[0] * factors.shape[1] > 1
    for i in range(begin, end):
        for t in range(L):
            factor = factors[i, t] if varies else factors[0, 0]
            old = states[i, t - 1] if t else start[i]
            _advance(old, factor, drive[i, t], states[i, t])
            if rounded:
                rounder(states[i, t].ctypes, 2 * M, integers.ctypes, floats.ctypes, i, first + t)


@numba.njit(fastmath={"contract"})
def _reverse(g, out, factor, before, dfactor, ddrive):  # type: ignore[no-untyped-def]
    for m in range(len(g)):
        re, im = g[m, 0] + out[m, 0], g[m, 1] + out[m, 1]
        ddrive[m, 0], ddrive[m, 1] = re, im
        dfactor[m, 0] += re * before[m, 0] + im * before[m, 1]
        dfactor[m, 1] += im * before[m, 0] - re * before[m, 1]
        g[m, 0] = factor[m, 0] * re + factor[m, 1] * im
        g[m, 1] = factor[m, 0] * im - factor[m, 1] * re


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def backward(factors, start, states, dstates, dfactors, ddrive, g, begin, end):  # type: ignore[no-untyped-def]
    """Gradients of rows `begin` to `end`: that of a step's state goes to u whole, to λ times conj(h) before it.

    dfactors has shape (B, L or 1, M, 2): rows do not share sums. On return g (B, M, 2), zero at first, holds
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
