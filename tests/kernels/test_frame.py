"""What all operations share: the choice of a backend, checks, threads, and how a function becomes a torch op."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch import Tensor

from krohn.errors import RequestError
from krohn.kernels import backends, checks, threads
from krohn.kernels.backends import choose, explain
from krohn.kernels.operations import backend_of, operation


def text(message: str) -> str:
    return f"^{re.escape(message)}$"


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KROHN_KERNELS", "TRITON_INTERPRET"):
        monkeypatch.delenv(name, raising=False)


def test_the_device_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("cpu").backend == choose("cpu", torch.float64).backend == "cpu"
    assert choose("cpu", torch.float16).backend == "reference"
    monkeypatch.setattr(backends, "has_triton", lambda: True)
    monkeypatch.setattr(backends, "version", lambda name: "3.7.1")
    assert choose("cuda").backend == "triton"
    assert "3.7.1" in choose("cuda").reason
    assert choose("cuda", torch.float64).backend == "reference"
    monkeypatch.setattr(backends, "has_triton", lambda: False)
    assert choose("cuda") == backends.Choice("reference", "tensors of a GPU, but Triton is not installed")


def test_the_argument_comes_before_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KROHN_KERNELS", "reference")
    assert choose("cpu") == backends.Choice("reference", "KROHN_KERNELS says so")
    assert choose("cpu", backend="cpu") == backends.Choice("cpu", "backend says so")
    monkeypatch.setenv("KROHN_KERNELS", "tritn")
    message = "unknown KROHN_KERNELS 'tritn': expected one of cpu, reference, triton; did you mean 'triton'?"
    with pytest.raises(RequestError, match=text(message)):
        choose("cpu")


@pytest.mark.parametrize(
    ("wish", "device", "dtype", "why"),
    [
        ("cpu", "cuda", torch.float32, "the tensors are on the device cuda"),
        ("cpu", "cpu", torch.float16, "the cpu kernels compute in float32 and float64, not torch.float16"),
        ("triton", "cpu", torch.float32, "the tensors are on the device cpu and TRITON_INTERPRET is not 1"),
        ("triton", "cuda", torch.float64, "the triton kernels compute in float32, not torch.float64"),
    ],
)
def test_a_backend_that_cannot_run_here_is_refused(
    monkeypatch: pytest.MonkeyPatch, wish: str, device: str, dtype: torch.dtype, why: str
) -> None:
    monkeypatch.setattr(backends, "has_triton", lambda: True)
    expected = f"backend={wish}: {why}; expected a backend that can run here, or none"
    with pytest.raises(RequestError, match=text(expected)):
        choose(device, dtype, wish)


def test_without_triton_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "has_triton", lambda: False)
    with pytest.raises(RequestError, match="backend=triton: Triton is not installed"):
        choose("cuda", backend="triton")
    assert "no Triton" in explain()


def test_explain_says_what_runs_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = explain().splitlines()
    assert lines[0] == "cpu float32: cpu (tensors of the CPU: compiled by numba)"
    assert lines[-1].endswith("KROHN_KERNELS is not set")
    monkeypatch.setenv("KROHN_KERNELS", "reference")
    assert explain().splitlines()[0] == "cpu float32: reference (KROHN_KERNELS says so)"


def test_checks_name_the_argument() -> None:
    for shape, size in (((2, 0, 3), "L"), ((2, 3), "L"), ((2, 3, 0), "D")):
        message = f"x has shape {shape}: expected (B, L, D) with {size} at least 1"
        with pytest.raises(RequestError, match=text(message)):
            checks.leading("x", torch.zeros(shape), "(B, L, D)")
    checks.leading("x", torch.zeros(0, 1, 1), "(B, L, D)")
    x = torch.zeros(2, 3)
    with pytest.raises(RequestError, match=text("A has shape (3,): expected (2, 3) = (D, N)")):
        checks.shapes({"x": (x, (2, 3), "(B, D)"), "A": (x[0], (2, 3), "(D, N)")})
    dtype = "expected torch.float32 or torch.float64"
    for bad in (torch.int64, torch.bfloat16):
        message = f"x has shape (2, 3) and dtype {bad}: {dtype}"
        with pytest.raises(RequestError, match=text(message)):
            checks.alike({"x": x.to(bad)})
    message = "A is torch.float32 on meta: expected torch.float32 on cpu, as x is"
    with pytest.raises(RequestError, match=text(message)):
        checks.alike({"x": x, "A": x.to("meta")})
    with torch.autocast("cpu", torch.bfloat16):
        checks.alike({"x": x, "A": x.bfloat16()})
    with pytest.raises(
        RequestError, match=text("state.phase is torch.int64 on cpu: expected torch.int32 on cpu")
    ):
        checks.integers("state.phase", torch.zeros(1, dtype=torch.int64), torch.int32, x.device)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("batch", [0, 1, 2, 7])
def test_pieces_cover_the_batch_once(count: int, batch: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        seen: list[int] = []
        threads.over_batch(batch, 10**9, lambda begin, end: seen.extend(range(begin, end)))
        assert sorted(seen) == list(range(batch))
    finally:
        torch.set_num_threads(before)


def test_an_error_in_a_thread_arrives() -> None:
    def work(begin: int, end: int) -> None:
        if end == 2:
            raise ValueError("no")

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(ValueError, match="no"):
            threads.over_batch(2, 10**9, work)
    finally:
        torch.set_num_threads(before)


def _scale(x: torch.Tensor, by: torch.Tensor, factor: float, backend: str) -> torch.Tensor:
    return x * by * factor


def _scale_fake(x: Tensor, by: Tensor, factor: float, backend: str) -> Tensor:
    return torch.empty_like(x)


def _scale_keep(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.save_for_backward(*inputs[:2])
    ctx.factor = inputs[2]


def _scale_backward(ctx: Any, gradient: Tensor) -> Any:
    x, by = ctx.saved_tensors
    return gradient * by * ctx.factor, gradient * x * ctx.factor, None, None


def test_an_operation_is_part_of_torch() -> None:
    op = operation("test_scale", _scale, _scale_fake, _scale_keep, _scale_backward)
    x, by = (torch.rand(3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    torch.library.opcheck(op, (x, by, 2.0, "cpu"))
    assert torch.autograd.gradcheck(lambda a, b: op(a, b, 3.0, "cpu"), (x, by))

    def call(a: Tensor, b: Tensor) -> Tensor:
        return op(a, b, 2.0, backend_of(a.device.type, a.dtype, None)).sin()

    compiled = torch.compile(call, fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(x, by), call(x, by))
    with torch.autocast("cpu", torch.bfloat16):
        assert op(x.float(), by.bfloat16(), 1.0, "cpu").dtype == torch.float32
