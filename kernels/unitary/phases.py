"""Phases as 32-bit integers that wrap: one turn is 2^32, so accumulation is exact modulo 1 and associative.

A float32 running sum of angles loses the phase within 100,000 steps; an integer that overflows where a
turn is complete never does, and gives the same bits whatever pieces the word is fed in.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

TURN = 2.0**32


def to_integer_turns(theta: Tensor) -> Tensor:
    """Return `theta` (turns, any shape) as int32 multiples of 2^-32 turn, modulo 1.

    Examples
    --------
    >>> to_integer_turns(torch.tensor([0.25, 1.25, -0.75])).tolist()
    [1073741824, 1073741824, 1073741824]
    """
    # Half a turn is 2^31, one more than int32 holds: through int64 it wraps to -2^31, which is the same angle.
    return torch.round((theta - torch.round(theta)) * TURN).to(torch.int64).to(torch.int32)


class _Accumulate(torch.autograd.Function):
    """Exact running phase; the gradient is that of the real map (straight through the rounding)."""

    @staticmethod
    def forward(ctx: Any, theta: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
        steps = to_integer_turns(theta)
        total = (torch.cumsum(steps, dim=-1, dtype=torch.int64) + start.unsqueeze(-1)).to(torch.int32)
        last = total[..., -1].clone()
        ctx.mark_non_differentiable(last)
        return total.to(theta.dtype) / TURN, last

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, _last: Tensor) -> tuple[Tensor, None]:
        # dθ_t = Σ_{τ >= t} dG_τ
        return gradient.flip(-1).cumsum(-1).flip(-1), None


def accumulate(theta: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
    """Add up phases along the last axis, exactly modulo one turn.

    Parameters
    ----------
    theta : Tensor, shape (..., L), turns
        Increments; rounded to multiples of 2^-32 turn.
    start : Tensor, shape (...), int32
        The phase before the first step, in 2^-32 turns.

    Returns
    -------
    G : Tensor, shape (..., L), the dtype of theta
        The phase after each step, in turns between -1/2 and 1/2.
    last : Tensor, shape (...), int32
        The last phase, exact.

    Examples
    --------
    >>> G, last = accumulate(torch.full((1_000_000,), 0.125), torch.tensor(0, dtype=torch.int32))
    >>> G[-1].item(), last.item()
    (0.0, 0)
    """
    G, last = _Accumulate.apply(theta, start)  # type: ignore[no-untyped-call]
    return G, last
