"""The diagonal, delta and shift scans: against their float64 references, in pieces, rounded, and as torch ops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from krohn.kernels import parse_format
from krohn.kernels.agreement import AGREEMENTS, Agreement, largest_error
from krohn.kernels.delta import DeltaState, delta_scan, delta_step
from krohn.kernels.delta.operation import delta_op
from krohn.kernels.diagonal import DiagonalState, diagonal_scan, diagonal_step
from krohn.kernels.diagonal.operation import diagonal_op
from krohn.kernels.shift import (
    ShiftState,
    attention_shift_scan,
    attention_shift_step,
    shift_scan,
    shift_step,
)
from krohn.kernels.shift.operation import attention_op, linear_op


@dataclass(frozen=True)
class Family:
    """How to call one of the scans.

    `tokens` inputs have a dimension L after the batch's, `fixed` ones do not; `shapes` come without B and L.
    """

    scan: Callable[..., Any]
    step: Callable[..., Any]
    state: Callable[..., Any]
    tokens: tuple[tuple[int, ...], ...]
    fixed: tuple[tuple[int, ...], ...]
    carried: tuple[int, ...]
    scale: float = 1.0

    def draw(
        self, B: int, L: int, dtype: Any = torch.float32, seed: int = 0
    ) -> tuple[list[Tensor], list[Tensor], Tensor]:
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        tokens = [normal(B, L, *shape) for shape in self.tokens]
        if self.scan is delta_scan:
            tokens[1] = torch.nn.functional.normalize(tokens[1], dim=-1)
            tokens[3] = 2 * torch.sigmoid(tokens[3])
        fixed = [self.scale * normal(*shape) for shape in self.fixed]
        if self.scan is diagonal_scan:
            fixed = [
                factor / (1.1 + torch.linalg.vector_norm(factor, dim=-1, keepdim=True)) for factor in fixed
            ]
        return [t.to(dtype) for t in tokens], [t.to(dtype) for t in fixed], normal(B, *self.carried).to(dtype)

    def __call__(self, tokens: Any, fixed: Any, state: Any, **more: Any) -> tuple[Tensor, Any]:
        y, after = self.scan(*tokens, *fixed, state=state, **more)
        return y, after


FAMILIES = {
    "diagonal": Family(diagonal_scan, diagonal_step, DiagonalState, ((37, 2),), ((37, 2),), (37, 2)),
    "delta": Family(
        delta_scan, delta_step, DeltaState, ((3, 5), (3, 2, 5), (3, 2, 7), (3, 2)), (), (3, 5, 7)
    ),
    "shift": Family(shift_scan, shift_step, ShiftState, ((3,),), ((5, 3, 3),), (5, 3), 0.2),
    "attention": Family(
        attention_shift_scan, attention_shift_step, ShiftState, ((3,),), ((3, 3),) * 3, (5, 3), 0.3
    ),
}
EVERY = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


# The reference of the attention boundary takes half a minute for a thousand tokens.
CASES = [
    pytest.param(name, length, marks=[pytest.mark.slow] if name == "shift attention" and length > 100 else [])
    for name in AGREEMENTS
    for length in (1, 2, 63, 64, 65, 100, 1000, 2000)
]


@pytest.mark.parametrize(("name", "length"), CASES)
def test_outputs_and_gradients_agree_with_the_reference(name: str, length: int) -> None:
    assert largest_error(AGREEMENTS[name](length), None) <= 5e-6


def test_states_that_nothing_shrinks_keep_the_precision() -> None:
    # Moduli of 1, as near as float32 comes; both sides get the same numbers.
    generator = torch.Generator().manual_seed(3)
    angle = 6.3 * torch.rand(37, generator=generator)
    factors = torch.stack([angle.cos(), angle.sin()], -1)
    drive = torch.randn(2, 1000, 37, 2, generator=generator)
    found, expected = (
        torch.autograd.grad(diagonal_scan(u, f, backend=backend)[0].sum(), (u, f))
        for backend, dtype in ((None, torch.float32), ("reference", torch.float64))
        for u, f in [(drive.to(dtype).requires_grad_(), factors.to(dtype).requires_grad_())]
    )
    for a, b in zip(found, expected, strict=True):
        assert (a.double() - b).norm() <= 5e-6 * b.norm()


def test_a_wrong_gradient_would_be_seen() -> None:
    def scan(inputs: list[Tensor], backend: str | None) -> list[Tensor]:
        (x,) = inputs
        return [x * x if backend == "reference" else x.detach() * x]

    assert largest_error(Agreement(((50,),), scan), None) > 0.1


@EVERY
def test_gradients_agree_with_finite_differences(family: Family) -> None:
    tokens, fixed, start = family.draw(2, 6, torch.float64)
    leaves = [tensor.requires_grad_() for tensor in (*tokens, *fixed, start)]

    def call(*inputs: Tensor) -> Any:
        y, state = family(inputs[: len(tokens)], inputs[len(tokens) : -1], family.state(inputs[-1]))
        return y, state[0]

    assert torch.autograd.gradcheck(call, leaves, fast_mode=True)


@EVERY
@pytest.mark.parametrize("rounding", [None, parse_format("bf16"), parse_format("e4m3", "stochastic", seed=3)])
def test_pieces_and_steps_give_the_bits_of_the_whole(family: Family, rounding: Any) -> None:
    tokens, fixed, start = family.draw(2, 70)
    y, last = family(tokens, fixed, family.state(start), rounding=rounding)
    for sizes in ([1, 6, 63], [64, 6], [35, 35]):
        state, seen = family.state(start), []
        for piece in zip(*(tensor.split(sizes, 1) for tensor in tokens), strict=True):
            part, state = family(piece, fixed, state, rounding=rounding)
            seen.append(part)
        assert torch.equal(torch.cat(seen, 1), y)
        assert torch.equal(state[0], last[0])
        assert state.steps == last.steps == 70
    state = family.state(start)
    for t in range(70):
        part, state = family.step(
            *(tensor[:, t] for tensor in tokens), *fixed, state=state, rounding=rounding
        )
        assert torch.equal(part, y[:, t])
    assert torch.equal(state[0], last[0])


@EVERY
def test_gradients_flow_from_piece_to_piece(family: Family) -> None:
    tokens, fixed, start = family.draw(2, 20, torch.float64)
    leaves = [tensor.requires_grad_() for tensor in (*tokens, *fixed, start)]
    whole = torch.autograd.grad(family(tokens, fixed, family.state(start))[0].square().sum(), leaves)
    state, total = family.state(start), torch.zeros((), dtype=torch.float64)
    for piece in zip(*(tensor.split([3, 10, 7], 1) for tensor in tokens), strict=True):
        part, state = family(piece, fixed, state)
        total = total + part.square().sum()
    for a, b in zip(torch.autograd.grad(total, leaves), whole, strict=True):
        torch.testing.assert_close(a, b)


@EVERY
@pytest.mark.parametrize("mode", ["nearest", "zero", "stochastic"])
@pytest.mark.parametrize("name", ["bf16", "e4m3", "q3.6"])
def test_rounding_is_the_formats_own_after_every_step(family: Family, mode: str, name: str) -> None:
    tokens, fixed, start = family.draw(2, 40)
    rounding = parse_format(name, mode, seed=5)
    state = family.state(start)
    for t in range(40):
        piece = [tensor[:, t : t + 1] for tensor in tokens]
        exact = family(piece, fixed, state)[1][0]
        if family.state is ShiftState:  # only the newest column is new
            expected = torch.cat([exact[:, :-1], rounding(exact[:, -1].contiguous(), t).unsqueeze(1)], 1)
        elif family.state is DeltaState:  # every head of every word is a row
            expected = rounding(exact.flatten(0, 1), t).view(exact.shape)
        else:
            expected = rounding(exact, t)
        _, state = family(piece, fixed, state, rounding=rounding)
        assert torch.equal(state[0], expected)


@EVERY
def test_the_rounded_gradient_passes_through(family: Family) -> None:
    def gradients(**more: Any) -> tuple[Tensor, ...]:
        tokens, fixed, start = family.draw(2, 30)
        leaves = [tensor.requires_grad_() for tensor in (*tokens, *fixed, start)]
        return torch.autograd.grad(
            family(tokens, fixed, family.state(start), **more)[0].square().sum(), leaves
        )

    for a, b in zip(gradients(rounding=parse_format("e8m16")), gradients(), strict=True):
        error = (a - b).norm() / b.norm()
        assert 1e-8 < error < 1e-4


@EVERY
def test_buffers_are_written_before_they_are_read(family: Family) -> None:
    def everything() -> list[Tensor]:
        tokens, fixed, start = family.draw(2, 70)
        leaves = [tensor.requires_grad_() for tensor in (*tokens, *fixed, start)]
        y, state = family(tokens, fixed, family.state(start))
        return [y, state[0], *torch.autograd.grad(y.sum() + state[0].sum(), leaves)]

    expected = everything()
    torch.use_deterministic_algorithms(True)  # fills new memory with NaN
    try:
        found = everything()
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


@EVERY
def test_threads_strides_and_the_reference(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, fixed, start = family.draw(3, 300)
    y, _ = family(tokens, fixed, family.state(start))
    before = torch.get_num_threads()
    monkeypatch.setattr("krohn.kernels.threads.SMALL", 0)
    torch.set_num_threads(3)
    assert torch.equal(family(tokens, fixed, family.state(start))[0], y)
    torch.set_num_threads(before)
    strided = [tensor.transpose(0, 1).contiguous().transpose(0, 1) for tensor in tokens]
    assert torch.equal(family(strided, fixed, family.state(start))[0], y)
    slow, _ = family(tokens, fixed, family.state(start), backend="reference")
    torch.testing.assert_close(slow, y, rtol=1e-3, atol=1e-3)
    assert not torch.equal(slow, y)
    monkeypatch.setenv("KROHN_KERNELS", "reference")
    assert torch.equal(family(tokens, fixed, family.state(start))[0], slow)


@EVERY
def test_nan_stays_nan_and_stays_in_its_word(family: Family) -> None:
    tokens, fixed, start = family.draw(2, 20)
    tokens[0][1, 7] = float("nan")
    y, state = family(tokens, fixed, family.state(start))
    assert y[0].isfinite().all()
    assert state[0][0].isfinite().all()
    assert y[1, 7].isnan().all()


OPS: dict[str, tuple[Any, int]] = {
    "diagonal": (diagonal_op, 0),
    "delta": (delta_op, 0),
    "shift": (linear_op, 0),
    "attention": (attention_op, 0),
}


@pytest.mark.parametrize("name", OPS)
def test_the_ops_are_part_of_torch(name: str) -> None:
    family = FAMILIES[name]
    tokens, fixed, start = family.draw(2, 9)
    given = [factor.expand(1, 1, 37, 2) for factor in fixed] if name == "diagonal" else fixed
    leaves = [tensor.detach().clone().requires_grad_() for tensor in (*tokens, *given, start)]
    torch.library.opcheck(OPS[name][0], (*leaves, parse_format("bf16").text, 3, "cpu"))

    def call(*inputs: Tensor) -> Tensor:
        return family(inputs, fixed, family.state(start))[0].sin()

    assert torch.equal(torch.compile(call, fullgraph=True, backend="aot_eager")(*tokens), call(*tokens))
    with torch.autocast("cpu", torch.bfloat16):
        assert family([t.bfloat16() for t in tokens], fixed, family.state(start))[0].dtype == torch.float32
