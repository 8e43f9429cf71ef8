"""The compiled selective scan against its float64 reference, and as a part of torch."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch import Tensor

from krohn.errors import RequestError
from krohn.kernels import SelectiveState, parse_format, selective_scan
from krohn.kernels.selective import selective_step
from krohn.kernels.selective.operation import selective_op
from krohn.kernels.selective.reference import selective_scan_reference

SHAPES = [(3, 1, 5, 3), (2, 2, 1, 1), (2, 63, 7, 5), (1, 64, 3, 2), (3, 100, 33, 5), (2, 1000, 5, 17)]
NAMES = ("x", "delta", "A", "B", "C", "skip", "h")
scan: Any = selective_scan


def draw(batch: int, L: int, D: int, N: int, seed: int = 0, dtype: Any = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    delta = torch.nn.functional.softplus(normal(batch, L, D) - 2)
    A = -torch.exp(normal(D, N))
    return [
        normal(batch, L, D),
        delta,
        A,
        normal(batch, L, N),
        normal(batch, L, N),
        normal(D),
        normal(batch, D, N),
    ]


def relative(found: Tensor, expected: Tensor) -> float:
    """RMS of the difference over RMS of what is expected."""
    return float((found.double() - expected).square().mean().sqrt() / expected.square().mean().sqrt())


def everything(call: Any, inputs: list[Tensor], dtype: Any, **more: Any) -> list[Tensor]:
    """Outputs, the last state, and the gradients of a weighted sum of both with respect to every input."""
    leaves = [tensor.to(dtype).requires_grad_() for tensor in inputs]
    y, h = call(*leaves, **more)
    weights = torch.Generator().manual_seed(9)
    loss = sum(
        (v * torch.randn(v.shape, generator=weights, dtype=torch.float64).to(dtype)).sum() for v in (y, h)
    )
    assert isinstance(loss, Tensor)
    return [y.detach(), h.detach(), *torch.autograd.grad(loss, leaves)]


def compiled(*inputs: Tensor, **more: Any) -> tuple[Tensor, Tensor]:
    y, state = scan(*inputs[:6], SelectiveState(inputs[6]), **more)
    return y, state.h


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("signed", [False, True])
def test_outputs_and_gradients_agree_with_the_reference(shape: tuple[int, ...], signed: bool) -> None:
    inputs = draw(*shape)
    expected = everything(selective_scan_reference, inputs, torch.float64, signed=signed)
    for dtype, tolerance in ((torch.float32, 5e-6), (torch.float64, 1e-13)):
        found = everything(compiled, inputs, dtype, signed=signed)
        for name, a, b in zip(("y", "last", *NAMES), found, expected, strict=True):
            assert a.dtype == dtype
            assert relative(a, b) <= tolerance, name


def test_long_words_keep_the_precision() -> None:
    inputs = draw(1, 2000, 3, 5)
    expected = everything(selective_scan_reference, inputs, torch.float64)
    for a, b in zip(everything(compiled, inputs, torch.float32), expected, strict=True):
        assert relative(a, b) <= 5e-6


def test_signed_eigenvalues_track_parity() -> None:
    # Δ A = ln(1/2) x: eigenvalue 1 for 0; for 1, Δ large, -1 up to rounding.
    bits = torch.tensor([[1, 0, 1, 1, 0, 1, 0, 0, 1, 1]])
    delta = 40.0 * bits[..., None].float()
    one, zero = torch.ones(1, 10, 1), torch.zeros(1, 10, 1)
    start = SelectiveState(torch.ones(1, 1, 1))
    y, _ = scan(zero, delta, -torch.ones(1, 1), one, one, torch.zeros(1), start, signed=True)
    assert y.flatten().tolist() == (1 - 2 * (bits.cumsum(1) % 2)).flatten().float().tolist()


@pytest.mark.parametrize("mode", ["nearest", "zero", "stochastic"])
@pytest.mark.parametrize("name", ["bf16", "e4m3", "q3.6"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rounding_is_the_formats_own_after_every_step(mode: str, name: str, dtype: Any) -> None:
    x, delta, A, B, C, skip, h = draw(3, 70, 21, 5, dtype=dtype)
    rounding = parse_format(name, mode, seed=5)
    y, last = scan(x, delta, A, B, C, skip, SelectiveState(h), rounding)
    state = SelectiveState(h)
    for t in range(70):
        part = slice(t, t + 1)
        _, exact = scan(x[:, part], delta[:, part], A, B[:, part], C[:, part], skip, state)
        # Elements are numbered as the state lies in the kernel: modes, then channels.
        rounded = rounding(exact.h.transpose(1, 2).contiguous(), t).transpose(1, 2)
        found, state = scan(x[:, part], delta[:, part], A, B[:, part], C[:, part], skip, state, rounding)
        assert torch.equal(state.h, rounded)
        assert torch.equal(found[:, 0], y[:, t])
    assert torch.equal(state.h, last.h)
    assert state.steps == last.steps == 70


def test_the_rounded_reference_rounds_the_same() -> None:
    # With eigenvalues 1 and whole numbers nothing depends on the order of additions.
    one, zero = torch.ones(2, 600, 3), torch.zeros(3)
    inputs = (one, one, torch.zeros(3, 2), one[..., :2], one[..., :2], zero)
    for mode in ("nearest", "zero", "stochastic"):
        rounding = parse_format("bf16", mode, seed=1)
        y, state = scan(*inputs, rounding=rounding)
        expected, last = scan(*inputs, rounding=rounding, backend="reference")
        assert torch.equal(y, expected)
        assert torch.equal(state.h, last.h)
        assert (y[0, -1, 0].item() > 512) == (mode == "stochastic")  # both others stop at 256 a mode


def test_gradients_of_a_rounded_scan_pass_through_the_rounding() -> None:
    # In a fine format the states are nearly those of the unrounded scan, and so are the gradients; those of
    # x, B, skip and h do not depend on the states at all.
    inputs = draw(2, 100, 5, 3)
    plain = everything(compiled, inputs, torch.float32)
    rounded = everything(compiled, inputs, torch.float32, rounding=parse_format("e8m16"))
    for name, a, b in zip(("y", "last", *NAMES), rounded, plain, strict=True):
        assert (relative(a, b.double()) > 1e-7) == (name in ("y", "last", "delta", "A", "C"))
        assert relative(a, b.double()) < 1e-4


def test_buffers_are_written_before_they_are_read() -> None:
    inputs = draw(2, 100, 5, 3)
    expected = everything(compiled, inputs, torch.float32)
    torch.use_deterministic_algorithms(True)  # fills new memory with NaN
    try:
        assert torch.empty(3).isnan().all()
        found = everything(compiled, inputs, torch.float32)
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def test_a_step_gives_the_bits_of_the_scan() -> None:
    x, delta, A, B, C, skip, h = draw(2, 70, 9, 3)
    y, last = scan(x, delta, A, B, C, skip, SelectiveState(h))
    state = SelectiveState(h)
    for t in range(70):
        found, state = selective_step(x[:, t], delta[:, t], A, B[:, t], C[:, t], skip, state)
        assert torch.equal(found, y[:, t])
    assert torch.equal(state.h, last.h)


def test_threads_change_nothing() -> None:
    inputs = draw(5, 300, 33, 16)
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        found.append(everything(compiled, inputs, torch.float32))
    torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(other, found[0], strict=True))


def test_strided_tensors_and_nan() -> None:
    inputs = draw(2, 40, 5, 3)
    y, _ = compiled(*inputs)
    strided = [tensor.transpose(0, -1).contiguous().transpose(0, -1) for tensor in inputs]
    assert not strided[0].is_contiguous()
    assert torch.equal(compiled(*strided)[0], y)
    inputs[1][1, 7, 2] = float("nan")
    y, h = compiled(*inputs)
    assert y[1, 7:, 2].isnan().all()
    assert h[1, 2].isnan().all()
    assert y[0].isfinite().all()
    assert (
        compiled(*(tensor[:0] if i not in (2, 5) else tensor for i, tensor in enumerate(inputs)))[0].numel()
        == 0
    )


def test_the_op_is_part_of_torch() -> None:
    x, delta, A, B, C, skip, h = draw(2, 70, 5, 3)
    leaves = [t.contiguous().requires_grad_() for t in (x, delta, A.t(), B, C, h.transpose(1, 2))]
    torch.library.opcheck(selective_op, (*leaves, True, parse_format("bf16").text, 3, "cpu"))

    def call(x: Tensor) -> Tensor:
        y, _ = selective_scan(x, delta, A, B, C, skip)
        return y.sin()

    assert torch.equal(torch.compile(call, fullgraph=True, backend="aot_eager")(x), call(x))
    with torch.autocast("cpu", torch.bfloat16):
        assert selective_scan(x.bfloat16(), delta, A, B, C, skip)[0].dtype == torch.float32


def test_the_reference_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = draw(2, 9, 5, 3)
    reference: Any = selective_scan_reference
    expected, _ = reference(*inputs)
    assert torch.equal(scan(*inputs[:6], SelectiveState(inputs[6]), backend="reference")[0], expected)
    monkeypatch.setenv("KROHN_KERNELS", "reference")
    assert torch.equal(compiled(*inputs)[0], expected)


@pytest.mark.parametrize(
    ("name", "wrong", "text"),
    [
        (
            "x",
            torch.zeros(2, 5, 3).long(),
            "x has shape (2, 5, 3) and dtype torch.int64: expected torch.float32 or torch.float64",
        ),
        (
            "B",
            torch.zeros(2, 5, 4).double(),
            "B is torch.float64 on cpu: expected torch.float32 on cpu, as x is",
        ),
        (
            "skip",
            torch.zeros(3, device="meta"),
            "skip is torch.float32 on meta: expected torch.float32 on cpu, as x is",
        ),
    ],
)
def test_wrong_dtypes_and_devices_are_named(name: str, wrong: Tensor, text: str) -> None:
    inputs = draw(2, 5, 3, 4)
    inputs[NAMES.index(name)] = wrong
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        scan(*inputs[:6])


def test_phases_are_no_format_of_a_state() -> None:
    text = "format turn/5 is one of phases: expected a format of numbers, such as bf16"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        scan(*draw(2, 5, 3, 4)[:6], rounding=parse_format("turn/5"))
