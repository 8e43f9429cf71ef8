"""The unitary scan as a part of torch, with its projection, and its Triton kernels without a GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest
import torch
from torch import Tensor

from krohn.kernels import parse_format, projected_unitary_scan, unitary_scan
from krohn.kernels.unitary import projected
from krohn.kernels.unitary.operation import rounded_op, unitary_op
from krohn.kernels.unitary.projected import projected_op

B, L, N, D, C = 2, 9, 3, 4, 5


def draw(*shapes: tuple[int, ...], dtype: Any = torch.float32) -> list[Any]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator, dtype=dtype).requires_grad_() for shape in shapes]


def given() -> list[Any]:
    return draw((B, L, N, D), (N, D, 2), (N, D, 2), (B, L, D))


def features(dtype: Any = torch.float32, length: int = L) -> dict[str, Any]:
    shapes = {
        "u": (B, length, C), "weight": (N * D, C), "bias": (N * D,), "readout": (N, D, 2),
        "start": (N, D, 2), "drive": (B, length, D), "delta": (B, length, D),
    }  # fmt: skip
    return dict(zip(shapes, draw(*shapes.values(), dtype=dtype), strict=True))


@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
def test_opcheck(driven: bool) -> None:
    theta, K, z, x = draw((B, L, N, D), (N, D, 2), (B, N, D, 2), (B, L, D))
    phase = torch.randint(0, 5, (B, N, D), dtype=torch.int32)
    lattice = torch.full((N, D), 5, dtype=torch.int32)
    drive = x if driven else None
    for q in (None, lattice):
        torch.library.opcheck(unitary_op, (theta, K, drive, phase, z, q, "cpu"))
    text = parse_format("bf16").text
    frozen = [value.detach() for value in (theta, K, x, z)]
    torch.library.opcheck(
        rounded_op, (*frozen[:2], frozen[2] if driven else None, frozen[3], None, text, 0, "cpu")
    )
    named = features()
    delta = named["delta"] if driven else None
    arguments = (named["u"], named["weight"], named["bias"], delta, K, drive, phase, z, None, "cpu")
    torch.library.opcheck(projected_op, arguments)


@pytest.mark.parametrize("project", [False, True], ids=["given", "projected"])
def test_torch_compile_traces_it_whole(project: bool) -> None:
    named, inputs = features(), given()

    def call(leaves: list[Any]) -> Tensor:
        if project:
            return projected_unitary_scan(**dict(zip(named, leaves, strict=True)))[0].sin()
        return unitary_scan(*leaves)[0].sin()

    leaves = list(named.values()) if project else inputs
    compiled = torch.compile(call, fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(leaves), call(leaves))
    found = torch.autograd.grad(compiled(leaves).sum(), leaves)
    for mine, eager in zip(found, torch.autograd.grad(call(leaves).sum(), leaves), strict=True):
        assert torch.equal(mine, eager)


def test_autocast_leaves_the_phases_in_float32() -> None:
    inputs = given()
    expected, _ = unitary_scan(*inputs)
    named = features()
    plain, _ = projected_unitary_scan(**named)
    with torch.autocast("cpu", torch.bfloat16):
        y, _ = unitary_scan(*inputs)
        low, _ = unitary_scan(inputs[0], inputs[1].bfloat16(), *inputs[2:])
        projection, _ = projected_unitary_scan(**named)
        half = {name: value.bfloat16() if name in ("u", "drive") else value for name, value in named.items()}
        fed, _ = projected_unitary_scan(**half)
        slowly, _ = projected_unitary_scan(**half, backend="reference")
    assert torch.equal(y, expected)
    assert low.dtype == torch.float32
    assert torch.equal(projection, plain)
    exact, _ = projected_unitary_scan(**{name: value.float() for name, value in half.items()})
    assert torch.equal(fed, exact)
    torch.testing.assert_close(slowly, exact, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("block", [1, 100, 2**18])
@pytest.mark.parametrize("without", [(), ("delta",), ("drive",), ("delta", "drive")])
def test_the_projection_in_blocks_is_the_projection(
    monkeypatch: pytest.MonkeyPatch, block: int, without: tuple[str, ...]
) -> None:
    monkeypatch.setitem(projected.BLOCK, "cpu", block)
    named = {name: value for name, value in features(torch.float64, 31).items() if name not in without}
    y, state = projected_unitary_scan(**named)
    theta = (named["u"] @ named["weight"].T + named["bias"]).view(B, 31, N, D)
    if "delta" in named:
        theta = theta * named["delta"].unsqueeze(2)
    expected, last = unitary_scan(theta, named["readout"], named["start"], named.get("drive"))
    torch.testing.assert_close(y, expected)
    assert (state.phase - last.phase).abs().max() <= 31  # a float64 product may round the other way
    assert state.steps == 31
    leaves = list(named.values())
    weight = torch.randn(B, 31, D, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    right = torch.autograd.grad((expected * weight).sum() + last.z.sum(), leaves)
    found = torch.autograd.grad((y * weight).sum() + state.z.sum(), leaves)
    for mine, theirs in zip(found, right, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-6, atol=1e-6)


def test_nothing_of_the_size_of_all_phases_is_kept() -> None:
    named = features(length=4000)
    largest = 0

    def note(tensor: Tensor) -> Tensor:
        nonlocal largest
        largest = max(largest, tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        projected_unitary_scan(**named)
    assert 0 < largest <= B * 4000 * C
    assert largest < B * 4000 * N * D


@pytest.mark.skipif(find_spec("triton") is None, reason="needs Triton")
def test_the_triton_kernels_agree_with_the_reference_in_the_interpreter() -> None:
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    command = [sys.executable, "-P", "-m", "krohn.benchmarks.gpu"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    checks = json.loads(done.stdout)
    assert {"unitary", "unitary rotor", "unitary projected"} <= {
        row["check"].partition(" B")[0] for row in checks
    }
    assert all(row["passed"] and row["repeatable"] for row in checks)


@pytest.mark.skipif(find_spec("triton") is None, reason="needs Triton")
def test_no_triton_kernel_spills_on_an_h100() -> None:
    # Compiled ahead of time: Triton brings NVIDIA's assembler, and no GPU is needed.
    command = [sys.executable, "-P", "-m", "krohn.benchmarks.registers"]
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert len(rows) >= 16
    assert all(0 < int(row[-3]) <= 255 and row[-2:] == ["0", "0"] for row in rows)
