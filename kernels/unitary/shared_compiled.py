"""The compiled loops of the unitary scan whose phases are shared by the channels of a head.

As in ``compiled.py``, but the turns E_t come in, one a mode and head, and are spread over the channels here.
"""

from __future__ import annotations

import numba
import numpy as np

STRIP = 1024
"""Lanes (a mode of a channel) that are taken through all of time together: their state stays in the L1 cache."""
ROW = STRIP + 96  # rows whose addresses agree in 12 bits would wait for one another's stores
RE, IM, K_RE, K_IM, X, C, S, TERM, DY, G_RE, G_IM, DK_RE, DK_IM, SLOPE = (ROW * i for i in range(14))


@numba.njit(nogil=True)
def _move(pair, first, lanes, work, at, out):  # type: ignore[no-untyped-def]
    # Both parts of a pair into the workspace, or out of it.
    for part in range(2):
        there = pair[part].reshape(pair[part].size)[first : first + lanes]
        here = work[at + part * ROW : at + part * ROW + lanes]
        if out:
            there[:] = here
        else:
            here[:] = there


@numba.njit(nogil=True)
def _repeat(row, work, at, lanes):  # type: ignore[no-untyped-def]
    # A value a channel, for every mode of the strip.
    for begin in range(at, at + lanes, row.size):
        here = work[begin : begin + row.size]
        for d in range(row.size):
            here[d] = row[d]


@numba.njit(nogil=True)
def _spread(turns, work, at, each):  # type: ignore[no-untyped-def]
    # A value a mode and head, for every channel of the head.
    for j in range(turns.size):
        value = turns[j]
        here = work[at + j * each : at + (j + 1) * each]
        for d in range(each):
            here[d] = value


@numba.njit(nogil=True)
def _gather(work, at, lanes, row):  # type: ignore[no-untyped-def]
    for begin in range(at, at + lanes, row.size):
        here = work[begin : begin + row.size]
        for d in range(row.size):
            row[d] += here[d]


@numba.njit(
    nogil=True, fastmath={"contract", "reassoc", "nsz"}
)  # a sum in one order would wait for every addition
def _sum(row):  # type: ignore[no-untyped-def]
    total = row.dtype.type(0)
    for d in range(row.size):
        total += row[d]
    return total


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def forward(turns, x, driven, K, z, y, begin, end):  # type: ignore[no-untyped-def]
    """Take words from `begin` to `end`; turns (B, L, 2, N, H), others as ``cpu.advance`` takes them."""
    L, N, H = turns.shape[1], turns.shape[3], turns.shape[4]
    D = y.shape[2]
    work = np.zeros(ROW * 8, y.dtype)
    modes = max(1, STRIP // D)
    for i in range(begin, end):
        for n in range(0, N, modes):
            last = min(N, n + modes)
            lanes = (last - n) * D
            _move(z[i], n * D, lanes, work, RE, False)
            _move(K, n * D, lanes, work, K_RE, False)
            for t in range(L):
                _spread(turns[i, t, 0, n:last].reshape((last - n) * H), work, C, D // H)
                _spread(turns[i, t, 1, n:last].reshape((last - n) * H), work, S, D // H)
                if driven:
                    _repeat(x[i, t], work, X, lanes)
                for m in range(lanes):
                    c, s = work[C + m], work[S + m]
                    a, b = work[RE + m], work[IM + m]
                    if driven:
                        a += c * work[X + m]
                        b -= s * work[X + m]
                        work[RE + m], work[IM + m] = a, b
                    k_re, k_im = work[K_RE + m], work[K_IM + m]
                    work[TERM + m] = c * (k_re * a - k_im * b) - s * (k_re * b + k_im * a)
                _gather(work, TERM, lanes, y[i, t])
            _move(z[i], n * D, lanes, work, RE, True)


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def backward(turns, x, driven, K, z, g, dy, dtheta, dx, dK, begin, end):  # type: ignore[no-untyped-def]
    """Undo `forward`; dtheta (B, L, N, H) is written, dx and dK (B, 2, N, D) are added to."""
    L, N, H = turns.shape[1], turns.shape[3], turns.shape[4]
    D = dy.shape[2]
    each = D // H
    circle = dy.dtype.type(6.283185307179586)
    work = np.zeros(ROW * 14, dy.dtype)
    modes = max(1, STRIP // D)
    for i in range(begin, end):
        for n in range(0, N, modes):
            last = min(N, n + modes)
            lanes = (last - n) * D
            _move(z[i], n * D, lanes, work, RE, False)
            _move(K, n * D, lanes, work, K_RE, False)
            _move(g[i], n * D, lanes, work, G_RE, False)
            _move(dK[i], n * D, lanes, work, DK_RE, False)
            for t in range(L - 1, -1, -1):
                _spread(turns[i, t, 0, n:last].reshape((last - n) * H), work, C, each)
                _spread(turns[i, t, 1, n:last].reshape((last - n) * H), work, S, each)
                _repeat(dy[i, t], work, DY, lanes)
                if driven:
                    _repeat(x[i, t], work, X, lanes)
                for m in range(lanes):
                    c, s = work[C + m], work[S + m]
                    a, b, w = work[RE + m], work[IM + m], work[DY + m]
                    work[DK_RE + m] += w * (c * a - s * b)
                    work[DK_IM + m] -= w * (s * a + c * b)
                    u = work[G_RE + m] + w * (work[K_RE + m] * c - work[K_IM + m] * s)
                    v = work[G_IM + m] - w * (work[K_RE + m] * s + work[K_IM + m] * c)
                    if driven:
                        a -= c * work[X + m]
                        b += s * work[X + m]
                        work[RE + m], work[IM + m] = a, b
                        work[TERM + m] = c * u - s * v
                    work[G_RE + m], work[G_IM + m] = u, v
                    work[SLOPE + m] = v * a - u * b
                slopes = dtheta[i, t, n:last].reshape((last - n) * H)
                for j in range(slopes.size):
                    slopes[j] = circle * _sum(work[SLOPE + j * each : SLOPE + (j + 1) * each])
                if driven:
                    _gather(work, TERM, lanes, dx[i, t])
            _move(z[i], n * D, lanes, work, RE, True)
            _move(g[i], n * D, lanes, work, G_RE, True)
            _move(dK[i], n * D, lanes, work, DK_RE, True)
