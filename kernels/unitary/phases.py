"""Phases as 32-bit integers: multiples of 2^-32 turn that wrap, or of 1/q turn counted modulo q.

A float32 running sum of angles loses the phase within 100,000 steps; integers that are added modulo one turn
never do, and give the same bits whatever pieces the word is fed in, on every backend.
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


def to_counts(theta: Tensor, lattice: Tensor) -> Tensor:
    """Return `theta` (turns) as int32 multiples of 1/q turn, from 0 to q - 1.

    Parameters
    ----------
    theta : Tensor, any shape
    lattice : Tensor, int32
        q; broadcasts to theta.

    Examples
    --------
    >>> to_counts(torch.tensor([1 / 3, -1 / 3, 2.0]), torch.tensor(3, dtype=torch.int32)).tolist()
    [1, 2, 0]
    """
    fraction = (theta - torch.round(theta)).double()
    return (torch.round(fraction * lattice).long() % lattice).int()


def quantised(theta: Tensor, lattice: Tensor | None = None) -> Tensor:
    """Return `theta` rounded to the phases that are added up, with the gradient of the identity.

    Examples
    --------
    >>> quantised(torch.tensor([0.3]), torch.tensor([4], dtype=torch.int32))
    tensor([0.2500])
    """
    with torch.no_grad():
        if lattice is None:
            grid = to_integer_turns(theta).double() / TURN
        else:
            grid = to_counts(theta, lattice).double() / lattice
        grid = (grid - torch.round(grid)).to(theta.dtype)
    return theta + (grid - theta).detach()


def to_angle(phase: Tensor, lattice: Tensor | None = None) -> Tensor:
    """Return a running phase, an integer, in turns between -1/2 and 1/2, float64.

    Examples
    --------
    >>> to_angle(torch.tensor([2], dtype=torch.int32), torch.tensor([3], dtype=torch.int32))
    tensor([-0.3333], dtype=torch.float64)
    """
    if lattice is None:
        return phase.double() / TURN
    turns = phase.double() / lattice
    return turns - torch.round(turns)


class _Accumulate(torch.autograd.Function):
    """Exact running phase; the gradient is that of the real map (straight through the rounding)."""

    @staticmethod
    def forward(ctx: Any, theta: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
        total = (torch.cumsum(to_integer_turns(theta), -1, dtype=torch.int64) + start.unsqueeze(-1)).to(
            torch.int32
        )
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


def last_phase(theta: Tensor, start: Tensor, lattice: Tensor | None = None) -> Tensor:
    """Return the running phase after all steps, int32.

    Parameters
    ----------
    theta : Tensor, shape (B, L, N, D), turns
    start : Tensor, shape (B, N, D), int32
    lattice : Tensor, shape (N, D), int32, optional

    Examples
    --------
    >>> three = torch.tensor([[3]], dtype=torch.int32)
    >>> last_phase(torch.full((1, 1_000_000, 1, 1), 1 / 3), 0 * three[None], three).item()
    1
    """
    if lattice is None:
        return accumulate(theta.detach().movedim(1, -1), start)[1]
    total = to_counts(theta.detach(), lattice).sum(1, dtype=torch.int64) + start
    return (total % lattice).int()
