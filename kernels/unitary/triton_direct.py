"""The Triton kernel of the direct form, whose state is rounded after every step: h <- round(exp(2πi θ) h + x).

No chunk can begin before the one before it has ended, so a program takes its tile through all of time.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

from ..rounding.triton import round_state, triton_arguments
from .triton import tile
from .triton_phases import fraction, sincos, steps


@triton.jit
def direct_kernel(
    theta, x, K, q, h, y, T, N, D, first, seed,
    DRIVEN: tl.constexpr, LATTICE: tl.constexpr, R: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    """y of every token; h is changed in place."""
    b = tl.program_id(0).to(tl.int64)
    n, d = tl.arange(0, BN)[:, None], tl.program_id(1) * BD + tl.arange(0, BD)[None, :]
    mask = (n < N) & (d < D)
    lane, M = n * D + d, N * D
    Q = tl.load(q + lane, mask, 1) if LATTICE else 1
    k_re, k_im = tl.load(K + lane, mask, 0.0), tl.load(K + M + lane, mask, 0.0)
    re, im = tl.load(h + 2 * b * M + lane, mask, 0.0), tl.load(h + (2 * b + 1) * M + lane, mask, 0.0)
    channel = tl.program_id(1) * BD + tl.arange(0, BD)
    for t in range(T):
        f, poison = fraction(tl.load(theta + (b * T + t) * M + lane, mask, 0.0))
        c, s = sincos(steps(f, Q, LATTICE), Q, LATTICE)
        c += poison
        s += poison
        re, im = c * re - s * im, s * re + c * im
        if DRIVEN:
            re += tl.load(x + (b * T + t) * D + d, d < D, 0.0)
        step = tl.cast(first, tl.int64) + t
        re = round_state(re, lane, tl.program_id(0), step, seed, R)
        im = round_state(im, M + lane, tl.program_id(0), step, seed, R)
        tl.store(y + (b * T + t) * D + channel, tl.sum(k_re * re - k_im * im, 0), channel < D)
    tl.store(h + 2 * b * M + lane, re, mask)
    tl.store(h + (2 * b + 1) * M + lane, im, mask)


def direct(
    theta: Tensor, drive: Tensor | None, K: Tensor, lattice: Tensor | None, h: Tensor, y: Tensor,
    rounding: str, first: int,
) -> None:  # fmt: skip
    """Take all tokens; arguments as in ``cpu.direct``."""
    B, T, N, D = theta.shape
    if not B:
        return
    BN, BD = tile(N, D)
    R, seed = triton_arguments(rounding)
    fuel, q = theta if drive is None else drive, theta if lattice is None else lattice
    options: dict[str, Any] = {
        "BN": BN,
        "BD": BD,
        "DRIVEN": drive is not None,
        "LATTICE": lattice is not None,
    }
    # A fused multiplication would round once where the reference rounds twice.
    direct_kernel[(B, triton.cdiv(D, BD))](
        theta, fuel, K, q, h, y, T, N, D, first, seed, R=R, num_warps=4, enable_fp_fusion=False, **options
    )
