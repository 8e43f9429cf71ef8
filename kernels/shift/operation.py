"""The shift scan as torch ops: ``krohn::shift_linear``, ``krohn::shift_attention`` and the latter's backward.

They return the history: the lattice to begin with, then the column of every step. The adjoint of a linear
boundary is a linear boundary with transposed weights, run backward in time; it needs no op of its own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..operations import operation
from ..rounding.recurrence import compiled_arguments
from ..threads import over_batch
from . import cpu


def _history(x: Tensor, start: Tensor) -> Tensor:
    history = x.new_empty(len(x), start.shape[1] + x.shape[1], x.shape[2])
    history[:, : start.shape[1]] = start
    return history


def _linear(
    x: torch.Tensor, weights: torch.Tensor, start: torch.Tensor, rounding: str, first: int, backend: str
) -> torch.Tensor:
    if backend == "triton":
        from .triton import linear_forward

        return linear_forward(x, weights, start, rounding, first)
    history = _history(x, start)
    arrays = [tensor.numpy() for tensor in (x.contiguous(), weights.mT.contiguous(), history)]
    more = compiled_arguments(rounding, x.dtype)
    work = x.numel() * weights.shape[0] * x.shape[2]
    over_batch(len(x), work, lambda begin, end: cpu.linear(*arrays, begin, end, *more, first))
    return history


def _linear_fake(
    x: Tensor, weights: Tensor, start: Tensor, rounding: str, first: int, backend: str
) -> Tensor:
    return x.new_empty(len(x), start.shape[1] + x.shape[1], x.shape[2])


def _linear_keep(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.save_for_backward(inputs[1], output)
    ctx.backend = inputs[-1]


def _linear_differentiate(ctx: Any, dhistory: Tensor) -> Any:
    weights, history = ctx.saved_tensors
    s = len(weights)
    L = history.shape[1] - s
    # g_t = dy_t + Σ_i F_iᵀ g_{t + s - i}: the same lattice, backward in time.
    nothing = torch.zeros_like(history[:, :s])
    reverse = linear_op(dhistory[:, s:].flip(1), weights.mT, nothing, "", 0, ctx.backend)
    g = reverse[:, s:].flip(1)
    dweights = torch.stack([torch.einsum("btj,btk->jk", g, history[:, i : i + L]) for i in range(s)])
    dstart = dhistory[:, :s].clone()
    for t in range(min(L, s)):  # the window of step t begins with column t of the start
        dstart[:, t:] += torch.einsum("bj,ijk->bik", g[:, t], weights[: s - t])
    return g, dweights, dstart, None, None, None


def _attention(
    x: torch.Tensor,
    key: torch.Tensor,
    query: torch.Tensor,
    value: torch.Tensor,
    start: torch.Tensor,
    rounding: str,
    first: int,
    backend: str,
) -> torch.Tensor:
    if backend == "triton":
        from .triton import attention_forward

        return attention_forward(x, key, query, value, start, rounding, first)
    history = _history(x, start)
    matrices = [tensor.contiguous() for tensor in (key, query.t(), value.t())]
    arrays = [tensor.numpy() for tensor in (x.contiguous(), *matrices, history)]
    more = compiled_arguments(rounding, x.dtype)
    work = x.numel() * (start.shape[1] + x.shape[2])
    over_batch(len(x), work, lambda begin, end: cpu.attention(*arrays, begin, end, *more, first))
    return history


def _attention_fake(
    x: Tensor,
    key: Tensor,
    query: Tensor,
    value: Tensor,
    start: Tensor,
    rounding: str,
    first: int,
    backend: str,
) -> Tensor:
    return x.new_empty(len(x), start.shape[1] + x.shape[1], x.shape[2])


def _attention_backward(
    keys: torch.Tensor,
    queries: torch.Tensor,
    values: torch.Tensor,
    key: torch.Tensor,
    query: torch.Tensor,
    value: torch.Tensor,
    dy: torch.Tensor,
    backend: str,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    if backend == "triton":
        from .triton import attention_backward

        return attention_backward(keys, queries, values, key, query, value, dy)
    gradients = _attention_backward_fake(keys, queries, values, key, query, value, dy, backend)
    given = (keys, queries, values, key.t(), query, value, dy)
    arrays = [tensor.contiguous().numpy() for tensor in (*given, *gradients)]
    work = 2 * dy.numel() * (keys.shape[1] - dy.shape[1] + dy.shape[2])
    over_batch(len(dy), work, lambda begin, end: cpu.attention_backward(*arrays, begin, end))
    return gradients


def _attention_backward_fake(
    keys: Tensor,
    queries: Tensor,
    values: Tensor,
    key: Tensor,
    query: Tensor,
    value: Tensor,
    dy: Tensor,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    g, dkeys, dqueries, dvalues = (keys.new_empty(keys.shape) for _ in range(4))
    return g, dkeys, dqueries, dvalues


def _attention_keep(ctx: Any, inputs: Any, output: Any) -> None:
    _, key, query, value, start, *options = inputs
    ctx.save_for_backward(key, query, value, output)
    ctx.columns, ctx.backend = start.shape[1], options[-1]


def _attention_differentiate(ctx: Any, dhistory: Tensor) -> Any:
    key, query, value, history = ctx.saved_tensors
    s = ctx.columns
    g, dkeys, dqueries, dvalues = attention_backward_op(
        history @ key,
        history @ query.t(),
        history @ value.t(),
        key,
        query,
        value,
        dhistory[:, s:],
        ctx.backend,
    )
    flat, dkeys, dqueries, dvalues = (t.flatten(0, 1) for t in (history, dkeys, dqueries, dvalues))
    return (
        g[:, s:].clone(),
        flat.t() @ dkeys,
        dqueries.t() @ flat,
        dvalues.t() @ flat,
        g[:, :s] + dhistory[:, :s],
        None,
        None,
        None,
    )


linear_op = operation("shift_linear", _linear, _linear_fake, _linear_keep, _linear_differentiate)
attention_backward_op = operation("shift_attention_backward", _attention_backward, _attention_backward_fake)
attention_op = operation(
    "shift_attention", _attention, _attention_fake, _attention_keep, _attention_differentiate
)
