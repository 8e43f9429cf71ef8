"""The public unitary scan: the separable form with exact phases, or the direct form when the state is rounded.

Separable form: with G_t = Σ_{s<=t} θ_s and E_t = exp(2πi G_t), z_t = z_{t-1} + conj(E_t) x_t and
h_t = E_t z_t. The phase carries all the turning, exactly; z only ever adds.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...errors import RequestError
from ..rounding import Format
from .phases import accumulate, to_integer_turns


class UnitaryState(NamedTuple):
    """What is carried from one piece of a word to the next.

    Attributes
    ----------
    phase : Tensor, shape (B, N, D), int32
        G in 2^-32 turns; zero where the state is rounded (h then holds the turning itself).
    z : Tensor, shape (B, N, D, 2)
        The state with its turning taken out, h_t = exp(2πi G_t) z_t.
    """

    phase: Tensor
    z: Tensor


def unitary_scan(
    theta: Tensor,
    readout: Tensor,
    start: Tensor,
    drive: Tensor | None = None,
    state: UnitaryState | None = None,
    rounding: Format | None = None,
) -> tuple[Tensor, UnitaryState]:
    """Scan a piece of a batch of words.

    Parameters
    ----------
    theta : Tensor, shape (B, L, N, D), turns
        Increments of the phases. Memory laid out with time last is fastest.
    readout : Tensor, shape (N, D, 2)
        K, real and imaginary part.
    start : Tensor, shape (N, D, 2)
        h_0, used where `state` is None.
    drive : Tensor, shape (B, L, D), optional
        x, added to every mode of its channel; None for a rotor.
    state : UnitaryState, optional
        What the piece before returned.
    rounding : Format, optional
        Round h after every step of the direct form h <- round(exp(2πi θ) h + x). The separable form would
        show nothing: a rotor's z never changes.

    Returns
    -------
    y : Tensor, shape (B, L, D)
    state : UnitaryState

    Raises
    ------
    RequestError
        Where shapes do not fit; the message names the argument.

    Examples
    --------
    Two modes that turn by 1/5 a step count modulo 5, in pieces as in one go:

    >>> theta = torch.full((1, 10, 1, 1), 1 / 5)
    >>> one = torch.tensor([[[1.0, 0.0]]])
    >>> whole, _ = unitary_scan(theta, one, one)
    >>> first, state = unitary_scan(theta[:, :3], one, one)
    >>> rest, _ = unitary_scan(theta[:, 3:], one, one, state=state)
    >>> torch.equal(whole, torch.cat([first, rest], 1)), round(whole[0, 9, 0].item(), 6)
    (True, 1.0)
    """
    _check_shapes(theta, readout, start, drive, state)
    B, _, N, D = theta.shape
    if state is None:
        phase = torch.zeros(B, N, D, dtype=torch.int32, device=theta.device)
        state = UnitaryState(phase, start.to(theta.dtype).expand(B, N, D, 2))
    if rounding is not None:
        return _direct(theta, readout, drive, state, rounding)
    return _separable(theta, readout, drive, state)


class _SumModes(torch.autograd.Function):
    """Sum over dimension 1, one mode after another.

    torch's own sum picks an order by the shape, so that pieces of a word would differ in the last bit.
    """

    @staticmethod
    def forward(ctx: Any, terms: Tensor) -> Tensor:
        ctx.modes = terms.shape[1]
        total = terms[:, 0].clone()
        for n in range(1, ctx.modes):
            total += terms[:, n]
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient.unsqueeze(1).expand(-1, ctx.modes, *gradient.shape[1:])


def _separable(
    theta: Tensor, readout: Tensor, drive: Tensor | None, state: UnitaryState
) -> tuple[Tensor, UnitaryState]:
    G, phase = accumulate(theta.movedim(1, -1), state.phase)  # (B, N, D, L)
    angle = (2 * math.pi) * G
    cos, sin = torch.cos(angle), torch.sin(angle)
    z_re, z_im = (part.unsqueeze(-1) for part in state.z.unbind(-1))
    z = state.z
    if drive is not None:
        x = drive.movedim(1, -1).unsqueeze(1)  # (B, 1, D, L)
        z_re = z_re + torch.cumsum(cos * x, -1)
        z_im = z_im - torch.cumsum(sin * x, -1)
        z = torch.stack([z_re[..., -1], z_im[..., -1]], -1)
    K_re, K_im = (part.unsqueeze(-1) for part in readout.unbind(-1))  # (N, D, 1)
    real = K_re * z_re - K_im * z_im
    imaginary = K_re * z_im + K_im * z_re
    y = _SumModes.apply(cos * real - sin * imaginary)  # type: ignore[no-untyped-call]
    return y.movedim(-1, 1), UnitaryState(phase, z)


def _direct(
    theta: Tensor, readout: Tensor, drive: Tensor | None, state: UnitaryState, rounding: Format
) -> tuple[Tensor, UnitaryState]:
    # The angle is made from the same 32-bit integer as in the separable form: only the state differs.
    angle = to_integer_turns(theta).to(theta.dtype) * (2 * math.pi / 2.0**32)
    K_re, K_im = readout.unbind(-1)
    h_re, h_im = (rounding(part) for part in state.z.unbind(-1))
    if bool(state.phase.any()):  # the state comes from the separable form: put the turning back
        turn = state.phase.to(theta.dtype) * (2 * math.pi / 2.0**32)
        cos, sin = torch.cos(turn), torch.sin(turn)
        z_re, z_im = state.z.unbind(-1)
        h_re, h_im = rounding(cos * z_re - sin * z_im), rounding(sin * z_re + cos * z_im)
    outputs = []
    for t, (cos, sin) in enumerate(zip(torch.cos(angle).unbind(1), torch.sin(angle).unbind(1), strict=True)):
        turned_re, turned_im = cos * h_re - sin * h_im, sin * h_re + cos * h_im
        if drive is not None:
            turned_re = turned_re + drive[:, t, None, :]
        h_re, h_im = rounding(turned_re), rounding(turned_im)
        outputs.append((K_re * h_re - K_im * h_im).sum(1))
    return torch.stack(outputs, 1), UnitaryState(torch.zeros_like(state.phase), torch.stack([h_re, h_im], -1))


def _check_shapes(
    theta: Tensor, readout: Tensor, start: Tensor, drive: Tensor | None, state: UnitaryState | None
) -> None:
    if theta.dim() != 4 or theta.shape[1] == 0:
        raise RequestError(f"theta has shape {tuple(theta.shape)}: expected (B, L, N, D) with L at least 1")
    B, L, N, D = theta.shape
    for name, tensor, shape in (("readout", readout, (N, D, 2)), ("start", start, (N, D, 2))):
        if tuple(tensor.shape) != shape:
            raise RequestError(f"{name} has shape {tuple(tensor.shape)}: expected {shape} = (N, D, 2)")
    if drive is not None and tuple(drive.shape) != (B, L, D):
        raise RequestError(f"drive has shape {tuple(drive.shape)}: expected {(B, L, D)} = (B, L, D)")
    if state is not None:
        for name, carried, tail in (("phase", state.phase, ()), ("z", state.z, (2,))):
            if tuple(carried.shape) != (B, N, D, *tail):
                raise RequestError(
                    f"state.{name} has shape {tuple(carried.shape)}: expected {(B, N, D, *tail)}"
                )
