"""The unitary scan as torch ops: ``krohn::unitary_scan`` with its backward, and the rounded direct form."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..operations import operation
from . import cpu

BLOCK = 2**18
"""Lanes x tokens whose turns the rounded form holds at a time: they stay in the cache."""


def module_of(backend: str) -> Any:
    """Return the module with `advance` and `retreat`."""
    if backend == "triton":
        from . import triton

        return triton
    return cpu


def split(pair: Tensor) -> Tensor:
    """Return (..., N, D, 2) as (..., 2, N, D), in memory of its own."""
    return pair.movedim(-1, -3).clone(memory_format=torch.contiguous_format)


def join(parts: Tensor) -> Tensor:
    """Return (..., 2, N, D) as (..., N, D, 2), contiguous."""
    return parts.movedim(-3, -1).contiguous()


def _forward(
    theta: torch.Tensor, readout: torch.Tensor, drive: torch.Tensor | None, phase: torch.Tensor,
    z: torch.Tensor, lattice: torch.Tensor | None, backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    B, L, _, D = theta.shape
    y = theta.new_zeros(B, L, D)
    G, parts = phase.clone(memory_format=torch.contiguous_format), split(z)
    fuel = None if drive is None else drive.contiguous()
    module_of(backend).advance(theta.contiguous(), fuel, split(readout), lattice, G, parts, y, 0)
    return y, G, join(parts)


def _forward_fake(
    theta: Tensor, readout: Tensor, drive: Tensor | None, phase: Tensor, z: Tensor, lattice: Tensor | None,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    B, L, _, D = theta.shape
    return theta.new_empty(B, L, D), phase.new_empty(phase.shape), z.new_empty(z.shape)


def _backward(
    theta: torch.Tensor, readout: torch.Tensor, drive: torch.Tensor | None, phase: torch.Tensor,
    z: torch.Tensor, lattice: torch.Tensor | None, dy: torch.Tensor, dz: torch.Tensor, backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    dtheta = torch.empty(theta.shape, dtype=theta.dtype, device=theta.device)
    G, parts, g = phase.clone(memory_format=torch.contiguous_format), split(z), split(dz)
    dK = torch.zeros_like(parts)
    fuel = None if drive is None else drive.contiguous()
    ddrive = theta.new_zeros(dy.shape if drive is not None else (0,) * 3)
    module_of(backend).retreat(
        theta.contiguous(), fuel, split(readout), lattice, G, parts, g, dy.contiguous(), dtheta, ddrive, dK, 0
    )
    return dtheta, join(dK.sum(0)), ddrive, join(g)


def _backward_fake(
    theta: Tensor, readout: Tensor, drive: Tensor | None, phase: Tensor, z: Tensor, lattice: Tensor | None,
    dy: Tensor, dz: Tensor, backend: str,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    shape = tuple(dy.shape) if drive is not None else (0, 0, 0)
    return (
        theta.new_empty(theta.shape), readout.new_empty(readout.shape), theta.new_empty(shape), z.new_empty(z.shape)
    )  # fmt: skip


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    theta, readout, drive, _, _, lattice, ctx.backend = inputs
    _, phase, z = output
    ctx.save_for_backward(theta, readout, drive, phase, z, lattice)


def _differentiate(ctx: Any, dy: Tensor, _dphase: Tensor | None, dz: Tensor) -> Any:
    dtheta, dreadout, ddrive, dstart = unitary_backward_op(*ctx.saved_tensors, dy, dz, ctx.backend)
    driven = ctx.saved_tensors[2] is not None
    return dtheta, dreadout, ddrive if driven else None, None, dstart, None, None


def _rounded(
    theta: torch.Tensor, readout: torch.Tensor, drive: torch.Tensor | None, h: torch.Tensor,
    lattice: torch.Tensor | None, rounding: str, first: int, backend: str,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    B, L, N, D = theta.shape
    y, parts, K = theta.new_zeros(B, L, D), split(h), split(readout)
    if backend == "triton":
        from .triton_direct import direct

        fuel = None if drive is None else drive.contiguous()
        direct(theta.contiguous(), fuel, K, lattice, parts, y, rounding, first)
        return y, join(parts)
    tokens = max(1, BLOCK // max(1, B * N * D))
    outputs = []
    for begin in range(0, L, tokens):
        block = slice(begin, begin + tokens)
        turns = cpu.turns(theta[:, block].contiguous(), lattice)
        fuel = None if drive is None else drive[:, block].contiguous()
        piece = y[:, block].contiguous()
        cpu.direct(turns, fuel, K, parts, piece, rounding, first + begin)
        outputs.append(piece)
    return torch.cat(outputs, 1), join(parts)


def _rounded_fake(
    theta: Tensor, readout: Tensor, drive: Tensor | None, h: Tensor, lattice: Tensor | None, rounding: str,
    first: int, backend: str,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    B, L, _, D = theta.shape
    return theta.new_empty(B, L, D), h.new_empty(h.shape)


unitary_backward_op = operation("unitary_scan_backward", _backward, _backward_fake)
unitary_op = operation("unitary_scan", _forward, _forward_fake, _keep, _differentiate)
rounded_op = operation("unitary_scan_rounded", _rounded, _rounded_fake)
