"""The diagonal scan as a torch op, ``krohn::diagonal_scan``, and its backward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..operations import operation
from ..rounding.recurrence import compiled_arguments
from ..threads import over_batch
from . import cpu


def _forward(
    drive: torch.Tensor, factors: torch.Tensor, start: torch.Tensor, rounding: str, first: int, backend: str
) -> torch.Tensor:
    if backend == "triton":
        from .triton import diagonal_forward

        return diagonal_forward(drive, factors, start, rounding, first)
    states = drive.new_empty(drive.shape)
    arrays = [tensor.contiguous().flatten(-2).numpy() for tensor in (drive, factors, start, states)]
    more = compiled_arguments(rounding, drive.dtype)
    over_batch(len(drive), drive.numel(), lambda begin, end: cpu.forward(*arrays, begin, end, *more, first))
    return states


def _forward_fake(
    drive: Tensor, factors: Tensor, start: Tensor, rounding: str, first: int, backend: str
) -> Tensor:
    return drive.new_empty(drive.shape)


def _backward(
    factors: torch.Tensor, start: torch.Tensor, states: torch.Tensor, dstates: torch.Tensor, backend: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    if backend == "triton":
        from .triton import diagonal_backward

        return diagonal_backward(factors, start, states, dstates)
    ddrive, _, g = _backward_fake(factors, start, states, dstates, backend)
    g.zero_()
    dfactors = factors.new_empty(len(states), *factors.shape[1:])
    given = (factors, start, states, dstates)
    arrays = [tensor.contiguous().flatten(-2).numpy() for tensor in (*given, dfactors, ddrive, g)]
    over_batch(len(states), 2 * states.numel(), lambda begin, end: cpu.backward(*arrays, begin, end))
    return ddrive, dfactors.sum_to_size(factors.shape), g


def _backward_fake(
    factors: Tensor, start: Tensor, states: Tensor, dstates: Tensor, backend: str
) -> tuple[Tensor, Tensor, Tensor]:
    return states.new_empty(states.shape), factors.new_empty(factors.shape), start.new_empty(start.shape)


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    _, factors, start, *options = inputs
    ctx.save_for_backward(factors, start, output)
    ctx.backend = options[-1]


def _differentiate(ctx: Any, dstates: Tensor) -> Any:
    return (*diagonal_backward_op(*ctx.saved_tensors, dstates, ctx.backend), None, None, None)


diagonal_backward_op = operation("diagonal_scan_backward", _backward, _backward_fake)
diagonal_op = operation("diagonal_scan", _forward, _forward_fake, _keep, _differentiate)
