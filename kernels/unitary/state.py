"""The state that is carried between pieces of a word, and the lattice that its phases lie on."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ...errors import RequestError
from .. import checks


class UnitaryState(NamedTuple):
    """What is carried from one piece of a word to the next.

    Attributes
    ----------
    phase : Tensor, shape (B, N, D), int32
        G in 2^-32 turns, or in 1/q turns on a lattice; zero where the state is rounded (h then holds the
        turning itself).
    z : Tensor, shape (B, N, D, 2)
        The state with its turning taken out, h_t = exp(2πi G_t) z_t.
    steps : int
        Tokens so far; only stochastic rounding draws by it.
    """

    phase: Tensor
    z: Tensor
    steps: int = 0


def start_of(state: UnitaryState | None, start: Tensor, B: int, theta: Tensor) -> UnitaryState:
    """Return the state to begin with: `state`, checked, or `start` for every word of the batch.

    Raises
    ------
    RequestError
        Where the state is not of this batch, device or dtype.
    """
    N, D, _ = start.shape
    if state is None:
        phase = torch.zeros(B, N, D, dtype=torch.int32, device=theta.device)
        return UnitaryState(phase, start.expand(B, N, D, 2))
    checks.shapes(
        {
            "state.phase": (state.phase, (B, N, D), "(B, N, D)"),
            "state.z": (state.z, (B, N, D, 2), "(B, N, D, 2)"),
        }
    )
    checks.integers("state.phase", state.phase, torch.int32, theta.device)
    checks.alike({"theta": theta, "state.z": state.z})
    return state


def lattice_of(phase_lattice: int | Tensor | None, N: int, D: int, device: torch.device) -> Tensor | None:
    """Return q for every lane, shape (N, D), int32, or None.

    Raises
    ------
    RequestError
        For a q that is not a whole number from 1 to 2^31 - 1, or a shape that is not (N, D) or (N, 1).

    Examples
    --------
    >>> lattice_of(6, 1, 2, torch.device("cpu")).tolist()
    [[6, 6]]
    """
    if phase_lattice is None:
        return None
    q = torch.as_tensor(phase_lattice)
    if q.is_floating_point() or q.is_complex() or q.dtype == torch.bool:
        raise RequestError(f"phase_lattice is {q.dtype}: expected whole numbers from 1 to 2147483647")
    if q.dim() and tuple(q.shape) not in ((N, D), (N, 1)):
        raise RequestError(
            f"phase_lattice has shape {tuple(q.shape)}: expected one number, {(N, D)} = (N, D) or {(N, 1)} = (N, 1)"
        )
    least, most = int(q.min()), int(q.max())
    if least < 1 or most >= 2**31:
        wrong = least if least < 1 else most
        raise RequestError(f"phase_lattice holds {wrong}: expected whole numbers from 1 to 2147483647")
    return q.to(device, torch.int32).expand(N, D).contiguous()
