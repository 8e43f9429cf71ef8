"""The delta scan as a torch op, ``krohn::delta_scan``, and its backward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..operations import operation
from ..rounding.recurrence import compiled_arguments
from ..threads import over_batch
from . import cpu


def _forward(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    beta: torch.Tensor,
    start: torch.Tensor,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    if backend == "triton":
        from .triton import delta_forward

        return delta_forward(query, key, value, beta, start, rounding, first)
    y, last, kept = _forward_fake(query, key, value, beta, start, rounding, first, backend)
    last.copy_(start)
    arrays = [tensor.contiguous().numpy() for tensor in (query, key, value, beta, last, y, kept)]
    more = compiled_arguments(rounding, query.dtype)
    work = last.numel() * key.shape[1] * key.shape[3]
    over_batch(len(query), work, lambda begin, end: cpu.forward(*arrays, begin, end, *more, first))
    return y, last, kept


def _forward_fake(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    beta: Tensor,
    start: Tensor,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor]:
    B, L, H, K = query.shape
    V = value.shape[-1]
    kept = query.new_empty(B, (L + cpu.CHUNK - 1) // cpu.CHUNK, H, K, V)
    return query.new_empty(B, L, H, V), query.new_empty(start.shape), kept


def _backward(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    beta: torch.Tensor,
    kept: torch.Tensor,
    dy: torch.Tensor,
    dlast: torch.Tensor,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    if backend == "triton":
        from .triton import delta_backward

        return delta_backward(query, key, value, beta, kept, dy, dlast, rounding, first)
    dquery, dkey, dvalue, dbeta, G = _backward_fake(
        query, key, value, beta, kept, dy, dlast, rounding, first, backend
    )
    G.copy_(dlast)
    given, gradients = (query, key, value, beta, kept, dy), (dquery, dkey, dvalue, dbeta)
    arrays = [tensor.contiguous().numpy() for tensor in (*given, G, *gradients)]
    more = compiled_arguments(rounding, query.dtype)
    work = 3 * G.numel() * key.shape[1] * key.shape[3]
    over_batch(len(query), work, lambda begin, end: cpu.backward(*arrays, begin, end, *more, first))
    return dquery, dkey, dvalue, dbeta, G


def _backward_fake(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    beta: Tensor,
    kept: Tensor,
    dy: Tensor,
    dlast: Tensor,
    rounding: str,
    first: int,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    dquery, dkey, dvalue, dbeta, dstart = (
        query.new_empty(tensor.shape) for tensor in (query, key, value, beta, dlast)
    )
    return dquery, dkey, dvalue, dbeta, dstart


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    query, key, value, beta, _, *options = inputs
    ctx.save_for_backward(query, key, value, beta, output[2])
    ctx.options = options
    ctx.set_materialize_grads(False)


def _differentiate(ctx: Any, dy: Tensor | None, dlast: Tensor | None, _dkept: Any) -> Any:
    query, key, value, beta, kept = ctx.saved_tensors
    B, L, H, K = query.shape
    V = value.shape[-1]
    dy = query.new_zeros(B, L, H, V) if dy is None else dy
    dlast = query.new_zeros(B, H, K, V) if dlast is None else dlast
    found = delta_backward_op(query, key, value, beta, kept, dy, dlast, *ctx.options)
    return (*found, *[None] * len(ctx.options))


delta_backward_op = operation("delta_scan_backward", _backward, _backward_fake)
delta_op = operation("delta_scan", _forward, _forward_fake, _keep, _differentiate)
