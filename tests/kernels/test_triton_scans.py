"""The Triton kernels of the scans, the unitary one only where it rounds: interpreted here, compiled for an H100."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("triton")

# Chunks of 4 tokens, so that short words have several; one program for all of time, then one a chunk.
SMALL = """
import krohn.kernels.delta.triton, krohn.kernels.diagonal.triton, krohn.kernels.pieces
import krohn.kernels.selective.triton
for module in (krohn.kernels.delta, krohn.kernels.diagonal, krohn.kernels.selective):
    module.triton.CHUNK = 4
"""
AGREE = """
from krohn.kernels.agreement import AGREEMENTS, largest_error
for programs, length in CASES:
    krohn.kernels.pieces.PROGRAMS = programs
    for name, agreement in AGREEMENTS.items():
        print(name, programs, length, largest_error(agreement(length), "triton"), flush=True)
"""
ROUND = """
import torch
from krohn.kernels import parse_format
from krohn.kernels.delta import delta_scan
from krohn.kernels.diagonal import diagonal_scan
from krohn.kernels.selective import selective_scan
from krohn.kernels.shift import shift_scan
from krohn.kernels.unitary import unitary_scan

def whole(*shape):
    # Whole numbers, whose sums float32 holds: no order of additions matters, every difference is a bug.
    return torch.randint(-3, 4, shape, generator=generator).float()

for name, mode, lattice in [(*case, lattice) for case in CASES for lattice in (None, 4)]:
    generator = torch.Generator().manual_seed(1)
    rounding = parse_format(name, mode, seed=2**63 + 9)
    x, one, fuel, values = whole(2, 9, 5), torch.ones(2, 9, 5), whole(2, 9, 7, 2) * 11, whole(2, 9, 1, 2, 3) * 17
    keys = torch.eye(4)[torch.randint(0, 4, (2, 9, 1, 2), generator=generator)]
    i, wave = torch.tensor([0.0, 1.0]).expand(7, 2).contiguous(), torch.zeros(3, 5, 5)
    wave[0] = torch.eye(5)
    fixed = (torch.zeros(5, 3), one[..., :3], one[..., :3] * 37, torch.zeros(5), None, rounding)
    quarters, pair = whole(2, 9, 3, 5) / 4, whole(3, 5, 2)  # quarters of a turn: cosines of 0 and ±1
    ways = {
        "unitary": lambda b: unitary_scan(
            quarters, pair, pair * 13, x * 7, rounding=rounding, phase_lattice=lattice, backend=b
        )[0],
        "selective": lambda b: selective_scan(x, one, *fixed, backend=b)[0],
        "diagonal": lambda b: diagonal_scan(fuel, i, None, rounding, backend=b)[0],
        "delta": lambda b: delta_scan(
            keys[..., 0, :] * 5, keys, values, 2 * torch.ones(2, 9, 1, 2), None, rounding, backend=b
        )[0],
        "shift": lambda b: shift_scan(x * 7, wave, None, rounding, backend=b)[0],
    }
    for operation, way in ways.items():
        a, b = way("triton"), way("cpu")
        same = bool(((a == b) | (a.isnan() & b.isnan())).all())
        print(operation, name, mode, same, bool((a != 0).any()), flush=True)
"""
COMPILE = """
from krohn.benchmarks.builds import usage
from krohn.benchmarks.launches import builds
for build in builds(NAMES):
    found = usage(build)
    print(build.name, found.registers, found.spilled, sep=":", flush=True)
"""


def run(program: str, **more: str) -> list[str]:
    """Run a program in a process of its own, where it decides how Triton is imported; return its lines."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TRITON_", "KROHN_"))
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env={**environment, **more})
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def check_agreement(cases: list[tuple[int, int]]) -> None:
    lines = run(f"CASES = {cases}\n{SMALL}{AGREE}", TRITON_INTERPRET="1")
    assert len(lines) == 7 * len(cases)
    for line in lines:
        assert float(line.split()[-1]) <= 5e-6, line


def test_outputs_and_gradients_agree_with_the_reference() -> None:
    check_agreement([(1000, 6)])


@pytest.mark.slow
def test_outputs_and_gradients_of_longer_words_agree() -> None:
    check_agreement([(1, 1), (1, 2), (1, 63), (1000, 63)])


def check_rounding(cases: list[tuple[str, str]]) -> None:
    lines = run(f"CASES = {cases}\n{SMALL}{ROUND}", TRITON_INTERPRET="1")
    assert len(lines) == 10 * len(cases)
    for line in lines:
        assert line.split()[-2:] == ["True", "True"], line


def test_rounding_gives_the_bits_of_the_cpu() -> None:
    check_rounding([("bf16", "stochastic"), ("e3m2", "nearest")])


@pytest.mark.slow
def test_every_rounding_gives_the_bits_of_the_cpu() -> None:
    modes = ("nearest", "zero", "stochastic")
    check_rounding([(name, mode) for name in ("bf16", "e4m3", "q5.1", "e3m2") for mode in modes])


def check_registers(names: list[str]) -> None:
    lines = run(f"NAMES = {names}\n{COMPILE}")
    assert len(lines) >= len(names)
    for line in lines:
        name, registers, spilled = line.split(":")
        print(f"{name}: {registers} registers a thread")
        assert spilled == "0", line
        assert 0 < int(registers) <= 255


def test_nothing_spills_on_an_h100() -> None:
    check_registers(["selective e4m3 stochastic", "delta", "unitary bf16"])


@pytest.mark.slow
def test_nothing_spills_with_any_rounding() -> None:
    from krohn.benchmarks.launches import CASES

    check_registers(list(CASES))
