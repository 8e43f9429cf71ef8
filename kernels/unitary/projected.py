"""The unitary scan together with the projection that makes its phases, in blocks of tokens.

θ_t = Δ_t (W u_t + β) is N times as large as u_t. Each block of it is made, scanned and forgotten; the backward
makes the blocks again, from the last to the first, so that nothing of size B L N D is ever kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from .. import checks
from ..operations import backend_of, exempt, operation
from .operation import join, module_of, split
from .reference import scan_by_reference
from .state import UnitaryState, lattice_of, start_of

BLOCK = {"cpu": 2**18, "cuda": 2**23}
"""Phases in a block: 1 MiB stays in a core's cache, 32 MiB in that of a GPU."""


def projected_unitary_scan(
    u: Tensor,
    weight: Tensor,
    bias: Tensor,
    readout: Tensor,
    start: Tensor,
    drive: Tensor | None = None,
    delta: Tensor | None = None,
    state: UnitaryState | None = None,
    phase_lattice: int | Tensor | None = None,
    backend: str | None = None,
) -> tuple[Tensor, UnitaryState]:
    """Scan with phases θ_t = Δ_t (W u_t + β), in turns; other arguments are as in `unitary_scan`.

    Parameters
    ----------
    u : Tensor, shape (B, L, C), float32 or float64
        Features of the tokens.
    weight : Tensor, shape (N D, C)
        W, turns; row n D + d belongs to mode n of channel d.
    bias : Tensor, shape (N D,)
        β, turns.
    readout, start : Tensor, shape (N, D, 2)
    drive : Tensor, shape (B, L, D), optional
    delta : Tensor, shape (B, L, D), optional
        Δ, by which phases are multiplied; 1 where it is None.
    state : UnitaryState, optional
    phase_lattice : int or Tensor, optional
    backend : str, optional

    Returns
    -------
    y : Tensor, shape (B, L, D)
    state : UnitaryState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Notes
    -----
    The product is computed in full float32, also where lower precision is allowed elsewhere: an error of 1e-3 in
    a phase increment is lost after some hundred tokens.

    Examples
    --------
    >>> one = torch.tensor([[[1.0, 0.0]]])
    >>> u = torch.ones(1, 4, 1)
    >>> y, _ = projected_unitary_scan(u, torch.tensor([[0.25]]), torch.zeros(1), one, one)
    >>> y.flatten().round().abs().tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    checks.leading("u", u, "(B, L, C)")
    checks.leading("readout", readout.unsqueeze(0), "(B, N, D, 2)")
    u, weight, bias, readout, start = exempt(u, weight, bias, readout, start)
    drive, delta = exempt(drive, delta)
    B, L, C = u.shape
    N, D, _ = readout.shape
    expected = {
        "weight": (weight, (N * D, C), "(N D, C)"),
        "bias": (bias, (N * D,), "(N D,)"),
        "start": (start, (N, D, 2), "(N, D, 2)"),
    }
    for name, tensor in (("drive", drive), ("delta", delta)):
        if tensor is not None:
            expected[name] = (tensor, (B, L, D), "(B, L, D)")
    checks.shapes(expected)
    checks.alike({"u": u, "readout": readout, **{name: tensor for name, (tensor, _, _) in expected.items()}})
    lattice = lattice_of(phase_lattice, N, D, u.device)
    state = start_of(state, start, B, u)
    chosen = backend_of(u.device.type, u.dtype, backend)
    carried = (readout, drive, state.phase, state.z, lattice)
    if chosen == "reference":
        with torch.autocast(u.device.type, enabled=False):
            theta = (u @ weight.T + bias).view(B, L, N, D)
        theta = theta if delta is None else theta * delta.unsqueeze(2)
        y, phase, z = scan_by_reference(theta, *carried)
    else:
        y, phase, z = projected_op(u, weight, bias, delta, *carried, chosen)
    return y, UnitaryState(phase, z, state.steps + L)


@contextmanager
def _full_precision(device: torch.device) -> Iterator[None]:
    if device.type != "cuda":
        yield
        return
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def _blocks(u: Tensor, lanes: int) -> list[slice]:
    B, L, _ = u.shape
    tokens = max(1, BLOCK[u.device.type] // max(1, B * lanes))
    return [slice(begin, min(begin + tokens, L)) for begin in range(0, L, tokens)]


def _phases(features: Tensor, weight: Tensor, bias: Tensor, room: Tensor, shape: tuple[int, ...]) -> Tensor:
    return torch.addmm(bias, features, weight.T, out=room[: len(features)]).view(shape)


def _forward(
    u: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, delta: torch.Tensor | None,
    readout: torch.Tensor, drive: torch.Tensor | None, phase: torch.Tensor, z: torch.Tensor,
    lattice: torch.Tensor | None, backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    B, L, C = u.shape
    N, D, _ = readout.shape
    y = u.new_zeros(B, L, D)
    G, parts, K = phase.clone(memory_format=torch.contiguous_format), split(z), split(readout)
    fuel = None if drive is None else drive.contiguous()
    blocks = _blocks(u, N * D)
    room = u.new_empty(B * blocks[0].stop, N * D)
    with _full_precision(u.device):
        for block in blocks:
            features = u[:, block].reshape(-1, C)
            theta = _phases(features, weight, bias, room, (B, -1, N, D) if B else (0, L, N, D))
            if delta is not None:
                theta *= delta[:, block].unsqueeze(2)
            module_of(backend).advance(theta, fuel, K, lattice, G, parts, y, block.start)
    return y, G, join(parts)


def _forward_fake(
    u: Tensor, weight: Tensor, bias: Tensor, delta: Tensor | None, readout: Tensor, drive: Tensor | None,
    phase: Tensor, z: Tensor, lattice: Tensor | None, backend: str,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    return (
        u.new_empty(u.shape[0], u.shape[1], readout.shape[1]), phase.new_empty(phase.shape), z.new_empty(z.shape)
    )  # fmt: skip


def _backward(
    u: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, delta: torch.Tensor | None,
    readout: torch.Tensor, drive: torch.Tensor | None, phase: torch.Tensor, z: torch.Tensor,
    lattice: torch.Tensor | None, dy: torch.Tensor, dz: torch.Tensor, backend: str,
) -> tuple[
    torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor
]:  # fmt: skip
    B, _, C = u.shape
    N, D, _ = readout.shape
    G, parts, K, g = phase.clone(memory_format=torch.contiguous_format), split(z), split(readout), split(dz)
    fuel = None if drive is None else drive.contiguous()
    du, dweight, dbias, ddelta, _, ddrive, _ = (
        torch.zeros_like(t, memory_format=torch.contiguous_format)
        for t in _backward_fake(u, weight, bias, delta, readout, drive, phase, z, lattice, dy, dz, backend)
    )
    dK, dy = torch.zeros_like(parts), dy.contiguous()
    blocks = _blocks(u, N * D)
    room, slope_room = (u.new_empty(B * blocks[0].stop, N * D) for _ in range(2))
    with _full_precision(u.device):
        for block in reversed(blocks):
            features = u[:, block].reshape(-1, C)
            shape = (B, block.stop - block.start, N, D)
            theta = _phases(features, weight, bias, room, shape)
            scaled = theta if delta is None else theta * delta[:, block].unsqueeze(2)
            slopes = slope_room[: len(features)]
            module_of(backend).retreat(
                scaled, fuel, K, lattice, G, parts, g, dy, slopes.view(shape), ddrive, dK, block.start
            )
            if delta is not None:
                ddelta[:, block] = (slopes.view(shape) * theta).sum(2)
                slopes.view(shape).mul_(delta[:, block].unsqueeze(2))
            dweight.addmm_(slopes.T, features)
            dbias += slopes.sum(0)
            du[:, block] = (slopes @ weight).view(B, -1, C) if B else 0
    return du, dweight, dbias, ddelta, join(dK.sum(0)), ddrive, join(g)


def _backward_fake(
    u: Tensor, weight: Tensor, bias: Tensor, delta: Tensor | None, readout: Tensor, drive: Tensor | None,
    phase: Tensor, z: Tensor, lattice: Tensor | None, dy: Tensor, dz: Tensor, backend: str,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    shapes = (u.shape, weight.shape, bias.shape, (0,) if delta is None else delta.shape, readout.shape)
    du, dweight, dbias, ddelta, dreadout = (u.new_empty(shape) for shape in shapes)
    return (
        du,
        dweight,
        dbias,
        ddelta,
        dreadout,
        u.new_empty((0,) if drive is None else drive.shape),
        z.new_empty(z.shape),
    )


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    *tensors, _, _, lattice, ctx.backend = inputs
    ctx.save_for_backward(*tensors, *output[1:], lattice)


def _differentiate(ctx: Any, dy: Tensor, _dphase: Tensor | None, dz: Tensor) -> Any:
    found = projected_backward_op(*ctx.saved_tensors, dy, dz, ctx.backend)
    du, dweight, dbias, ddelta, dreadout, ddrive, dstart = found
    kept = ctx.saved_tensors
    return (
        du, dweight, dbias, ddelta if kept[3] is not None else None, dreadout,
        ddrive if kept[5] is not None else None, None, dstart, None, None,
    )  # fmt: skip


projected_backward_op = operation("projected_unitary_scan_backward", _backward, _backward_fake)
projected_op = operation("projected_unitary_scan", _forward, _forward_fake, _keep, _differentiate)
