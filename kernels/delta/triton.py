"""The delta scan in Triton: time runs inside a thread; words, heads and blocks of values lie over the grid.

The columns of S do not see each other, so that a program may hold some of them alone. A chunk's states are
recomputed backward into scratch memory of bounded size; what blocks of values add to one gradient is added later.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..pieces import SCRATCH
from ..rounding.triton import round_state, triton_arguments
from .cpu import CHUNK

VALUES = 32


@triton.jit
def forward(
    Q, KEY, VALUE, BETA, S, Y, KEPT, L, H, J, K, V, chunks, first, seed,
    R: tl.constexpr, CHUNK: tl.constexpr, BK: tl.constexpr, BV: tl.constexpr,
):  # fmt: skip
    """Outputs, the last state in S, and the states before every chunk."""
    v = tl.program_id(0) * BV + tl.arange(0, BV)
    k = tl.arange(0, BK)
    head, word = tl.program_id(1), tl.program_id(2).to(tl.int64)
    tile, inside = k[:, None] * V + v[None, :], (k < K)[:, None] & (v < V)[None, :]
    row = tl.program_id(2) * H + head
    state = tl.load(S + (word * H + head) * K * V + tile, mask=inside, other=0.0)
    for chunk in range(chunks):
        tl.store(KEPT + ((word * chunks + chunk) * H + head) * K * V + tile, state, mask=inside)
        for t in range(chunk * CHUNK, min(L, (chunk + 1) * CHUNK)):
            at = (word * L + t) * H + head
            for j in range(J):
                key = tl.load(KEY + (at * J + j) * K + k, mask=k < K, other=0.0)
                value = tl.load(VALUE + (at * J + j) * V + v, mask=v < V, other=0.0)
                beta = tl.load(BETA + at * J + j)
                e = beta * (value - tl.sum(key[:, None] * state, 0))
                state += key[:, None] * e[None, :]
            state = round_state(state, tile, row, tl.cast(first, tl.int64) + t, seed, R)
            q = tl.load(Q + at * K + k, mask=k < K, other=0.0)
            tl.store(Y + at * V + v, tl.sum(q[:, None] * state, 0), mask=v < V)
    tl.store(S + (word * H + head) * K * V + tile, state, mask=inside)


@triton.jit
def backward(
    Q, KEY, VALUE, BETA, KEPT, DY, G, DQ, DKEY, DVALUE, DBETA, SCRATCH, L, H, J, K, V, chunks, words, begins, first,
    seed, R: tl.constexpr, CHUNK: tl.constexpr, BK: tl.constexpr, BV: tl.constexpr,
):  # fmt: skip
    """Gradients of the words from `begins` on; DQ, DKEY and DBETA hold one part a block of values."""
    v = tl.program_id(0) * BV + tl.arange(0, BV)
    k = tl.arange(0, BK)
    head, word = tl.program_id(1), (begins + tl.program_id(2)).to(tl.int64)
    tile, inside = k[:, None] * V + v[None, :], (k < K)[:, None] & (v < V)[None, :]
    row = word * H + head
    g = tl.load(G + row * K * V + tile, mask=inside, other=0.0)
    mine = SCRATCH + (tl.program_id(2).to(tl.int64) * H + head) * CHUNK * J * K * V + tile
    part = tl.program_id(0).to(tl.int64) * words * L * H
    for back in range(chunks):
        chunk = chunks - 1 - back
        begin = chunk * CHUNK
        length = min(CHUNK, L - begin)
        state = tl.load(KEPT + ((word * chunks + chunk) * H + head) * K * V + tile, mask=inside, other=0.0)
        for s in range(length):
            at = (word * L + begin + s) * H + head
            for j in range(J):
                tl.store(mine + (s * J + j) * K * V, state, mask=inside)  # the state before the correction
                key = tl.load(KEY + (at * J + j) * K + k, mask=k < K, other=0.0)
                value = tl.load(VALUE + (at * J + j) * V + v, mask=v < V, other=0.0)
                e = tl.load(BETA + at * J + j) * (value - tl.sum(key[:, None] * state, 0))
                state += key[:, None] * e[None, :]
            state = round_state(state, tile, row, tl.cast(first, tl.int64) + begin + s, seed, R)
        tl.debug_barrier()  # what other threads of the program wrote is read
        for s in range(length):
            place = length - 1 - s
            at = (word * L + begin + place) * H + head
            dy = tl.load(DY + at * V + v, mask=v < V, other=0.0)
            q = tl.load(Q + at * K + k, mask=k < K, other=0.0)
            tl.store(DQ + (part + at) * K + k, tl.sum(state * dy[None, :], 1), mask=k < K)
            g += q[:, None] * dy[None, :]
            for behind in range(J):
                j = J - 1 - behind
                state = tl.load(mine + (place * J + j) * K * V, mask=inside, other=0.0)
                key = tl.load(KEY + (at * J + j) * K + k, mask=k < K, other=0.0)
                value = tl.load(VALUE + (at * J + j) * V + v, mask=v < V, other=0.0)
                beta = tl.load(BETA + at * J + j)
                rest = value - tl.sum(key[:, None] * state, 0)
                de = tl.sum(key[:, None] * g, 0)
                tl.store(DBETA + (part + at) * J + j, tl.sum(de * rest, 0))
                de = beta * de
                tl.store(DVALUE + (at * J + j) * V + v, de, mask=v < V)
                dkey = tl.sum(g * (beta * rest)[None, :] - state * de[None, :], 1)
                tl.store(DKEY + ((part + at) * J + j) * K + k, dkey, mask=k < K)
                g -= key[:, None] * de[None, :]
        tl.debug_barrier()
    tl.store(G + row * K * V + tile, g, mask=inside)


def _tiles(K: int, V: int, rounding: str) -> dict[str, Any]:
    # Registers a thread may have: for a little more occupancy the assembler would spill a few.
    registers = 255 if rounding else 168
    BK, BV = triton.next_power_of_2(K), min(VALUES, triton.next_power_of_2(V))
    return {"CHUNK": CHUNK, "BK": BK, "BV": BV, "maxnreg": registers}


def delta_forward(
    query: Tensor, key: Tensor, value: Tensor, beta: Tensor, start: Tensor, rounding: str, first: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return y, the last state and the states kept: as ``krohn::delta_scan``."""
    query, key, value, beta = (tensor.contiguous() for tensor in (query, key, value, beta))
    (B, L, H, J, K), V = key.shape, value.shape[-1]
    chunks, tiles = triton.cdiv(L, CHUNK), _tiles(K, V, rounding)
    y, kept = query.new_empty(B, L, H, V), query.new_empty(B, chunks, H, K, V)
    last = start.clone().contiguous()
    R, seed = triton_arguments(rounding)
    if B:
        forward[(triton.cdiv(V, tiles["BV"]), H, B)](
            query,
            key,
            value,
            beta,
            last,
            y,
            kept,
            L,
            H,
            J,
            K,
            V,
            chunks,
            first,
            seed,
            R=R,
            **tiles,
            num_warps=8,
        )
    return y, last, kept


def delta_backward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    beta: Tensor,
    kept: Tensor,
    dy: Tensor,
    dlast: Tensor,
    rounding: str,
    first: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients: as ``krohn::delta_scan_backward``."""
    query, key, value, beta, dy = (tensor.contiguous() for tensor in (query, key, value, beta, dy))
    (B, L, H, J, K), V = key.shape, value.shape[-1]
    tiles, (R, seed) = _tiles(K, V, rounding), triton_arguments(rounding)
    blocks = triton.cdiv(V, tiles["BV"])
    dq, dkey, dbeta = (query.new_empty(blocks, *tensor.shape) for tensor in (query, key, beta))
    dvalue, g = torch.empty_like(value), dlast.clone().contiguous()
    together = min(B, max(1, SCRATCH // (H * CHUNK * J * K * V)))
    scratch = query.new_empty(together, H, CHUNK, J, K, V)
    for begins in range(0, B, max(1, together)):
        backward[(blocks, H, min(together, B - begins))](
            query, key, value, beta, kept, dy, g, dq, dkey, dvalue, dbeta, scratch,
            L, H, J, K, V, kept.shape[1], B, begins, first, seed, R=R, **tiles, num_warps=8,
        )  # fmt: skip
    return dq.sum(0), dkey.sum(0), dvalue, dbeta.sum(0), g
