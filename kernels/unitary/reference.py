"""The recurrence itself, one step after another in complex128: slow, obvious, differentiable."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def unitary_scan_reference(
    theta: Tensor, readout: Tensor, start: Tensor, drive: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return every y_t and the last h, computed literally in float64.

    Parameters
    ----------
    theta : Tensor, shape (B, L, N, D), turns
    readout : Tensor, shape (N, D, 2)
        K, real and imaginary part.
    start : Tensor, shape (N, D, 2) or (B, N, D, 2)
        h_0.
    drive : Tensor, shape (B, L, D), optional
        x; none for a rotor.

    Returns
    -------
    y : Tensor, shape (B, L, D), float64
    h : Tensor, shape (B, N, D, 2), float64
        The state after the last step.

    Examples
    --------
    >>> half = torch.full((1, 3, 1, 1), 0.5)
    >>> one = torch.tensor([[[1.0, 0.0]]])
    >>> y, _ = unitary_scan_reference(half, one, one)
    >>> [round(value) for value in y.flatten().tolist()]
    [-1, 1, -1]
    """
    B, L, N, D = theta.shape
    turn = torch.polar(torch.ones_like(theta, dtype=torch.float64), 2 * math.pi * theta.double())
    K = torch.view_as_complex(readout.double().contiguous())
    h = torch.view_as_complex(start.double().contiguous()).expand(B, N, D)
    outputs = []
    for t in range(L):
        h = turn[:, t] * h
        if drive is not None:
            h = h + drive[:, t, None, :].double()
        outputs.append((K * h).real.sum(1))
    return torch.stack(outputs, 1), torch.view_as_real(h.contiguous())
