"""The selective scan as a torch op, ``krohn::selective_scan``, and its backward; states lie as (N, D) here."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..operations import operation
from ..rounding.recurrence import compiled_arguments
from ..threads import over_batch
from . import cpu


def _forward(
    x: torch.Tensor,
    delta: torch.Tensor,
    A: torch.Tensor,
    B: torch.Tensor,
    C: torch.Tensor,
    start: torch.Tensor,
    signed: bool,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    if backend == "triton":
        from .triton import selective_forward

        return selective_forward(x, delta, A, B, C, start, signed, rounding, first)
    y, last, kept = _forward_fake(x, delta, A, B, C, start, signed, rounding, first, backend)
    last.copy_(start)
    arrays = [tensor.contiguous().numpy() for tensor in (x, delta, A, B, C, last, y, kept)]
    more = compiled_arguments(rounding, x.dtype)
    over_batch(
        len(x),
        last.numel() * x.shape[1],
        lambda begin, end: cpu.forward(*arrays, begin, end, signed, *more, first),
    )
    return y, last, kept


def _forward_fake(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    start: Tensor,
    signed: bool,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor]:
    batch, L, D = x.shape
    kept = x.new_empty(batch, (L + cpu.CHUNK - 1) // cpu.CHUNK, A.shape[0], D)
    return x.new_empty(batch, L, D), x.new_empty(start.shape), kept


def _backward(
    x: torch.Tensor,
    delta: torch.Tensor,
    A: torch.Tensor,
    B: torch.Tensor,
    C: torch.Tensor,
    kept: torch.Tensor,
    dy: torch.Tensor,
    dlast: torch.Tensor,
    signed: bool,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    if backend == "triton":
        from .triton import selective_backward

        return selective_backward(x, delta, A, B, C, kept, dy, dlast, signed, rounding, first)
    dx, ddelta, _, dB, dC, gh = _backward_fake(
        x, delta, A, B, C, kept, dy, dlast, signed, rounding, first, backend
    )
    gh.copy_(dlast)
    dA = gh.new_empty(gh.shape)
    given = (x, delta, A, B, C, kept, dy)
    arrays = [tensor.contiguous().numpy() for tensor in (*given, gh, dx, ddelta, dA, dB, dC)]
    more = compiled_arguments(rounding, x.dtype)
    over_batch(
        len(x),
        3 * gh.numel() * x.shape[1],
        lambda begin, end: cpu.backward(*arrays, begin, end, signed, *more, first),
    )
    return dx, ddelta, dA.sum(0), dB, dC, gh


def _backward_fake(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    kept: Tensor,
    dy: Tensor,
    dlast: Tensor,
    signed: bool,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    shapes = (x.shape, x.shape, A.shape, B.shape, B.shape, dlast.shape)
    dx, ddelta, dA, dB, dC, dstart = (x.new_empty(shape) for shape in shapes)
    return dx, ddelta, dA, dB, dC, dstart


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    x, delta, A, B, C, _, *options = inputs
    ctx.save_for_backward(x, delta, A, B, C, output[2])
    ctx.options = options
    ctx.set_materialize_grads(False)


def _differentiate(ctx: Any, dy: Tensor | None, dlast: Tensor | None, _dkept: Any) -> Any:
    x, delta, A, B, C, kept = ctx.saved_tensors
    dy = torch.zeros_like(x) if dy is None else dy
    dlast = kept.new_zeros(len(x), *A.shape) if dlast is None else dlast
    found = selective_backward_op(x, delta, A, B, C, kept, dy, dlast, *ctx.options)
    return (*found, *[None] * len(ctx.options))


selective_backward_op = operation("selective_scan_backward", _backward, _backward_fake)
selective_op = operation("selective_scan", _forward, _forward_fake, _keep, _differentiate)
