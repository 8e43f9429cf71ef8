"""krohn bench kernels: the scans, forward and backward, beside their references and torch's LSTM."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..kernels.selective import selective_scan
from ..kernels.selective.reference import selective_scan_reference
from . import unitary
from .measure import Row, keep_heap, seconds, time_rows

B, L, D, N = 8, 256, 64, 16
TINY = (1, 16, 4, 2)
"""Shape for the selective reference, which loops over numbers in Python; its time is scaled to B, L, D, N."""


def rows() -> list[Row]:
    """Measure on one thread."""
    keep_heap()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [*unitary.rows(), *_selective()]
    finally:
        torch.set_num_threads(before)


def _passes(outputs: Callable[[], Tensor]) -> dict[str, Callable[[], object]]:
    def forward() -> object:
        with torch.no_grad():
            return outputs()

    return {"forward_seconds": forward, "forward_backward_seconds": lambda: outputs().sum().backward()}  # type: ignore[no-untyped-call]


def _lstm() -> Callable[[], Tensor]:
    cell = nn.LSTM(D, D, batch_first=True)
    x = torch.randn(B, L, D, requires_grad=True)
    return lambda: cell(x)[0]


def _selective() -> list[Row]:
    inputs = _selective_inputs(B, L, D, N)
    contenders = {
        "krohn": _passes(lambda: selective_scan(*inputs)[0]),
        f"nn.LSTM({D})": _passes(_lstm()),
    }
    case = f"selective B{B} L{L} D{D} N{N}"
    b, length, d, n = TINY
    tiny = _selective_inputs(b, length, d, n)
    found = []
    for metric in ("forward_seconds", "forward_backward_seconds"):
        times = seconds({name: calls[metric] for name, calls in contenders.items()}, rounds=3)
        if metric == "forward_seconds":
            slow = seconds({"loop": lambda: selective_scan_reference(*tiny)}, rounds=3)["loop"]
            times["reference loop"] = slow * (B * L * D * N) / (b * length * d * n)
        found += time_rows(case, metric, times)
    return found


def _selective_inputs(
    b: int, length: int, d: int, n: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    return (
        torch.randn(b, length, d, requires_grad=True),
        torch.rand(b, length, d),
        -torch.rand(d, n),
        torch.randn(b, length, n),
        torch.randn(b, length, n),
        torch.randn(d),
    )
