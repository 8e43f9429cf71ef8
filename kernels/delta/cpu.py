"""The delta scan compiled by numba: states are kept once a chunk and recomputed backward.

S lies as (K, V), values fastest: no loop of the forward pass adds up along its innermost direction.
"""

from __future__ import annotations

import numba
import numpy as np

CHUNK = 64
"""Tokens between kept states."""


@numba.njit(fastmath={"contract"})
def _recall(S, k, u):  # type: ignore[no-untyped-def]
    """Write u = Sᵀ k."""
    u[:] = 0
    for a in range(len(k)):
        row = S[a]
        for v in range(len(u)):
            u[v] += k[a] * row[v]


@numba.njit(fastmath={"contract"})
def _reflect(S, k, value, beta, e):  # type: ignore[no-untyped-def]
    """Correct S along k, in place: e, filled with β (v - Sᵀ k), is what is written there."""
    _recall(S, k, e)
    for v in range(len(e)):
        e[v] = beta * (value[v] - e[v])
    for a in range(len(k)):
        row = S[a]
        for v in range(len(e)):
            row[v] += k[a] * e[v]


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def forward(query, key, value, beta, S, y, kept, begin, end, rounded, integers, floats, rounder, first):  # type: ignore[no-untyped-def]
    """Scan words `begin` to `end`: fill y, move S on to the last state, keep the state before every chunk.

    Parameters
    ----------
    query : ndarray, shape (B, L, H, K)
    key : ndarray, shape (B, L, H, J, K)
    value : ndarray, shape (B, L, H, J, V)
    beta : ndarray, shape (B, L, H, J)
    S : ndarray, shape (B, H, K, V)
    y : ndarray, shape (B, L, H, V)
    kept : ndarray, shape (B, chunks, H, K, V)
    """
    L, H, J, K = key.shape[1:]
    V = value.shape[-1]
    e = np.empty(V, query.dtype)
    for i in range(begin, end):
        for head in range(H):
            state = S[i, head]
            for t in range(L):
                if t % CHUNK == 0:
                    kept[i, t // CHUNK, head] = state
                for j in range(J):
                    _reflect(state, key[i, t, head, j], value[i, t, head, j], beta[i, t, head, j], e)
                if rounded:
                    rounder(state.ctypes, K * V, integers.ctypes, floats.ctypes, i * H + head, first + t)
                _recall(state, query[i, t, head], y[i, t, head])


@numba.njit(fastmath={"contract", "reassoc", "nsz"})
def _read_back(G, S, q, dy, dq):  # type: ignore[no-untyped-def]
    """Gradients of y = Sᵀ q."""
    for a in range(len(q)):
        grow, row = G[a], S[a]
        total = q.dtype.type(0)
        for v in range(len(dy)):
            total += row[v] * dy[v]
            grow[v] += q[a] * dy[v]
        dq[a] = total


@numba.njit(fastmath={"contract", "reassoc", "nsz"})
def _reflect_back(G, S, k, value, beta, dk, dvalue, r, de):  # type: ignore[no-untyped-def]
    """Gradients of one correction; G goes from the gradient of S after it to that of S before. Returns dβ."""
    _recall(S, k, r)
    _recall(G, k, de)
    dbeta = k.dtype.type(0)
    for v in range(len(r)):
        r[v] = value[v] - r[v]
        dbeta += de[v] * r[v]
        de[v] = beta * de[v]
        dvalue[v] = de[v]
        r[v] = beta * r[v]
    for a in range(len(k)):
        grow, row = G[a], S[a]
        total = k.dtype.type(0)
        for v in range(len(r)):
            total += grow[v] * r[v] - row[v] * de[v]
            grow[v] -= k[a] * de[v]
        dk[a] = total
    return dbeta


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def backward(  # type: ignore[no-untyped-def]
    query,
    key,
    value,
    beta,
    kept,
    dy,
    G,
    dquery,
    dkey,
    dvalue,
    dbeta,
    begin,
    end,
    rounded,
    integers,
    floats,
    rounder,
    first,
):
    """Gradients of words `begin` to `end`; G holds that of the last state, on return that of the first."""
    L, H, J, K = key.shape[1:]
    V = value.shape[-1]
    r, de = np.empty(V, query.dtype), np.empty(V, query.dtype)
    states = np.empty((CHUNK * J + 1, K, V), query.dtype)
    for i in range(begin, end):
        for head in range(H):
            for chunk in range(kept.shape[1] - 1, -1, -1):
                origin = chunk * CHUNK
                length = min(CHUNK, L - origin)
                states[0] = kept[i, chunk, head]
                for s in range(length):
                    t = origin + s
                    for j in range(J):
                        state = states[s * J + j + 1]
                        state[:] = states[s * J + j]
                        _reflect(state, key[i, t, head, j], value[i, t, head, j], beta[i, t, head, j], r)
                    if rounded:
                        state = states[(s + 1) * J]
                        rounder(state.ctypes, K * V, integers.ctypes, floats.ctypes, i * H + head, first + t)
                for s in range(length - 1, -1, -1):
                    t = origin + s
                    _read_back(
                        G[i, head], states[(s + 1) * J], query[i, t, head], dy[i, t, head], dquery[i, t, head]
                    )
                    for j in range(J - 1, -1, -1):
                        dbeta[i, t, head, j] = _reflect_back(
                            G[i, head], states[s * J + j], key[i, t, head, j], value[i, t, head, j],
                            beta[i, t, head, j], dkey[i, t, head, j], dvalue[i, t, head, j], r, de,
                        )  # fmt: skip
