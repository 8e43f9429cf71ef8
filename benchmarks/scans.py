"""The selective, diagonal, delta and shift scan beside their loops in torch and mambapy's; rounded beside unrounded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from time import process_time

import torch
from torch import Tensor

from ..kernels import parse_format
from ..kernels.delta import delta_scan
from ..kernels.diagonal import diagonal_scan
from ..kernels.selective import selective_scan
from ..kernels.shift import attention_shift_scan, shift_scan
from .measure import Row, peak_bytes, peak_rows, seconds, time_rows

B, L, D, N = 8, 1024, 64, 16
LENGTHS = (128, 1024, 8192, 65536)
METRICS = ("forward_seconds", "forward_backward_seconds")
PEER = "mambapy pscan"
LOOP = "loop in torch"

Scan = Callable[..., Tensor]


def rows() -> list[Row]:
    """Return every row of these scans and of the rounding."""
    return [*_selective(), *_sweep(), *_diagonal(), *_delta(), *_shift(), *_rounded(), *_elements()]


def pscan(x: Tensor, delta: Tensor, A: Tensor, Bs: Tensor, Cs: Tensor, skip: Tensor) -> Tensor:
    """The selective scan as mambapy computes it: every state of every token in memory, and a Blelloch scan."""
    from mambapy.pscan import pscan as scan

    decay = torch.exp(delta.unsqueeze(-1) * A)
    states = scan(decay, delta.unsqueeze(-1) * Bs.unsqueeze(2) * x.unsqueeze(-1))
    return (states @ Cs.unsqueeze(-1)).squeeze(3) + skip * x  # type: ignore[no-any-return]


def _passes(scan: Scan, leaves: list[Tensor]) -> dict[str, Callable[[], object]]:
    """Return the two calls that are timed: forward without a graph, forward and backward with one."""

    def forward() -> object:
        with torch.no_grad():
            return scan(*leaves)

    def both() -> object:
        y = scan(*leaves)
        return torch.autograd.grad(y, leaves, torch.ones_like(y))

    return {"forward_seconds": forward, "forward_backward_seconds": both}


def _compare(case: str, leaves: list[Tensor], contenders: dict[str, Scan], rounds: int = 3) -> list[Row]:
    calls = {name: _passes(scan, leaves) for name, scan in contenders.items()}
    found = []
    for metric in METRICS:
        chosen = {name: call[metric] for name, call in calls.items()}
        found += time_rows(case, metric, seconds(chosen, rounds, process_time))
    return found + peak_rows(case, {name: call["forward_backward_seconds"] for name, call in calls.items()})


def _selective_inputs(batch: int, length: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    delta = torch.nn.functional.softplus(normal(batch, length, D) - 3)
    inputs = [normal(batch, length, D), delta, -torch.exp(normal(D, N)), normal(batch, length, N)]
    return [tensor.requires_grad_() for tensor in (*inputs, normal(batch, length, N), normal(D))]


def _first(scan: Callable[..., tuple[Tensor, object]], *inputs: Tensor, **more: object) -> Tensor:
    return scan(*inputs, **more)[0]


def _pair(scan: Callable[..., tuple[Tensor, object]], **more: object) -> dict[str, Scan]:
    """Return a scan as it is and its loop in torch."""
    return {"krohn": partial(_first, scan, **more), LOOP: partial(_first, scan, backend="reference", **more)}


def _selective() -> list[Row]:
    inputs, case = _selective_inputs(B, L), f"selective B{B} L{L} D{D} N{N}"
    contenders = _pair(selective_scan)
    if find_spec("mambapy") is not None:
        return _compare(case, inputs, {**contenders, PEER: pscan})
    found = _compare(case, inputs, contenders)
    missing = [
        Row(case, row.metric, row.value, row.unit, PEER, None, "mambapy is not installed") for row in found
    ]
    return found + missing


def _sweep() -> list[Row]:
    first: dict[str, float] = {}
    found = []
    for length in LENGTHS:
        call = _passes(partial(_first, selective_scan), _selective_inputs(1, length))[
            "forward_backward_seconds"
        ]
        values = {
            "forward_backward_seconds": seconds({"krohn": call}, 3, process_time)["krohn"],
            "peak_bytes": peak_bytes(call),
        }
        for metric, value in values.items():
            if value is None:
                continue
            first.setdefault(metric, value / length)
            unit, case = "B" if metric == "peak_bytes" else "s", f"selective B1 L{length} D{D} N{N}"
            ratio = value / length / first[metric] if first[metric] else None
            found.append(Row(case, metric, value, unit, f"the same a token at L{LENGTHS[0]}", ratio))
    return found


def _diagonal_inputs(M: int = 256) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    angle, size = torch.rand(2, M, generator=generator)
    factors = torch.view_as_real(torch.polar(0.9 + 0.1 * size, 6.3 * angle))
    return [torch.randn(B, L, M, 2, generator=generator).requires_grad_(), factors.requires_grad_()]


def _diagonal() -> list[Row]:
    return _compare(f"diagonal B{B} L{L} M256", _diagonal_inputs(), _pair(diagonal_scan))


def _delta(H: int = 4, J: int = 2, K: int = 16) -> list[Row]:
    generator = torch.Generator().manual_seed(0)
    query, *pair = (
        torch.randn(shape, generator=generator) for shape in ((B, L, H, K), (B, L, H, J, K), (B, L, H, J, K))
    )
    key, beta = (
        torch.nn.functional.normalize(pair[0], dim=-1),
        2 * torch.rand(B, L, H, J, generator=generator),
    )
    leaves = [tensor.requires_grad_() for tensor in (query, key, pair[1], beta)]
    return _compare(f"delta B{B} L{L} H{H} J{J} K{K} V{K}", leaves, _pair(delta_scan), rounds=1)


def _shift(s: int = 8, d: int = 8) -> list[Row]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(B, L, d, generator=generator).requires_grad_()
    weights = (torch.randn(s, d, d, generator=generator) / (2 * s * d) ** 0.5).requires_grad_()
    matrices = [(0.2 * torch.randn(d, d, generator=generator)).requires_grad_() for _ in range(3)]
    size = f"B{B} L{L} s{s} d{d}"
    linear = _compare(f"shift linear {size}", [x, weights], _pair(shift_scan))
    attention = _pair(attention_shift_scan, columns=s)
    return linear + _compare(f"shift attention {size}", [x, *matrices], attention)


def _rounded() -> list[Row]:
    found = []
    for case, scan, leaves in (
        (f"selective B{B} L{L} D{D} N{N}", selective_scan, _selective_inputs(B, L)),
        (f"diagonal B{B} L{L} M256", diagonal_scan, _diagonal_inputs()),
    ):
        for name, mode in (
            ("bf16", "nearest"),
            ("e4m3", "nearest"),
            ("q3.4", "zero"),
            ("bf16", "stochastic"),
        ):
            contenders: dict[str, Scan] = {
                "krohn": partial(_first, scan, rounding=parse_format(name, mode)),
                "unrounded": partial(_first, scan),
            }
            for metric in METRICS:
                calls = {who: _passes(one, leaves)[metric] for who, one in contenders.items()}
                times = seconds(calls, 5, process_time)
                found += time_rows(f"rounding {name} {mode} {case}", metric, times)
    return found


def _elements() -> list[Row]:
    values = torch.randn(1000, 1000, generator=torch.Generator().manual_seed(0))
    form, cast = parse_format("bf16"), torch.bfloat16
    calls = {"krohn": lambda: form(values), "torch's casts": lambda: values.to(cast).float()}
    return time_rows(
        "rounding bf16 nearest 1,000,000 numbers", "forward_seconds", seconds(calls, 7, process_time)
    )
