"""The recurrence itself, one step after another on complex tensors: slow, obvious, differentiable."""

from __future__ import annotations

import torch
from torch import Tensor

from ..rounding import Format


def diagonal_scan_reference(
    drive: Tensor,
    eigenvalues: Tensor,
    h: Tensor | None = None,
    rounding: Format | None = None,
    first: int = 0,
) -> tuple[Tensor, Tensor]:
    """Return every state and the last, computed in the dtype of the inputs.

    Parameters
    ----------
    drive : Tensor, shape (B, L, M, 2)
        u, real and imaginary part.
    eigenvalues : Tensor, shape (M, 2) or (B, L, M, 2)
        λ, the same for every step or one a step.
    h : Tensor, shape (B, M, 2), optional
        The state before the first step; zeros otherwise.
    rounding : Format, optional
        Round h, both parts, after every step.
    first : int
        The number of the first step, for stochastic rounding.

    Returns
    -------
    states : Tensor, shape (B, L, M, 2)
    last : Tensor, shape (B, M, 2)

    Examples
    --------
    >>> i, one = torch.tensor([[0.0, 1.0]]), torch.tensor([[[1.0, 0.0]]])
    >>> states, _ = diagonal_scan_reference(torch.zeros(1, 4, 1, 2), i, one)  # powers of i
    >>> states.squeeze().tolist()
    [[0.0, 1.0], [-1.0, 0.0], [0.0, -1.0], [1.0, 0.0]]
    """
    B, L = drive.shape[:2]
    turn = torch.view_as_complex(eigenvalues.contiguous()).expand(B, L, -1)
    fuel = torch.view_as_complex(drive.contiguous())
    state = torch.zeros_like(fuel[:, 0]) if h is None else torch.view_as_complex(h.contiguous())
    outputs = []
    for t, (factor, u) in enumerate(zip(turn.unbind(1), fuel.unbind(1), strict=True)):
        state = factor * state + u
        if rounding is not None:
            state = torch.view_as_complex(rounding(torch.view_as_real(state), first + t))
        outputs.append(torch.view_as_real(state))
    return torch.stack(outputs, 1), outputs[-1]
