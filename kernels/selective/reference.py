"""The recurrence itself, one step after another on tensors: slow, obvious, differentiable, in any dtype."""

from __future__ import annotations

import torch
from torch import Tensor

from ..rounding import Format


def selective_scan_reference(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    skip: Tensor,
    h: Tensor | None = None,
    signed: bool = False,
    rounding: Format | None = None,
    first: int = 0,
) -> tuple[Tensor, Tensor]:
    """Return every y_t and the last h, computed in the dtype of the inputs.

    Parameters
    ----------
    x, delta : Tensor, shape (batch, L, D)
    A : Tensor, shape (D, N)
    B, C : Tensor, shape (batch, L, N)
    skip : Tensor, shape (D,)
    h : Tensor, shape (batch, D, N), optional
        The state before the first step; zeros otherwise.
    signed : bool
        Eigenvalues 2 exp(Δ A) - 1 instead of exp(Δ A).
    rounding : Format, optional
        Round h after every step.
    first : int
        The number of the first step, for stochastic rounding.

    Returns
    -------
    y : Tensor, shape (batch, L, D)
    h : Tensor, shape (batch, D, N)

    Examples
    --------
    >>> one = torch.ones(1, 3, 1)
    >>> y, _ = selective_scan_reference(one, one, torch.zeros(1, 1), one, one, torch.zeros(1))
    >>> y.flatten().tolist()
    [1.0, 2.0, 3.0]
    """
    if h is None:
        h = x.new_zeros(len(x), *A.shape)
    outputs = []
    # unbind, not indexing: the backward of x[:, t] costs a whole tensor a step.
    for t, (u, step, b, c) in enumerate(
        zip(x.unbind(1), delta.unbind(1), B.unbind(1), C.unbind(1), strict=True)
    ):
        eigenvalue = torch.exp(step.unsqueeze(-1) * A)
        if signed:
            eigenvalue = 2 * eigenvalue - 1
        h = eigenvalue * h + (step * u).unsqueeze(-1) * b.unsqueeze(1)
        if rounding is not None:
            # Numbered as the compiled state lies, channels fastest.
            h = rounding(h.transpose(1, 2).contiguous(), first + t).transpose(1, 2)
        outputs.append((h * c.unsqueeze(1)).sum(-1) + skip * u)
    return torch.stack(outputs, 1), h
