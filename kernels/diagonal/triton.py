"""The diagonal scan in Triton: time runs inside a thread, pieces of it over the grid.

As in the selective scan: `summaries` finds what each chunk of time does to a state (P h + E), `combine` strings the
chunks together, and every piece starts from the state it should; backward the same with the gradient.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..pieces import chunks_of
from ..rounding.triton import round_state, triton_arguments

CHUNK = 64
BLOCK = 128


@triton.jit
def _load(pointer, m, inside):
    re = tl.load(pointer + 2 * m, mask=inside, other=0.0)
    return re, tl.load(pointer + 2 * m + 1, mask=inside, other=0.0)


@triton.jit
def _store(pointer, m, inside, re, im):
    tl.store(pointer + 2 * m, re, mask=inside)
    tl.store(pointer + 2 * m + 1, im, mask=inside)


@triton.jit
def summaries(
    U,
    FACTORS,
    E,
    P,
    L,
    M,
    chunks,
    VARIES: tl.constexpr,
    BACK: tl.constexpr,
    CHUNK: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """What one chunk does: state -> P state + E; with BACK, to the gradient, U being that of the outputs."""
    m = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    chunk, word = tl.program_id(1), tl.program_id(2).to(tl.int64)
    inside = m < M
    fr, fi = _load(FACTORS, m, inside)
    hr, hi = tl.zeros((BLOCK,), tl.float32), tl.zeros((BLOCK,), tl.float32)
    pr, pi = hr + 1.0, hi
    begin = chunk * CHUNK
    length = min(CHUNK, L - begin)
    for s in range(length):
        t = begin + s
        if BACK:
            t = begin + length - 1 - s
        at = (word * L + t) * 2 * M
        if VARIES:
            fr, fi = _load(FACTORS + at, m, inside)
        ur, ui = _load(U + at, m, inside)
        if BACK:  # by the conjugate, after adding
            gr, gi = hr + ur, hi + ui
            hr, hi = fr * gr + fi * gi, fr * gi - fi * gr
            pr, pi = fr * pr + fi * pi, fr * pi - fi * pr
        else:
            hr, hi = fr * hr - fi * hi + ur, fr * hi + fi * hr + ui
            pr, pi = fr * pr - fi * pi, fr * pi + fi * pr
    to = (word * chunks + chunk) * 2 * M
    _store(E + to, m, inside, hr, hi)
    _store(P + to, m, inside, pr, pi)


@triton.jit
def combine(E, P, H, KEPT, M, chunks, BACK: tl.constexpr, BLOCK: tl.constexpr):
    """Carry H through all chunks, in their order or against it; keep what each of them is entered with."""
    m = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    word = tl.program_id(1).to(tl.int64)
    inside = m < M
    hr, hi = _load(H + word * 2 * M, m, inside)
    for s in range(chunks):
        chunk = s
        if BACK:
            chunk = chunks - 1 - s
        at = (word * chunks + chunk) * 2 * M
        _store(KEPT + at, m, inside, hr, hi)
        er, ei = _load(E + at, m, inside)
        pr, pi = _load(P + at, m, inside)
        hr, hi = pr * hr - pi * hi + er, pr * hi + pi * hr + ei
    _store(H + word * 2 * M, m, inside, hr, hi)


@triton.jit
def forward(
    U, FACTORS, KEPT, STATES, L, M, chunks, per, first, seed,
    VARIES: tl.constexpr, R: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """States of a piece of `per` chunks, which starts from what is kept for its first."""
    m = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    piece, word = tl.program_id(1), tl.program_id(2).to(tl.int64)
    inside = m < M
    fr, fi = _load(FACTORS, m, inside)
    hr, hi = _load(KEPT + (word * chunks + piece * per) * 2 * M, m, inside)
    for t in range(piece * per * CHUNK, min(L, (piece + 1) * per * CHUNK)):
        at = (word * L + t) * 2 * M
        if VARIES:
            fr, fi = _load(FACTORS + at, m, inside)
        ur, ui = _load(U + at, m, inside)
        hr, hi = fr * hr - fi * hi + ur, fr * hi + fi * hr + ui
        step = tl.cast(first, tl.int64) + t
        hr = round_state(hr, 2 * m, tl.program_id(2), step, seed, R)
        hi = round_state(hi, 2 * m + 1, tl.program_id(2), step, seed, R)
        _store(STATES + at, m, inside, hr, hi)


@triton.jit
def backward(
    FACTORS, START, STATES, DSTATES, KEPT, G, DFACTORS, DU, L, M, chunks, per,
    VARIES: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Gradients of a piece; DFACTORS holds one part a piece where the factors do not vary."""
    m = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    piece, word = tl.program_id(1), tl.program_id(2).to(tl.int64)
    inside = m < M
    fr, fi = _load(FACTORS, m, inside)
    last = min(chunks, (piece + 1) * per) - 1
    gr, gi = _load(KEPT + (word * chunks + last) * 2 * M, m, inside)
    dr, di = tl.zeros((BLOCK,), tl.float32), tl.zeros((BLOCK,), tl.float32)
    begin = piece * per * CHUNK
    end = min(L, (last + 1) * CHUNK)
    for back in range(end - begin):
        t = end - 1 - back
        at = (word * L + t) * 2 * M
        if VARIES:
            fr, fi = _load(FACTORS + at, m, inside)
        ur, ui = _load(DSTATES + at, m, inside)
        gr, gi = gr + ur, gi + ui
        _store(DU + at, m, inside, gr, gi)
        br, bi = _load(STATES + at - 2 * M, m, inside & (t > 0))
        if t == 0:
            br, bi = _load(START + word * 2 * M, m, inside)
        zr, zi = gr * br + gi * bi, gi * br - gr * bi
        if VARIES:
            _store(DFACTORS + at, m, inside, zr, zi)
        else:
            dr, di = dr + zr, di + zi
        gr, gi = fr * gr + fi * gi, fr * gi - fi * gr
    if not VARIES:
        _store(DFACTORS + (word * tl.num_programs(1) + piece) * 2 * M, m, inside, dr, di)
    if piece == 0:
        _store(G + word * 2 * M, m, inside, gr, gi)


def _varies(factors: Tensor) -> bool:
    return factors.shape[0] * factors.shape[1] > 1


def _entered(u: Tensor, factors: Tensor, start: Tensor, per: int, back: bool) -> Tensor:
    """Return the state (or gradient) that every chunk is entered with, where there are several pieces."""
    B, L, M, _ = u.shape
    chunks = triton.cdiv(L, CHUNK)
    kept = u.new_empty(B, chunks, M, 2)
    if per == chunks:
        kept[:, -1 if back else 0] = start
        return kept
    E, P, h = torch.empty_like(kept), torch.empty_like(kept), start.clone()
    blocks, varies = triton.cdiv(M, BLOCK), _varies(factors)
    more: dict[str, Any] = {"BACK": back, "BLOCK": BLOCK}
    summaries[(blocks, chunks, B)](u, factors, E, P, L, M, chunks, VARIES=varies, CHUNK=CHUNK, **more)
    combine[(blocks, B)](E, P, h, kept, M, chunks, **more)
    return kept


def diagonal_forward(drive: Tensor, factors: Tensor, start: Tensor, rounding: str, first: int) -> Tensor:
    """Return the states: as ``krohn::diagonal_scan``."""
    drive, factors, start = drive.contiguous(), factors.contiguous(), start.contiguous()
    B, L, M, _ = drive.shape
    states, chunks, blocks = torch.empty_like(drive), triton.cdiv(L, CHUNK), triton.cdiv(M, BLOCK)
    if B == 0:
        return states
    # Rounding lets no chunk begin before the one before it has ended.
    per = chunks if rounding else chunks_of(B * blocks, chunks)
    kept = _entered(drive, factors, start, per, False)
    R, seed = triton_arguments(rounding)
    forward[(blocks, triton.cdiv(chunks, per), B)](
        drive, factors, kept, states, L, M, chunks, per, first, seed,
        VARIES=_varies(factors), R=R, CHUNK=CHUNK, BLOCK=BLOCK,
    )  # fmt: skip
    return states


def diagonal_backward(
    factors: Tensor, start: Tensor, states: Tensor, dstates: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients: as ``krohn::diagonal_scan_backward``."""
    factors, start, states, dstates = (t.contiguous() for t in (factors, start, states, dstates))
    B, L, M, _ = states.shape
    chunks, blocks, varies = triton.cdiv(L, CHUNK), triton.cdiv(M, BLOCK), _varies(factors)
    du, g = torch.empty_like(states), torch.zeros_like(start)
    if B == 0:
        return du, torch.zeros_like(factors), g
    per = chunks_of(B * blocks, chunks)
    pieces = triton.cdiv(chunks, per)
    kept = _entered(dstates, factors, torch.zeros_like(start), per, True)
    dfactors = states.new_empty(factors.shape if varies else (B, pieces, M, 2))
    backward[(blocks, pieces, B)](
        factors, start, states, dstates, kept, g, dfactors, du, L, M, chunks, per,
        VARIES=varies, CHUNK=CHUNK, BLOCK=BLOCK,
    )  # fmt: skip
    return du, dfactors if varies else dfactors.sum((0, 1)).view(factors.shape), g
