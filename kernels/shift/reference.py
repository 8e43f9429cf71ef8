"""The lattice itself, moved one column a step on tensors: slow, obvious, differentiable."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..rounding import Format

Boundary = Callable[[Tensor], Tensor]


def linear_boundary(weights: Tensor) -> Boundary:
    """Return f(h) = Σ_i F_i h_i for a lattice h of shape (B, s, d) and F of shape (s, d, d).

    Examples
    --------
    Fibonacci numbers: the sum of two columns.

    >>> f = linear_boundary(torch.ones(2, 1, 1))
    >>> f(torch.tensor([[[5.0], [8.0]]])).item()
    13.0
    """
    return lambda h: torch.einsum("sjk,bsk->bj", weights, h)


def attention_boundary(key: Tensor, query: Tensor, value: Tensor) -> Boundary:
    """Return f(h) = Σ_i softmax_i(h_iᵀ K Q h_s) V h_i for a lattice h of shape (B, s, d).

    Examples
    --------
    Keys of zero see every column alike:

    >>> f = attention_boundary(torch.zeros(1, 1), torch.ones(1, 1), torch.ones(1, 1))
    >>> f(torch.tensor([[[2.0], [4.0]]])).item()
    3.0
    """

    def boundary(h: Tensor) -> Tensor:
        scores = torch.einsum("bsj,jk,kl,bl->bs", h, key, query, h[:, -1])
        return torch.einsum("bs,jk,bsk->bj", torch.softmax(scores, 1), value, h)

    return boundary


def shift_scan_reference(
    x: Tensor, boundary: Boundary, columns: Tensor, rounding: Format | None = None, first: int = 0
) -> tuple[Tensor, Tensor]:
    """Return column s after every step, and the last lattice.

    Parameters
    ----------
    x : Tensor, shape (B, L, d)
    boundary : callable
        From a lattice of shape (B, s, d) to (B, d).
    columns : Tensor, shape (B, s, d)
        The lattice before the first step, column 1 (oldest) first.
    rounding : Format, optional
        Round the new column after every step.
    first : int
        The number of the first step, for stochastic rounding.

    Returns
    -------
    y : Tensor, shape (B, L, d)
    columns : Tensor, shape (B, s, d)

    Examples
    --------
    >>> f = linear_boundary(torch.ones(2, 1, 1))
    >>> y, h = shift_scan_reference(torch.zeros(1, 4, 1), f, torch.tensor([[[0.0], [1.0]]]))
    >>> y.flatten().tolist(), h.flatten().tolist()
    ([1.0, 2.0, 3.0, 5.0], [3.0, 5.0])
    """
    outputs = []
    for t, u in enumerate(x.unbind(1)):
        newest = boundary(columns) + u
        if rounding is not None:
            newest = rounding(newest, first + t)
        columns = torch.cat([columns[:, 1:], newest.unsqueeze(1)], 1)
        outputs.append(newest)
    return torch.stack(outputs, 1), columns
