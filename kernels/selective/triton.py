"""The selective scan in Triton: time runs inside a thread, pieces of it over the grid, nothing is added atomically.

States lie as (N, D). A piece is some chunks; where there are several, `summaries` finds for each chunk what it
does to a state (P h + E), `combine` strings them together, and every piece starts from the state it should.
Backward the same with the gradient; a chunk's states are recomputed into scratch memory of bounded size.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..pieces import chunks_of
from ..rounding.triton import round_state, triton_arguments
from .cpu import CHUNK

CHANNELS = 32
REGISTERS = 128
"""A thread may have so many: for a little more occupancy the assembler would spill a few."""


@triton.jit
def _eigenvalues(step, a, SIGNED: tl.constexpr):
    e = tl.exp(step[None, :] * a)
    if SIGNED:
        e = 2.0 * e - 1.0
    return e


@triton.jit
def summaries(
    X, DELTA, A, B, C, DY, E, P, L, D, N, chunks,
    SIGNED: tl.constexpr, BACK: tl.constexpr, CHUNK: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    """What one chunk does: state -> P state + E; with BACK, to the gradient of the state on its way back."""
    d = tl.program_id(0) * BD + tl.arange(0, BD)
    n = tl.arange(0, BN)
    chunk, i = tl.program_id(1), tl.program_id(2)
    tile, inside = n[:, None] * D + d[None, :], (n < N)[:, None] & (d < D)[None, :]
    a = tl.load(A + tile, mask=inside, other=0.0)
    state = tl.zeros((BN, BD), tl.float32)
    product = tl.zeros((BN, BD), tl.float32) + 1.0
    word, begin = i.to(tl.int64), chunk * CHUNK
    length = min(CHUNK, L - begin)
    for s in range(length):
        t = begin + s
        if BACK:
            t = begin + length - 1 - s
        at = word * L + t
        step = tl.load(DELTA + at * D + d, mask=d < D, other=0.0)
        e = _eigenvalues(step, a, SIGNED)
        if BACK:
            c = tl.load(C + at * N + n, mask=n < N, other=0.0)
            dy = tl.load(DY + at * D + d, mask=d < D, other=0.0)
            state = (state + c[:, None] * dy[None, :]) * e
        else:
            b = tl.load(B + at * N + n, mask=n < N, other=0.0)
            x = tl.load(X + at * D + d, mask=d < D, other=0.0)
            state = e * state + b[:, None] * (step * x)[None, :]
        product *= e
    to = (word * chunks + chunk) * N * D
    tl.store(E + to + tile, state, mask=inside)
    tl.store(P + to + tile, product, mask=inside)


@triton.jit
def combine(E, P, H, KEPT, size, chunks, BACK: tl.constexpr, BLOCK: tl.constexpr):
    """Carry H through all chunks, in their order or against it; keep what each of them is entered with."""
    j = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    i = tl.program_id(1).to(tl.int64)
    state = tl.load(H + i * size + j, mask=j < size, other=0.0)
    for s in range(chunks):
        chunk = s
        if BACK:
            chunk = chunks - 1 - s
        at = (i * chunks + chunk) * size + j
        tl.store(KEPT + at, state, mask=j < size)
        e = tl.load(E + at, mask=j < size, other=0.0)
        p = tl.load(P + at, mask=j < size, other=0.0)
        state = p * state + e
    tl.store(H + i * size + j, state, mask=j < size)


@triton.jit
def forward(
    X, DELTA, A, B, C, H, Y, KEPT, L, D, N, chunks, per, first, seed,
    SIGNED: tl.constexpr, R: tl.constexpr, CHUNK: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    """Outputs of a piece of `per` chunks; a piece of all of them starts from H, moves it on, and fills KEPT."""
    d = tl.program_id(0) * BD + tl.arange(0, BD)
    n = tl.arange(0, BN)
    piece, i = tl.program_id(1), tl.program_id(2)
    tile, inside = n[:, None] * D + d[None, :], (n < N)[:, None] & (d < D)[None, :]
    a = tl.load(A + tile, mask=inside, other=0.0)
    word = i.to(tl.int64)
    if per < chunks:
        h = tl.load(KEPT + (word * chunks + piece * per) * N * D + tile, mask=inside, other=0.0)
    else:
        h = tl.load(H + word * N * D + tile, mask=inside, other=0.0)
    for chunk in range(piece * per, min(chunks, (piece + 1) * per)):
        if per == chunks:
            tl.store(KEPT + (word * chunks + chunk) * N * D + tile, h, mask=inside)
        for t in range(chunk * CHUNK, min(L, (chunk + 1) * CHUNK)):
            at = word * L + t
            step = tl.load(DELTA + at * D + d, mask=d < D, other=0.0)
            x = tl.load(X + at * D + d, mask=d < D, other=0.0)
            b = tl.load(B + at * N + n, mask=n < N, other=0.0)
            c = tl.load(C + at * N + n, mask=n < N, other=0.0)
            h = _eigenvalues(step, a, SIGNED) * h + b[:, None] * (step * x)[None, :]
            h = round_state(h, tile, i, tl.cast(first, tl.int64) + t, seed, R)
            tl.store(Y + at * D + d, tl.sum(c[:, None] * h, 0), mask=d < D)
    if per == chunks:
        tl.store(H + word * N * D + tile, h, mask=inside)


@triton.jit
def backward(
    X, DELTA, A, B, C, KEPT, DY, G, GKEPT, DX, DDELTA, DA, DB, DC, SCRATCH, L, D, N, chunks, per, first, seed,
    SIGNED: tl.constexpr, R: tl.constexpr, CHUNK: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    """Gradients of a piece; DA holds one part a piece, DB and DC one a block of channels."""
    d = tl.program_id(0) * BD + tl.arange(0, BD)
    n = tl.arange(0, BN)
    piece, i = tl.program_id(1), tl.program_id(2)
    tile, inside = n[:, None] * D + d[None, :], (n < N)[:, None] & (d < D)[None, :]
    a = tl.load(A + tile, mask=inside, other=0.0)
    word = i.to(tl.int64)
    end = min(chunks, (piece + 1) * per)
    if per < chunks:
        g = tl.load(GKEPT + (word * chunks + end - 1) * N * D + tile, mask=inside, other=0.0)
    else:
        g = tl.load(G + word * N * D + tile, mask=inside, other=0.0)
    da = tl.zeros((BN, BD), tl.float32)
    mine = SCRATCH + (word * tl.num_programs(1) + piece) * CHUNK * N * D + tile
    part = (word + tl.program_id(0) * tl.num_programs(2)) * L
    for back in range(end - piece * per):
        chunk = end - 1 - back
        begin = chunk * CHUNK
        length = min(CHUNK, L - begin)
        h = tl.load(KEPT + (word * chunks + chunk) * N * D + tile, mask=inside, other=0.0)
        for s in range(length):
            tl.store(mine + s * N * D, h, mask=inside)  # the state before the step
            at = word * L + begin + s
            step = tl.load(DELTA + at * D + d, mask=d < D, other=0.0)
            x = tl.load(X + at * D + d, mask=d < D, other=0.0)
            b = tl.load(B + at * N + n, mask=n < N, other=0.0)
            h = _eigenvalues(step, a, SIGNED) * h + b[:, None] * (step * x)[None, :]
            h = round_state(h, tile, i, tl.cast(first, tl.int64) + begin + s, seed, R)
        tl.debug_barrier()  # what other threads of the program wrote is read
        for s in range(length):
            t = begin + length - 1 - s
            at = word * L + t
            step = tl.load(DELTA + at * D + d, mask=d < D, other=0.0)
            x = tl.load(X + at * D + d, mask=d < D, other=0.0)
            dy = tl.load(DY + at * D + d, mask=d < D, other=0.0)
            b = tl.load(B + at * N + n, mask=n < N, other=0.0)
            c = tl.load(C + at * N + n, mask=n < N, other=0.0)
            before = tl.load(mine + (length - 1 - s) * N * D, mask=inside, other=0.0)
            e = _eigenvalues(step, a, SIGNED)
            tl.store(DC + (part + t) * N + n, tl.sum(h * dy[None, :], 1), mask=n < N)
            g += c[:, None] * dy[None, :]
            tl.store(DB + (part + t) * N + n, tl.sum(g * (step * x)[None, :], 1), mask=n < N)
            du = tl.sum(g * b[:, None], 0)
            z = g * before * (e + 1.0 if SIGNED else e)
            da += z * step[None, :]
            tl.store(DDELTA + at * D + d, tl.sum(z * a, 0) + du * x, mask=d < D)
            tl.store(DX + at * D + d, du * step, mask=d < D)
            g *= e
            h = before
    tl.store(DA + (word * tl.num_programs(1) + piece) * N * D + tile, da, mask=inside)
    if piece == 0:
        tl.store(G + word * N * D + tile, g, mask=inside)


def _tiles(D: int, N: int) -> dict[str, int]:
    return {
        "BN": triton.next_power_of_2(N),
        "BD": min(CHANNELS, triton.next_power_of_2(D)),
        "maxnreg": REGISTERS,
    }


def selective_forward(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    start: Tensor,
    signed: bool,
    rounding: str,
    first: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return y, the last state and the states kept: as ``krohn::selective_scan``."""
    x, delta, A, B, C = (tensor.contiguous() for tensor in (x, delta, A, B, C))
    (batch, L, D), N = x.shape, A.shape[0]
    chunks = triton.cdiv(L, CHUNK)
    y, kept, last = torch.empty_like(x), x.new_empty(batch, chunks, N, D), start.clone().contiguous()
    tiles, (R, seed) = _tiles(D, N), triton_arguments(rounding)
    blocks = triton.cdiv(D, tiles["BD"])
    # Rounding lets no chunk begin before the one before it has ended.
    per = chunks if rounding else chunks_of(batch * blocks, chunks)
    if batch and per < chunks:
        E, P = torch.empty_like(kept), torch.empty_like(kept)
        summaries[(blocks, chunks, batch)](
            x, delta, A, B, C, x, E, P, L, D, N, chunks, SIGNED=signed, BACK=False, CHUNK=CHUNK, **tiles
        )
        combine[(triton.cdiv(N * D, 128), batch)](E, P, last, kept, N * D, chunks, BACK=False, BLOCK=128)
    if batch:
        forward[(blocks, triton.cdiv(chunks, per), batch)](
            x, delta, A, B, C, last, y, kept, L, D, N, chunks, per, first, seed,
            SIGNED=signed, R=R, CHUNK=CHUNK, **tiles,
        )  # fmt: skip
    return y, last, kept


def selective_backward(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    kept: Tensor,
    dy: Tensor,
    dlast: Tensor,
    signed: bool,
    rounding: str,
    first: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients: as ``krohn::selective_scan_backward``."""
    x, delta, A, B, C, dy = (tensor.contiguous() for tensor in (x, delta, A, B, C, dy))
    (batch, L, D), N, chunks = x.shape, A.shape[0], kept.shape[1]
    tiles, (R, seed) = _tiles(D, N), triton_arguments(rounding)
    blocks = triton.cdiv(D, tiles["BD"])
    g, gkept = dlast.clone().contiguous(), kept
    per = chunks_of(batch * blocks, chunks, g.numel() * CHUNK)
    pieces = triton.cdiv(chunks, per)
    dx, ddelta = torch.empty_like(x), torch.empty_like(x)
    dA = x.new_empty(batch, pieces, N, D)
    dB, dC = x.new_empty(blocks, *B.shape), x.new_empty(blocks, *C.shape)
    scratch = x.new_empty(batch, pieces, CHUNK, N, D)
    more: dict[str, Any] = {"SIGNED": signed, "CHUNK": CHUNK, **tiles}
    if batch and per < chunks:
        E, P, gkept = torch.empty_like(kept), torch.empty_like(kept), torch.empty_like(kept)
        summaries[(blocks, chunks, batch)](x, delta, A, B, C, dy, E, P, L, D, N, chunks, BACK=True, **more)
        combine[(triton.cdiv(N * D, 128), batch)](E, P, g, gkept, N * D, chunks, BACK=True, BLOCK=128)
    if batch:
        backward[(blocks, pieces, batch)](
            x, delta, A, B, C, kept, dy, g, gkept, dx, ddelta, dA, dB, dC, scratch,
            L, D, N, chunks, per, first, seed, R=R, num_warps=8, **more,
        )  # fmt: skip
    return dx, ddelta, dA.sum((0, 1)), dB.sum(0), dC.sum(0), g
