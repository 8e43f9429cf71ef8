"""The unitary scan with phases that the channels of a head share: one turn is computed for all of them.

The turns of the running phases are made first; the compiled loops then take them as they are.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...errors import RequestError
from .. import checks
from ..operations import backend_of, exempt, operation
from ..threads import over_batch
from . import cpu, shared_compiled
from .operation import join, split
from .scan import unitary_scan
from .state import UnitaryState, lattice_of, start_of


def shared_unitary_scan(
    theta: Tensor,
    readout: Tensor,
    start: Tensor,
    drive: Tensor | None = None,
    state: UnitaryState | None = None,
    phase_lattice: int | Tensor | None = None,
    backend: str | None = None,
) -> tuple[Tensor, UnitaryState]:
    """Scan a piece of a batch of words; as `unitary_scan`, with a phase for each of H heads of D / H channels.

    Parameters
    ----------
    theta : Tensor, shape (B, L, N, H), turns, float32 or float64
        H divides D; channel d belongs to head d // (D / H).
    readout, start : Tensor, shape (N, D, 2)
    drive : Tensor, shape (B, L, D), optional
    state : UnitaryState, optional
    phase_lattice : int or Tensor, optional
    backend : str, optional
        Others than ``cpu`` are given a phase for every channel.

    Returns
    -------
    y : Tensor, shape (B, L, D)
    state : UnitaryState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Examples
    --------
    >>> one = torch.tensor([[[1.0, 0.0], [2.0, 0.0]]])
    >>> y, _ = shared_unitary_scan(torch.full((1, 2, 1, 1), 0.5), one, one)
    >>> y.tolist()
    [[[-1.0, -4.0], [1.0, 4.0]]]
    """
    checks.leading("theta", theta, "(B, L, N, H)")
    checks.leading("readout", readout.unsqueeze(0), "(B, N, D, 2)")
    theta, readout, start = exempt(theta, readout, start)
    (drive,) = exempt(drive)
    (B, L, _, H), (N, D, _) = theta.shape, readout.shape
    checks.shapes({"theta": (theta, (B, L, N, H), "(B, L, N, H)")})
    if not H or D % H:
        raise RequestError(
            f"theta is of {H} heads and readout of {D} channels: expected heads that divide them"
        )
    each = D // H
    lattice = lattice_of(phase_lattice, N, D, theta.device)
    q = None if lattice is None else lattice[:, ::each].contiguous()
    alike = lattice is None or bool((lattice.view(N, -1, each) == lattice[:, ::each, None]).all())
    chosen = backend_of(theta.device.type, theta.dtype, backend)
    if chosen != "cpu" or not alike or D > shared_compiled.STRIP:
        full = theta.repeat_interleave(each, 3)
        return unitary_scan(full, readout, start, drive, state, None, phase_lattice, backend)
    expected = {"start": (start, (N, D, 2), "(N, D, 2)")}
    if drive is not None:
        expected["drive"] = (drive, (B, L, D), "(B, L, D)")
    checks.shapes(expected)
    checks.alike(
        {"theta": theta, "readout": readout, **{name: one for name, (one, _, _) in expected.items()}}
    )
    state = start_of(state, start, B, theta)
    phase = state.phase[..., ::each].contiguous()
    y, phase, z = shared_op(theta, readout, drive, phase, state.z, q)
    return y, UnitaryState(phase.repeat_interleave(each, 2), z, state.steps + L)


def _turns(theta: Tensor, phase: Tensor, lattice: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return exp(2πi G), shape (B, L, 2, N, H), and the last G."""
    last = phase.clone(memory_format=torch.contiguous_format)
    return cpu.turns(theta.contiguous(), lattice, last), last


def _forward(
    theta: torch.Tensor, readout: torch.Tensor, drive: torch.Tensor | None, phase: torch.Tensor,
    z: torch.Tensor, lattice: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    B, L, N, _ = theta.shape
    D = readout.shape[1]
    turns, last = _turns(theta, phase, lattice)
    y, parts = theta.new_zeros(B, L, D), split(z)
    fuel, driven = (y if drive is None else drive.contiguous()).numpy(), drive is not None
    arrays = [turns.numpy(), fuel, driven, split(readout).numpy(), parts.numpy(), y.numpy()]
    over_batch(B, B * L * N * D, lambda begin, end: shared_compiled.forward(*arrays, begin, end))
    return y, last, join(parts)


def _forward_fake(
    theta: Tensor, readout: Tensor, drive: Tensor | None, phase: Tensor, z: Tensor, lattice: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    y = theta.new_empty(*theta.shape[:2], readout.shape[1])
    return y, phase.new_empty(phase.shape), z.new_empty(z.shape)


def _backward(
    theta: torch.Tensor, readout: torch.Tensor, drive: torch.Tensor | None, phase: torch.Tensor,
    z: torch.Tensor, lattice: torch.Tensor | None, dy: torch.Tensor, dz: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    B, L, N, _ = theta.shape
    D = readout.shape[1]
    turns, _ = _turns(theta, phase, lattice)
    dtheta, dy = torch.empty_like(theta, memory_format=torch.contiguous_format), dy.contiguous()
    parts, g = split(z), split(dz)
    dK = torch.zeros_like(parts)
    ddrive = dy.new_zeros(dy.shape if drive is not None else (0,) * 3)
    fuel, driven = (dy if drive is None else drive.contiguous()).numpy(), drive is not None
    arrays = [turns.numpy(), fuel, driven, split(readout).numpy()]
    arrays += [t.numpy() for t in (parts, g, dy, dtheta, ddrive, dK)]
    over_batch(B, 2 * B * L * N * D, lambda begin, end: shared_compiled.backward(*arrays, begin, end))
    return dtheta, join(dK.sum(0)), ddrive, join(g)


def _backward_fake(
    theta: Tensor, readout: Tensor, drive: Tensor | None, phase: Tensor, z: Tensor, lattice: Tensor | None,
    dy: Tensor, dz: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    ddrive = dy.new_empty(tuple(dy.shape) if drive is not None else (0, 0, 0))
    return theta.new_empty(theta.shape), readout.new_empty(readout.shape), ddrive, z.new_empty(z.shape)


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    theta, readout, drive, phase, _, lattice = inputs
    ctx.save_for_backward(theta, readout, drive, phase, output[2], lattice)


def _differentiate(ctx: Any, dy: Tensor, _dphase: Tensor | None, dz: Tensor) -> Any:
    dtheta, dreadout, ddrive, dstart = shared_backward_op(*ctx.saved_tensors, dy, dz)
    driven = ctx.saved_tensors[2] is not None
    return dtheta, dreadout, ddrive if driven else None, None, dstart, None


shared_backward_op = operation("shared_unitary_scan_backward", _backward, _backward_fake)
shared_op = operation("shared_unitary_scan", _forward, _forward_fake, _keep, _differentiate)
