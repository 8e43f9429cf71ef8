"""The unitary scan beside nn.LSTM, the same recurrence in plain torch, and a copy of the bytes that it must move."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import process_time

import torch
from torch import Tensor, nn

from ..kernels import Format, parse_format, projected_unitary_scan, unitary_scan
from .measure import Row, peak_bytes, peak_rows, seconds, time_rows

B, L, D, N = 8, 1024, 64, 16
LENGTHS = (128, 1024, 8192, 65536)

Passes = dict[str, Callable[[], object]]


def passes(outputs: Callable[[], Tensor], slope: Tensor) -> Passes:
    """Return the two calls that are timed: forward without a graph, forward and backward with one."""

    def forward() -> object:
        with torch.no_grad():
            return outputs()

    return {"forward_seconds": forward, "forward_backward_seconds": lambda: outputs().backward(slope)}  # type: ignore[no-untyped-call]


def rows() -> list[Row]:
    """Return every row of the unitary scan."""
    return [*_given(), *_projected(), *_rounded(), *_sweep()]


def loop(theta: Tensor, K: Tensor, start: Tensor, x: Tensor) -> Tensor:
    """The recurrence on pairs of real tensors, a step at a time: the fastest form that autograd differentiates.

    Examples
    --------
    >>> one = torch.tensor([[[1.0, 0.0]]])
    >>> loop(torch.full((1, 2, 1, 1), 0.5), one, one, torch.zeros(1, 2, 1)).flatten().tolist()
    [-1.0, 1.0]
    """
    angle = 2 * math.pi * theta
    re, im = (part.expand(len(theta), *part.shape) for part in start.unbind(-1))
    K_re, K_im = K.unbind(-1)
    outputs = []
    # unbind, not indexing: the backward of theta[:, t] costs a whole tensor a step.
    for c, s, v in zip(angle.cos().unbind(1), angle.sin().unbind(1), x.unbind(1), strict=True):
        re, im = c * re - s * im + v.unsqueeze(1), s * re + c * im
        outputs.append((K_re * re - K_im * im).sum(1))
    return torch.stack(outputs, 1)


def separable(theta: Tensor, K: Tensor, start: Tensor, x: Tensor) -> Tensor:
    """The separable form by three cumulative sums in float32: quick on a GPU, and loses its phase with length."""
    angle = 2 * math.pi * torch.cumsum(theta, 1)
    c, s = angle.cos(), angle.sin()
    re, im = start.unbind(-1)
    re = re + torch.cumsum(c * x.unsqueeze(2), 1)
    im = im - torch.cumsum(s * x.unsqueeze(2), 1)
    K_re, K_im = K.unbind(-1)
    return (c * (K_re * re - K_im * im) - s * (K_re * im + K_im * re)).sum(2)


def _inputs(batch: int, length: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    theta = torch.rand(batch, length, N, D, generator=generator)
    x = torch.randn(batch, length, D, generator=generator)
    K, start = torch.randn(2, N, D, 2, generator=generator)
    return theta.requires_grad_(), K.requires_grad_(), start.requires_grad_(), x.requires_grad_()


def _clear(*tensors: Tensor) -> None:
    for tensor in tensors:
        tensor.grad = None


def _given() -> list[Row]:
    theta, K, start, x = _inputs(B, L)
    slope = torch.randn(B, L, D)
    lstm, sequence = nn.LSTM(D, D, batch_first=True), torch.randn(B, L, D, requires_grad=True)

    def own() -> Tensor:
        _clear(theta, K, start, x)
        return unitary_scan(theta, K, start, x)[0]

    def plain(form: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Tensor:
        _clear(theta, K, start, x)
        return form(theta, K, start, x)

    def recurrent() -> Tensor:
        _clear(sequence, *lstm.parameters())
        return lstm(sequence)[0]  # type: ignore[no-any-return]

    calls = {
        "krohn": passes(own, slope),
        f"nn.LSTM({D})": passes(recurrent, slope),
        "loop in torch": passes(lambda: plain(loop), slope),
        "separable in torch": passes(lambda: plain(separable), slope),
        "copy of the same bytes": _copies(),
    }
    case = f"unitary B{B} L{L} D{D} N{N}"
    found = []
    for metric in ("forward_seconds", "forward_backward_seconds"):
        found += time_rows(
            case,
            metric,
            seconds({name: call[metric] for name, call in calls.items()}, rounds=5, clock=process_time),
        )
    calls.pop("copy of the same bytes")
    return found + peak_rows(case, {name: call["forward_backward_seconds"] for name, call in calls.items()})


def _copies() -> Passes:
    # Forward reads theta and x, writes y; backward reads theta, x and dy, writes dtheta and dx. A copy of half as
    # many bytes moves as many.
    token = 4 * (N * D + 2 * D)
    forward, both = (torch.zeros(B * L * count // 8) for count in (token, token + 4 * (2 * N * D + 3 * D)))
    there = torch.zeros_like(both)
    return {
        "forward_seconds": lambda: there[: len(forward)].copy_(forward),
        "forward_backward_seconds": lambda: there.copy_(both),
    }


def _projected() -> list[Row]:
    linear = nn.Linear(D, N * D)
    _, K, start, x = _inputs(1, 1)
    u = torch.randn(B, L, D, requires_grad=True)
    x = torch.randn(B, L, D, requires_grad=True)
    slope = torch.randn(B, L, D)
    room = torch.randn(B, L, N * D)

    def own() -> Tensor:
        _clear(u, x, K, start, *linear.parameters())
        return projected_unitary_scan(u, linear.weight, linear.bias, K, start, x)[0]

    def plain() -> Tensor:
        _clear(u, x, K, start, *linear.parameters())
        return loop(linear(u).view(B, L, N, D), K, start, x)

    def alone() -> Tensor:
        _clear(u, *linear.parameters())
        return linear(u)  # type: ignore[no-any-return]

    calls = {
        "krohn": passes(own, slope),
        f"nn.Linear({D}, {N * D}) alone": passes(alone, room),
        "nn.Linear and the loop in torch": passes(plain, slope),
    }
    case = f"unitary projected B{B} L{L} D{D} N{N}"
    found = []
    for metric in ("forward_seconds", "forward_backward_seconds"):
        found += time_rows(
            case,
            metric,
            seconds({name: call[metric] for name, call in calls.items()}, rounds=5, clock=process_time),
        )
    return found + peak_rows(case, {name: call["forward_backward_seconds"] for name, call in calls.items()})


def _rounded() -> list[Row]:
    theta, K, start, x = (tensor.detach() for tensor in _inputs(B, 256))
    calls: dict[str, Callable[[], object]] = {"unrounded": lambda: unitary_scan(theta, K, start, x)}
    found = []
    for name, mode in (("bf16", "nearest"), ("e4m3", "nearest"), ("bf16", "stochastic")):
        form = parse_format(name, mode)

        def own(form: Format = form) -> object:
            return unitary_scan(theta, K, start, x, rounding=form)

        times = seconds({**calls, "krohn": own}, rounds=5, clock=process_time)
        found += time_rows(f"unitary rounded {name} {mode} B{B} L256 D{D} N{N}", "forward_seconds", times)
    return found


def _sweep() -> list[Row]:
    _, K, start, _ = _inputs(1, 1)
    linear = nn.Linear(D, N * D)
    first: dict[str, float] = {}
    found = []
    for length in LENGTHS:
        u, x, slope = torch.randn(3, 1, length, D)
        leaves = [u.requires_grad_(), x.requires_grad_(), K, start, *linear.parameters()]

        def call(u: Tensor = u, x: Tensor = x, slope: Tensor = slope, leaves: list[Tensor] = leaves) -> None:
            _clear(*leaves)
            y, _ = projected_unitary_scan(u, linear.weight, linear.bias, K, start, x)
            y.backward(slope)  # type: ignore[no-untyped-call]

        values = {
            "forward_backward_seconds": seconds({"krohn": call}, rounds=3, clock=process_time)["krohn"],
            "peak_bytes": peak_bytes(call),
        }
        for metric, value in values.items():
            if value is None:
                continue
            first.setdefault(metric, value / length)
            unit = "B" if metric == "peak_bytes" else "s"
            case = f"unitary projected B1 L{length} D{D} N{N}"
            against = f"the same a token at L{LENGTHS[0]}"
            found.append(Row(case, metric, value, unit, against, value / length / first[metric]))
    return found
