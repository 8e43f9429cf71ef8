"""make gpu: the scans on a CUDA device against their float64 references on the CPU, then their speed.

Imports the package's root files and `krohn.kernels` only, so that it runs where nothing was installed but
torch and NumPy. The result is written to benchmarks/results/ under the device's name.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..files import write_json
from ..kernels.selective import selective_scan
from ..kernels.selective.reference import selective_scan_reference
from ..kernels.unitary import unitary_scan
from ..kernels.unitary.reference import unitary_scan_reference

TOLERANCE = 5e-6
"""Largest root-mean-square error over the root-mean-square of the reference, in float32."""
LENGTHS = (1, 2, 63, 100, 400)
RESULTS = Path(__file__).parent / "results"


def error_of(found: Tensor, expected: Tensor) -> float:
    """Return RMS(found - expected) / RMS(expected).

    Examples
    --------
    >>> error_of(torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0]))
    0.0
    """
    difference = found.double().cpu() - expected.double().cpu()
    return float(difference.square().mean().sqrt() / expected.double().square().mean().sqrt())


def unitary_error(device: str, length: int) -> float:
    """Return the largest relative error of the unitary scan: outputs and gradients."""
    generator = torch.Generator().manual_seed(length)
    B, N, D = 3, 5, 7
    inputs = [
        torch.rand(B, length, N, D, generator=generator),
        torch.randn(N, D, 2, generator=generator),
        torch.randn(N, D, 2, generator=generator),
        torch.randn(B, length, D, generator=generator),
    ]
    weight = torch.randn(B, length, D, generator=generator)
    ours = [tensor.to(device).requires_grad_() for tensor in inputs]
    theta, readout, start, drive = ours
    y, _ = unitary_scan(theta, readout, start, drive)
    (y * weight.to(device)).sum().backward()  # type: ignore[no-untyped-call]
    theirs = [tensor.double().requires_grad_() for tensor in inputs]
    theta, readout, start, drive = theirs
    expected, _ = unitary_scan_reference(theta, readout, start, drive)
    (expected * weight).sum().backward()  # type: ignore[no-untyped-call]
    errors = [error_of(y.detach(), expected.detach())]
    for mine, reference in zip(ours, theirs, strict=True):
        assert mine.grad is not None
        assert reference.grad is not None
        errors.append(error_of(mine.grad, reference.grad))
    return max(errors)


def selective_error(device: str, length: int) -> float:
    """Return the relative error of the selective scan's outputs."""
    generator = torch.Generator().manual_seed(length)
    batch, channels, modes = 2, 3, 5
    inputs = (
        torch.randn(batch, length, channels, generator=generator),
        torch.rand(batch, length, channels, generator=generator),
        -torch.rand(channels, modes, generator=generator),
        torch.randn(batch, length, modes, generator=generator),
        torch.randn(batch, length, modes, generator=generator),
        torch.randn(channels, generator=generator),
    )
    x, delta, A, B, C, skip = (tensor.to(device) for tensor in inputs)
    y, _ = selective_scan(x, delta, A, B, C, skip)
    return error_of(y, selective_scan_reference(*(tensor.double() for tensor in inputs))[0])


def milliseconds(call: Callable[[], object], rounds: int = 20) -> float:
    """Return the median time of a call on the current CUDA device."""
    times = []
    for _ in range(rounds + 3):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        begin.record()
        call()
        end.record()
        torch.cuda.synchronize()
        times.append(float(begin.elapsed_time(end)))
    return statistics.median(times[3:])


def timings(device: str) -> list[dict[str, Any]]:
    """Return the time of the unitary scan beside a copy of its input, the least that it must read."""
    rows = []
    for B, L, D, N in ((8, 128, 64, 16), (8, 1024, 64, 16), (32, 1024, 64, 16)):
        theta = torch.rand(B, N, D, L, device=device)
        K, start = torch.randn(N, D, 2, device=device), torch.randn(N, D, 2, device=device)
        x = torch.randn(B, L, D, device=device)
        with torch.no_grad():
            own = milliseconds(lambda t=theta, k=K, s=start, v=x: unitary_scan(t.movedim(-1, 1), k, s, v))  # type: ignore[misc]
            copy = milliseconds(lambda t=theta: t.clone())  # type: ignore[misc]
        rows.append(
            {
                "case": f"unitary B{B} L{L} D{D} N{N}",
                "metric": "forward_seconds",
                "value": own / 1e3,
                "unit": "s",
                "against": "copy of theta",
                "ratio": own / copy,
            }
        )
    return rows


def main() -> int:
    """Check, measure, write; return the exit status."""
    if not torch.cuda.is_available():
        print("no CUDA device: nothing was checked", file=sys.stderr)
        return 1
    device, name = "cuda:0", torch.cuda.get_device_name(0)
    checks = [
        {"operation": operation, "length": length, "error": error, "passed": error <= TOLERANCE}
        for operation, measure in (("unitary", unitary_error), ("selective", selective_error))
        for length in LENGTHS
        for error in [measure(device, length)]
    ]
    document = {"device": name, "torch": torch.__version__, "checks": checks, "rows": []}
    passed = all(check["passed"] for check in checks)
    if passed:  # a wrong kernel has no speed
        document["rows"] = timings(device)
    path = RESULTS / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.json"
    write_json(path, document)
    print(json.dumps(document, indent=1))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
