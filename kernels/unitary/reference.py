"""The recurrence itself, one step after another in complex128: slow, obvious, differentiable."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..rounding import Format
from .phases import last_phase, quantised, to_angle


def unitary_scan_reference(
    theta: Tensor,
    readout: Tensor,
    start: Tensor,
    drive: Tensor | None = None,
    rounding: Format | None = None,
    first: int = 0,
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
    rounding : Format, optional
        Round h after every step, in the dtype of theta.
    first : int
        Number of the first step, for stochastic rounding.

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
        if rounding is not None:
            # A row is (real, imaginary) x modes x channels: stochastic rounding draws by the place in it.
            rows = torch.stack([h.real, h.imag], 1).to(theta.dtype)
            h = torch.complex(*rounding(rows, first + t).double().unbind(1))
        outputs.append((K * h).real.sum(1))
    return torch.stack(outputs, 1), torch.view_as_real(h.contiguous())


def from_state(phase: Tensor, z: Tensor, lattice: Tensor | None = None) -> Tensor:
    """Return h = exp(2πi G) z, shape (B, N, D, 2), float64, of a state in separable form.

    Examples
    --------
    >>> quarter = torch.tensor([[[2**30]]], dtype=torch.int32)
    >>> from_state(quarter, torch.tensor([[[[1.0, 0.0]]]])).round().abs().flatten().tolist()
    [0.0, 1.0]
    """
    return _turned(z, to_angle(phase, lattice))


def to_state(phase: Tensor, h: Tensor, lattice: Tensor | None = None) -> Tensor:
    """Return z = exp(-2πi G) h, shape (B, N, D, 2), float64: the inverse of `from_state`."""
    return _turned(h, -to_angle(phase, lattice))


def _turned(pair: Tensor, turns: Tensor) -> Tensor:
    turn = torch.polar(torch.ones_like(turns), 2 * math.pi * turns)
    return torch.view_as_real(turn * torch.view_as_complex(pair.double().contiguous()))


def scan_by_reference(
    theta: Tensor, readout: Tensor, drive: Tensor | None, phase: Tensor, z: Tensor, lattice: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """The backend ``reference``: y, phase and z after a piece, through `unitary_scan_reference`."""
    y, h = unitary_scan_reference(quantised(theta, lattice), readout, from_state(phase, z, lattice), drive)
    after = last_phase(theta, phase, lattice)
    return y.to(theta.dtype), after, to_state(after, h, lattice).to(theta.dtype)
