"""The triton backend of the unitary scan: how blocks of tokens are cut into chunks and tiles, and launched."""

from __future__ import annotations

from typing import Any

import triton
from torch import Tensor

from .triton_kernels import backward, forward, join, totals

TILE = 512
"""Lanes of a program: four a thread, so that state and temporaries stay in registers."""
LEAST_CHUNK = 64
PROGRAMS = 528
"""Four for each of an H100's 132 multiprocessors."""


def tile(N: int, D: int) -> tuple[int, int]:
    """Return BN and BD: all modes of as many channels as fit.

    Examples
    --------
    >>> tile(16, 64), tile(5, 7)
    ((16, 32), (8, 8))
    """
    BN = triton.next_power_of_2(N)
    return BN, max(1, min(triton.next_power_of_2(D), TILE // BN))


def chunk_of(T: int, programs: int) -> int:
    """Return the tokens of a chunk: the whole block where the batch and channels alone fill the GPU.

    Examples
    --------
    >>> chunk_of(1024, 528), chunk_of(1024, 16), chunk_of(65536, 2)
    (1024, 64, 249)
    """
    chunks = max(1, min(PROGRAMS // programs, -(-T // LEAST_CHUNK)))
    return -(-T // chunks)


def _launch(theta: Tensor, drive: Tensor | None, lattice: Tensor | None) -> tuple[Any, Any, Any, Any]:
    B, T, N, D = theta.shape
    BN, BD = tile(N, D)
    chunk = chunk_of(T, B * triton.cdiv(D, BD))
    grid = (B, triton.cdiv(T, chunk), triton.cdiv(D, BD))
    # Fused multiplications would round once where the other backends round twice: that matters on a lattice only.
    fixed = {"LATTICE": lattice is not None, "num_warps": 4, "enable_fp_fusion": lattice is None}
    return grid, chunk, {"BN": BN, "BD": BD, "DRIVEN": drive is not None, **fixed}, fixed


def advance(
    theta: Tensor, drive: Tensor | None, K: Tensor, lattice: Tensor | None, phase: Tensor, z: Tensor,
    y: Tensor, offset: int,
) -> None:  # fmt: skip
    """Take a block of tokens; arguments as in ``cpu.advance``."""
    B, T, N, D = theta.shape
    if not B:
        return
    grid, chunk, options, fixed = _launch(theta, drive, lattice)
    fuel, q, chunks = theta if drive is None else drive, phase if lattice is None else lattice, grid[1]
    sizes = (T, offset, y.shape[1], N, D, chunk)
    P, X = phase, z
    if chunks > 1:
        P, X = phase.new_empty(B, chunks, N, D), z.new_empty(B, chunks, 2, N, D)
        totals[grid](theta, fuel, fuel, q, P, X, X, *sizes, SLOPES=False, **options)
        _join(P, X, X, K, q, phase, z, z, fixed, False)
    forward[grid](theta, fuel, K, q, P, X, y, *sizes, **options)


def retreat(
    theta: Tensor, drive: Tensor | None, K: Tensor, lattice: Tensor | None, phase: Tensor, z: Tensor,
    g: Tensor, dy: Tensor, dtheta: Tensor, ddrive: Tensor, dK: Tensor, offset: int,
) -> None:  # fmt: skip
    """Undo `advance`; arguments as in ``cpu.retreat``."""
    B, T, N, D = theta.shape
    if not B:
        return
    grid, chunk, options, fixed = _launch(theta, drive, lattice)
    fuel, q, chunks = theta if drive is None else drive, phase if lattice is None else lattice, grid[1]
    sizes = (T, offset, dy.shape[1], N, D, chunk)
    P, X, Y = phase, z, g
    if chunks > 1:
        P = phase.new_empty(B, chunks, N, D)
        X, Y = (z.new_empty(B, chunks, 2, N, D) for _ in range(2))
        totals[grid](theta, fuel, dy, q, P, X, Y, *sizes, SLOPES=True, **options)
        _join(P, X, Y, K, q, phase, z, g, fixed, True)
    parts = z.new_empty(B, chunks, 2, N, D)
    slopes = dtheta if drive is None else ddrive
    backward[grid](theta, fuel, dy, K, q, P, X, Y, dtheta, slopes, parts, *sizes, **options)
    dK += parts.sum(1)


def _join(
    P: Tensor, X: Tensor, Y: Tensor, K: Tensor, q: Tensor, phase: Tensor, z: Tensor, g: Tensor, fixed: Any,
    back: bool,
) -> None:  # fmt: skip
    B, chunks, N, D = P.shape
    grid = (B, triton.cdiv(N * D, 128))
    join[grid](P, X, Y, K, q, phase, z, g, chunks, N * D, BACK=back, BM=128, **fixed)
