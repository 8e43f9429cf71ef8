"""The shift scan in Triton: one program a word; the lattice is a window that moves over the history."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..rounding.triton import round_state, triton_arguments


@triton.jit
def linear(X, WEIGHTS, HISTORY, L, S, D, first, seed, R: tl.constexpr, BD: tl.constexpr):
    """Fill HISTORY, which begins with the lattice; WEIGHTS are by column, component written, component read."""
    j = tl.arange(0, BD)
    word = tl.program_id(0).to(tl.int64)
    square = j[:, None] * D + j[None, :]
    inside = (j < D)[:, None] & (j < D)[None, :]
    history = HISTORY + word * (S + L) * D
    for t in range(L):
        new = tl.load(X + (word * L + t) * D + j, mask=j < D, other=0.0)
        for column in range(S):
            h = tl.load(history + (t + column) * D + j, mask=j < D, other=0.0)
            weights = tl.load(WEIGHTS + column * D * D + square, mask=inside, other=0.0)
            new += tl.sum(weights * h[None, :], 1)
        new = round_state(new, j, tl.program_id(0), tl.cast(first, tl.int64) + t, seed, R)
        tl.store(history + (S + t) * D + j, new, mask=j < D)
        tl.debug_barrier()  # other threads of the program read it at the next step


@triton.jit
def _shares(keys, q, i, S):
    """Softmax of keys · q over the columns of the lattice."""
    scores = tl.where(i < S, tl.sum(keys * q[None, :], 1), float("-inf"))
    shares = tl.exp(scores - tl.max(scores, 0))
    return shares / tl.sum(shares, 0)


@triton.jit
def attention(
    X, KEY, QUERY, VALUE, HISTORY, KEYS, VALUES, L, S, D, first, seed,
    R: tl.constexpr, BS: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    """Fill HISTORY, KEYS and VALUES, which begin with those of the lattice; the matrices are by output, input."""
    i, j = tl.arange(0, BS), tl.arange(0, BD)
    word = tl.program_id(0).to(tl.int64)
    square, inside = j[:, None] * D + j[None, :], (j < D)[:, None] & (j < D)[None, :]
    window, within = i[:, None] * D + j[None, :], (i < S)[:, None] & (j < D)[None, :]
    base = word * (S + L) * D
    for t in range(L):
        h = tl.load(HISTORY + base + (S + t - 1) * D + j, mask=j < D, other=0.0)
        q = tl.sum(tl.load(QUERY + square, mask=inside, other=0.0) * h[None, :], 1)
        keys = tl.load(KEYS + base + t * D + window, mask=within, other=0.0)
        values = tl.load(VALUES + base + t * D + window, mask=within, other=0.0)
        new = tl.load(X + (word * L + t) * D + j, mask=j < D, other=0.0)
        new += tl.sum(_shares(keys, q, i, S)[:, None] * values, 0)
        new = round_state(new, j, tl.program_id(0), tl.cast(first, tl.int64) + t, seed, R)
        at = base + (S + t) * D + j
        tl.store(HISTORY + at, new, mask=j < D)
        key = tl.sum(tl.load(KEY + square, mask=inside, other=0.0) * new[None, :], 1)
        value = tl.sum(tl.load(VALUE + square, mask=inside, other=0.0) * new[None, :], 1)
        tl.store(KEYS + at, key, mask=j < D)
        tl.store(VALUES + at, value, mask=j < D)
        tl.debug_barrier()


@triton.jit
def attention_back(
    KEY, QUERY, VALUE, KEYS, QUERIES, VALUES, DY, G, DKEYS, DQUERIES, DVALUES, L, S, D,
    BS: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    """Fill G with the gradient of every column, and those of the keys, queries and values, zeros at first."""
    i, j = tl.arange(0, BS), tl.arange(0, BD)
    word = tl.program_id(0).to(tl.int64)
    square, inside = j[:, None] * D + j[None, :], (j < D)[:, None] & (j < D)[None, :]
    window, within = i[:, None] * D + j[None, :], (i < S)[:, None] & (j < D)[None, :]
    base = word * (S + L) * D
    for back in range(S + L):
        row = S + L - 1 - back
        t = row - S
        at = base + row * D + j
        # Every window that holds this column has been dealt with.
        g = tl.load(DY + (word * L + t) * D + j, mask=(j < D) & (t >= 0), other=0.0)
        dkey = tl.load(DKEYS + at, mask=j < D, other=0.0)
        dquery = tl.load(DQUERIES + at, mask=j < D, other=0.0)
        dvalue = tl.load(DVALUES + at, mask=j < D, other=0.0)
        g += tl.sum(tl.load(KEY + square, mask=inside, other=0.0) * dkey[None, :], 1)
        g += tl.sum(tl.load(QUERY + square, mask=inside, other=0.0) * dquery[None, :], 1)
        g += tl.sum(tl.load(VALUE + square, mask=inside, other=0.0) * dvalue[None, :], 1)
        tl.store(G + at, g, mask=j < D)
        if t >= 0:
            # Over rows of the window, down which these sums run, the gradient lies the other way.
            keys = tl.load(KEYS + base + t * D + window, mask=within, other=0.0)
            values = tl.load(VALUES + base + t * D + window, mask=within, other=0.0)
            q = tl.load(QUERIES + at - D, mask=j < D, other=0.0)
            shares = _shares(keys, q, i, S)
            dshares = tl.sum(values * g[None, :], 1)
            score = shares * (dshares - tl.sum(shares * dshares, 0))
            dkeys = tl.load(DKEYS + base + t * D + window, mask=within, other=0.0)
            tl.store(DKEYS + base + t * D + window, dkeys + score[:, None] * q[None, :], mask=within)
            dvalues = tl.load(DVALUES + base + t * D + window, mask=within, other=0.0)
            tl.store(DVALUES + base + t * D + window, dvalues + shares[:, None] * g[None, :], mask=within)
            tl.store(DQUERIES + at - D, tl.sum(score[:, None] * keys, 0), mask=j < D)
        tl.debug_barrier()


def _block(size: int) -> int:
    return int(triton.next_power_of_2(size))


def linear_forward(x: Tensor, weights: Tensor, start: Tensor, rounding: str, first: int) -> Tensor:
    """Return the history: as ``krohn::shift_linear``."""
    (B, L, d), s = x.shape, len(weights)
    history = torch.cat([start, x.new_empty(B, L, d)], 1)
    R, seed = triton_arguments(rounding)
    if B:
        linear[(B,)](
            x.contiguous(),
            weights.contiguous(),
            history,
            L,
            s,
            d,
            first,
            seed,
            R=R,
            BD=_block(d),
            num_warps=8,
        )
    return history


def attention_forward(
    x: Tensor, key: Tensor, query: Tensor, value: Tensor, start: Tensor, rounding: str, first: int
) -> Tensor:
    """Return the history: as ``krohn::shift_attention``."""
    (B, L, d), s = x.shape, start.shape[1]
    history, keys, values = (
        torch.cat([columns, x.new_empty(B, L, d)], 1) for columns in (start, start @ key, start @ value.t())
    )
    R, seed = triton_arguments(rounding)
    matrices = [matrix.contiguous() for matrix in (key.t(), query, value)]
    if B:
        attention[(B,)](
            x.contiguous(), *matrices, history, keys, values, L, s, d, first, seed,
            R=R, BS=_block(s), BD=_block(d), num_warps=8,
        )  # fmt: skip
    return history


def attention_backward(
    keys: Tensor, queries: Tensor, values: Tensor, key: Tensor, query: Tensor, value: Tensor, dy: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients: as ``krohn::shift_attention_backward``."""
    B, L, d = dy.shape
    s = keys.shape[1] - L
    inputs = [tensor.contiguous() for tensor in (key, query.t(), value.t(), keys, queries, values, dy)]
    g, dkeys, dqueries, dvalues = (torch.zeros_like(inputs[3]) for _ in range(4))
    if B:
        attention_back[(B,)](
            *inputs, g, dkeys, dqueries, dvalues, L, s, d, BS=_block(s), BD=_block(d), num_warps=8
        )
    return g, dkeys, dqueries, dvalues
