"""The shift scan compiled by numba: the lattice is a window that moves over the history of newest columns."""

from __future__ import annotations

import math

import numba
import numpy as np


@numba.njit(fastmath={"contract"})
def _add_product(vector, matrix, out):  # type: ignore[no-untyped-def]
    """Add vector · matrix to `out`."""
    for a in range(len(vector)):
        row, weight = matrix[a], vector[a]
        for b in range(len(out)):
            out[b] += weight * row[b]


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def linear(x, weights, history, begin, end, rounded, integers, floats, rounder, first):  # type: ignore[no-untyped-def]
    """Scan words `begin` to `end` with a linear boundary.

    Parameters
    ----------
    x : ndarray, shape (B, L, d)
    weights : ndarray, shape (s, d, d)
        Of column i, by the component read, then by the one written.
    history : ndarray, shape (B, s + L, d)
        Begins with the lattice, oldest column first; the rest is filled.
    """
    s, d = weights.shape[0], x.shape[2]
    for i in range(begin, end):
        for t in range(x.shape[1]):
            new = history[i, s + t]
            new[:] = x[i, t]
            for column in range(s):
                _add_product(history[i, t + column], weights[column], new)
            if rounded:
                rounder(new.ctypes, d, integers.ctypes, floats.ctypes, i, first + t)


@numba.njit(fastmath={"contract", "reassoc", "nsz"})
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    for j in range(len(a)):
        total += a[j] * b[j]
    return total


@numba.njit(fastmath={"contract"})
def _attend(keys, query, shares):  # type: ignore[no-untyped-def]
    """Fill `shares` with softmax(keys · query)."""
    s = len(shares)
    for column in range(s):
        shares[column] = _dot(keys[column], query)
    top = shares.max()
    total = query.dtype.type(0)
    for column in range(s):
        shares[column] = math.exp(shares[column] - top)
        total += shares[column]
    for column in range(s):
        shares[column] /= total


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def attention(x, key, query, value, history, begin, end, rounded, integers, floats, rounder, first):  # type: ignore[no-untyped-def]
    """Scan words `begin` to `end` with an attention boundary.

    A column's key Kᵀ h and value V h are made once, when it enters the lattice.

    Parameters
    ----------
    x : ndarray, shape (B, L, d)
    key, query, value : ndarray, shape (d, d)
        K, Qᵀ, Vᵀ: by the component read, then by the one written.
    history : ndarray, shape (B, s + L, d)
        As in `linear`.
    """
    L, d = x.shape[1:]
    s = history.shape[1] - L
    keys, values = np.zeros((s + L, d), x.dtype), np.zeros((s + L, d), x.dtype)
    q, shares = np.empty(d, x.dtype), np.empty(s, x.dtype)
    for i in range(begin, end):
        keys[:], values[:] = 0, 0
        for column in range(s):
            _add_product(history[i, column], key, keys[column])
            _add_product(history[i, column], value, values[column])
        for t in range(L):
            q[:] = 0
            _add_product(history[i, s + t - 1], query, q)
            _attend(keys[t : t + s], q, shares)
            new = history[i, s + t]
            new[:] = x[i, t]
            _add_product(shares, values[t : t + s], new)
            if rounded:
                rounder(new.ctypes, d, integers.ctypes, floats.ctypes, i, first + t)
            _add_product(new, key, keys[s + t])
            _add_product(new, value, values[s + t])


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def attention_backward(keys, queries, values, key, query, value, dy, g, dkeys, dqueries, dvalues, begin, end):  # type: ignore[no-untyped-def]
    """Gradients of words `begin` to `end` with respect to every column, its key, query and value.

    Parameters
    ----------
    keys, queries, values : ndarray, shape (B, s + L, d)
        Kᵀ h, Q h and V h of every column h of the history.
    key, query, value : ndarray, shape (d, d)
        Kᵀ, Q, V: transposed to those of `attention`.
    dy : ndarray, shape (B, L, d)
    g, dkeys, dqueries, dvalues : ndarray, shape (B, s + L, d)
        Filled; g is the gradient of the whole column.
    """
    L, d = dy.shape[1:]
    s = keys.shape[1] - L
    shares, dshares = np.empty(s, dy.dtype), np.empty(s, dy.dtype)
    for i in range(begin, end):
        dkeys[i], dqueries[i], dvalues[i] = 0, 0, 0
        for row in range(s + L - 1, -1, -1):
            t = row - s
            total = g[i, row]
            total[:] = 0
            if t >= 0:
                total[:] = dy[i, t]
            # Every window that holds this column has been dealt with.
            _add_product(dkeys[i, row], key, total)
            _add_product(dqueries[i, row], query, total)
            _add_product(dvalues[i, row], value, total)
            if t < 0:
                continue
            q, dq = queries[i, row - 1], dqueries[i, row - 1]
            _attend(keys[i, t : t + s], q, shares)
            mean = dy.dtype.type(0)
            for column in range(s):
                dshares[column] = _dot(total, values[i, t + column])
                mean += shares[column] * dshares[column]
            for column in range(s):
                score = shares[column] * (dshares[column] - mean)
                for j in range(d):
                    dvalues[i, t + column, j] += shares[column] * total[j]
                    dkeys[i, t + column, j] += score * q[j]
                    dq[j] += score * keys[i, t + column, j]
