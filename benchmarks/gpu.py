"""Check of the scans on a GPU: right first, then how fast. ``python -m krohn.benchmarks.gpu``, or ``make gpu``.

Imports nothing of krohn but the files at the root and the kernels, so that it runs where nothing was installed but
torch, Triton, numba and NumPy. The result is written to benchmarks/results/ under the device's name. Where
``TRITON_INTERPRET=1`` is set, the kernels are interpreted on the CPU, at shapes small enough for that, and only
checked.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..files import write_json
from ..kernels.agreement import odd_shapes
from ..kernels.backends import interprets
from ..kernels.unitary import projected_unitary_scan, unitary_scan
from ..kernels.unitary.reference import unitary_scan_reference

TOLERANCE = 5e-6
"""Largest root-mean-square error over the root-mean-square of the reference, in float32, at lengths to 1,000."""
RESULTS = Path(__file__).parent / "results"
REPEATS = 10

Scan = Callable[[list[Tensor], str], list[Tensor]]


@dataclass(frozen=True)
class Check:
    """An operation on shapes: the sizes of its inputs, and a call that returns every output of a backend.

    Attributes
    ----------
    name : str
    shapes : tuple of shapes
        Of standard normal inputs, all differentiated.
    scan : callable
        ``scan(inputs, backend)`` returns the outputs; integers among them must be equal to the reference's.
    tolerance : float
    """

    name: str
    shapes: tuple[tuple[int, ...], ...]
    scan: Scan
    tolerance: float = TOLERANCE


def unitary_checks(B: int, L: int, N: int, D: int) -> list[Check]:
    """Return the unitary scan's checks at one shape: driven, rotor, on a lattice, in two pieces, projected."""
    pair = (N, D, 2)

    def scan(lattice: int | None = None, pieces: int = 1) -> Scan:
        def call(inputs: list[Tensor], backend: str) -> list[Tensor]:
            theta, K, start, *drive = inputs
            state, seen = None, []
            for part in torch.arange(L).tensor_split(pieces):
                if len(part):
                    cut = slice(int(part[0]), int(part[-1]) + 1)
                    fuel = drive[0][:, cut] if drive else None
                    y, state = unitary_scan(theta[:, cut], K, start, fuel, state, None, lattice, backend)
                    seen.append(y)
            assert state is not None
            return [torch.cat(seen, 1), state.z, state.phase]

        return call

    def projected(inputs: list[Tensor], backend: str) -> list[Tensor]:
        u, weight, bias, K, start, drive, delta = inputs
        y, state = projected_unitary_scan(u, weight, bias, K, start, drive, delta, backend=backend)
        return [y, state.z]

    theta, drive = (B, L, N, D), (B, L, D)
    size = f"B{B} L{L} N{N} D{D}"
    found = [
        Check(f"unitary {size}", (theta, pair, pair, drive), scan()),
        Check(f"unitary rotor {size}", (theta, pair, pair), scan()),
        Check(f"unitary lattice 60 {size}", (theta, pair, pair, drive), scan(60)),
        Check(f"unitary two pieces {size}", (theta, pair, pair, drive), scan(None, 2)),
    ]
    if L <= 100:
        shapes = (drive, (N * D, D), (N * D,), pair, pair, drive, drive)
        # float32 phases are off by 1e-6 turn a token here, which adds up.
        found.append(Check(f"unitary projected {size}", shapes, projected, 1e-3))
    return found


def gpu_checks() -> list[Check]:
    """Return every check, at odd shapes."""
    sizes = ((3, 1, 5, 7), (3, 2, 5, 7), (2, 63, 16, 64), (3, 100, 5, 7), (2, 999, 3, 33), (40, 130, 9, 65))
    scans = [Check(name, *agreement) for name, agreement in odd_shapes().items()]
    return [check for size in sizes for check in unitary_checks(*size)] + scans


def interpreted_checks() -> list[Check]:
    """Return every check, at shapes that an interpreter takes seconds for, words being cut into several chunks."""
    from ..kernels.unitary import triton

    triton.LEAST_CHUNK = 4
    return [check for size in ((2, 1, 3, 5), (2, 9, 3, 5)) for check in unitary_checks(*size)]


def run(check: Check, device: str, backend: str) -> tuple[list[Tensor], list[Tensor]]:
    """Return the outputs of a check and its gradients: those of a random sum of the outputs."""
    generator = torch.Generator().manual_seed(7)
    dtype = torch.float64 if backend == "reference" else torch.float32
    drawn = [torch.randn(shape, generator=generator) for shape in check.shapes]
    inputs = [value.to(device, dtype).requires_grad_() for value in drawn]
    outputs = check.scan(inputs, backend)
    total = torch.zeros((), dtype=dtype, device=device)
    for output in outputs:
        if output.is_floating_point():
            total = total + (output * torch.randn(output.shape, generator=generator).to(device, dtype)).sum()
    return outputs, list(torch.autograd.grad(total, inputs))


def error_of(found: Tensor, expected: Tensor) -> float:
    """Return RMS(found - expected) / RMS(expected); infinity where integers differ or something is not finite.

    Examples
    --------
    >>> error_of(torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0]))
    0.0
    """
    found, expected = found.detach().cpu(), expected.detach().cpu()
    if not found.is_floating_point():
        return 0.0 if torch.equal(found, expected) else float("inf")
    difference = (found.double() - expected.double()).square().mean().sqrt()
    scale = expected.double().square().mean().sqrt().clamp_min(1e-30)
    return float(difference / scale) if bool(difference.isfinite()) else float("inf")


def verdict(check: Check, device: str, repeats: int) -> dict[str, Any]:
    """Return a check's largest error against float64 (None: not finite), and whether repeats are the same."""
    expected = [*run(check, "cpu", "reference")]
    found = [*run(check, device, "triton")]
    errors = [
        error_of(a, b)
        for mine, theirs in zip(found, expected, strict=True)
        for a, b in zip(mine, theirs, strict=True)
    ]
    same = all(
        torch.equal(a, b)
        for _ in range(repeats)
        for mine, first in zip(run(check, device, "triton"), found, strict=True)
        for a, b in zip(mine, first, strict=True)
    )
    return {
        "check": check.name,
        "error": max(errors) if math.isfinite(max(errors)) else None,
        "repeatable": same,
        "passed": same and max(errors) <= check.tolerance,
    }


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
    """Return the unitary scan's times beside the floor of its memory traffic and what else could be used."""
    rows: list[dict[str, Any]] = []
    block = torch.empty(2**28, device=device)
    bandwidth = 2 * block.numel() * 4 / milliseconds(lambda: block.clone()) / 1e-3
    rows.append({"case": "copy", "metric": "bytes_per_second", "value": bandwidth})
    left, right = torch.randn(8192, 64, device=device), torch.randn(64, 1024, device=device)
    for allowed in (False, True):
        torch.backends.cuda.matmul.allow_tf32 = allowed
        rate = 2 * 8192 * 64 * 1024 / milliseconds(lambda: left @ right) / 1e-3
        rows.append(
            {"case": f"projection in {'tf32' if allowed else 'fp32'}", "metric": "flops", "value": rate}
        )
    torch.backends.cuda.matmul.allow_tf32 = False
    for B, L, D, N in (
        (8, 128, 64, 16),
        (8, 1024, 64, 16),
        (32, 1024, 64, 16),
        (8, 8192, 64, 16),
        (2, 65536, 64, 16),
    ):
        rows += _timed(device, bandwidth, B, L, D, N)
        torch.cuda.empty_cache()
    return rows


def _timed(device: str, bandwidth: float, B: int, L: int, D: int, N: int) -> list[dict[str, Any]]:
    theta, x = torch.rand(B, L, N, D, device=device), torch.randn(B, L, D, device=device)
    K, start = (torch.randn(N, D, 2, device=device) for _ in range(2))
    leaves = [tensor.requires_grad_() for tensor in (theta, K, start, x)]
    slope = torch.randn(B, L, D, device=device)
    linear: Any = nn.Linear(D, N * D, device=device)
    lstm: Any = nn.LSTM(D, D, batch_first=True, device=device)

    def separable(theta: Tensor, x: Tensor) -> Tensor:
        angle = 2 * torch.pi * torch.cumsum(theta, 1)
        c, s = angle.cos(), angle.sin()
        re, im = (
            start[..., 0] + torch.cumsum(c * x.unsqueeze(2), 1),
            start[..., 1] - torch.cumsum(s * x.unsqueeze(2), 1),
        )
        real, imaginary = K[..., 0] * re - K[..., 1] * im, K[..., 0] * im + K[..., 1] * re
        return (c * real - s * imaginary).sum(2)

    compiled: Any = torch.compile(separable)
    contenders: dict[str, Callable[[], Tensor]] = {
        "krohn": lambda: unitary_scan(theta, K, start, x)[0],
        "krohn projected": lambda: projected_unitary_scan(x, linear.weight, linear.bias, K, start, x)[0],
        "nn.Linear alone, summed": lambda: linear(x).view(B, L, N, D).sum(2),
        f"nn.LSTM({D})": lambda: lstm(x)[0],
        "separable in torch": lambda: separable(theta, x),
        "separable, torch.compile": lambda: compiled(theta, x),
    }
    if L <= 1024:
        contenders["reference loop"] = lambda: unitary_scan_reference(theta, K, start, x)[0].float()
    token = 4 * (N * D + 2 * D)
    floors = {"forward": B * L * token, "forward_backward": B * L * (token + 4 * (2 * N * D + 3 * D))}
    rows = []
    for name, call in contenders.items():
        for metric, floor in floors.items():

            def step(call: Callable[[], Tensor] = call, metric: str = metric) -> None:
                with torch.set_grad_enabled(metric != "forward"):
                    y = call()
                if metric != "forward":
                    torch.autograd.grad(y, [*leaves, *linear.parameters()], slope, allow_unused=True)

            row: dict[str, Any] = {
                "case": f"unitary B{B} L{L} D{D} N{N}",
                "contender": name,
                "metric": f"{metric}_seconds",
            }
            try:
                step()
                torch.cuda.reset_peak_memory_stats()
                held = torch.cuda.memory_allocated()
                value = milliseconds(step, 5 if "loop" in name else 20) / 1e3
                row |= {"value": value, "ratio_to_memory_floor": value / (floor / bandwidth)}
                row["peak_bytes"] = torch.cuda.max_memory_allocated() - held
            except (RuntimeError, torch.OutOfMemoryError) as error:
                row |= {"value": None, "reason": str(error).splitlines()[0]}
            rows.append(row)
    missing = [name for name in ("accelerated-scan", "mamba-ssm", "fla") if not _installed(name)]
    return [
        *rows,
        *({"case": "peer", "contender": name, "value": None, "reason": "not installed"} for name in missing),
    ]


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except ModuleNotFoundError:
        return False


def main() -> int:
    """Check, measure, write; return the exit status."""
    if interprets():
        found = [verdict(check, "cpu", 1) for check in interpreted_checks()]
        print(json.dumps(found, indent=1))
        return 0 if all(row["passed"] for row in found) else 1
    if not torch.cuda.is_available():
        print("no CUDA device: nothing was checked", file=sys.stderr)
        return 1
    device, name = "cuda:0", torch.cuda.get_device_name(0)
    checks = [verdict(check, device, REPEATS) for check in gpu_checks()]
    versions = {package: version(package) for package in ("torch", "triton")}
    document = {"device": name, **versions, "checks": checks, "rows": []}
    passed = all(check["passed"] for check in checks)
    if passed:  # a wrong kernel has no speed
        document["rows"] = timings(device)
    path = RESULTS / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.json"
    write_json(path, document)
    print(json.dumps(document, indent=1))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
