"""Phases in turns: exact modulo 1, against Python's whole numbers and fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from krohn.kernels.unitary.phases import accumulate, to_integer_turns

TURN = 2**32
INT32 = st.integers(-(2**31), 2**31 - 1)


def wrap(value: int) -> int:
    """The int32 that differs from `value` by whole turns."""
    return (value + 2**31) % TURN - 2**31


def literal(theta: float) -> int:
    """The nearest multiple of 2^-32 turn, ties to even, without any floating-point step."""
    return wrap(round(Fraction(theta) * TURN))


@settings(deadline=None, max_examples=300)
@given(theta=st.floats(allow_nan=False, allow_infinity=False, width=32))
@example(0.5)
@example(-0.5)
@example(1.5)
@example(2.0**-33)  # ties: half of the smallest phase goes to the even neighbour
@example(3 * 2.0**-33)
@example(8388607.5)  # the last float32 with a fraction
@example(-0.0)
def test_single_phases_are_the_nearest_multiple_modulo_one(theta: float) -> None:
    for dtype in (torch.float32, torch.float64):
        turns = to_integer_turns(torch.tensor([theta], dtype=dtype))
        assert turns.dtype == torch.int32
        assert turns.item() == literal(theta)


@settings(deadline=None, max_examples=300)
@given(theta=st.floats(allow_nan=False, allow_infinity=False))
@example(0.49999999999999994)
@example(1 / 3)
def test_double_phases_are_the_nearest_multiple_modulo_one(theta: float) -> None:
    assert to_integer_turns(torch.tensor(theta, dtype=torch.float64)).item() == literal(theta)


def test_whole_turns_change_nothing_and_half_a_turn_is_its_own_opposite() -> None:
    theta = torch.tensor([0.25, 0.5, 0.125, 0.75])
    for turns in (-3, -1, 1, 1000):
        assert torch.equal(to_integer_turns(theta + turns), to_integer_turns(theta))
    assert to_integer_turns(torch.tensor([0.5, -0.5])).tolist() == [-(2**31)] * 2
    # Two half turns are none: the sum wraps past the end of int32.
    G, last = accumulate(torch.tensor([0.5, 0.5, 0.5]), torch.tensor(0, dtype=torch.int32))
    assert G.tolist() == [-0.5, 0.0, -0.5]
    assert last.item() == -(2**31)


@settings(deadline=None, max_examples=100)
@given(
    steps=st.lists(st.tuples(INT32, st.integers(-2, 2)), min_size=1, max_size=40),
    start=INT32,
    data=st.data(),
)
def test_sums_are_exact_and_do_not_depend_on_the_pieces(
    steps: list[tuple[int, int]], start: int, data: st.DataObject
) -> None:
    # float64 holds every multiple of 2^-32 turn and a few whole turns besides.
    theta = torch.tensor([phase / TURN + turns for phase, turns in steps], dtype=torch.float64)
    sums = [wrap(start + total) for total in itertools.accumulate(phase for phase, _ in steps)]
    begin = torch.tensor(start, dtype=torch.int32)
    G, last = accumulate(theta, begin)
    assert G.tolist() == [float(Fraction(total, TURN)) for total in sums]
    assert last.dtype == torch.int32
    assert last.item() == sums[-1]
    single, same = accumulate(theta.float(), begin)
    rounded = [literal(value) for value in theta.float().tolist()]
    expected = [wrap(start + total) for total in itertools.accumulate(rounded)]
    assert single.tolist() == [float(np.float32(total) / np.float32(TURN)) for total in expected]
    assert same.item() == expected[-1]
    # Associativity: cut anywhere, any number of times.
    cuts = sorted(data.draw(st.sets(st.integers(1, len(steps) - 1)))) if len(steps) > 1 else []
    seen = []
    for piece in theta.float().tensor_split(cuts):
        part, begin = accumulate(piece, begin)
        seen.append(part)
    assert torch.equal(torch.cat(seen), single)
    assert torch.equal(begin, same)


def test_a_million_steps_of_an_eighth_are_exact() -> None:
    steps = 1_000_000
    G, last = accumulate(torch.full((3, steps), 0.125), torch.zeros(3, dtype=torch.int32))
    cycle = torch.tensor([0.125, 0.25, 0.375, -0.5, -0.375, -0.25, -0.125, 0.0])
    assert torch.equal(G, cycle.repeat(3, steps // 8))
    assert last.tolist() == [0, 0, 0]


@settings(deadline=None, max_examples=10)
@given(theta=st.floats(-0.5, 0.5, width=32), sign=st.sampled_from([-1, 1]))
def test_a_million_steps_of_any_kind_lose_nothing(theta: float, sign: int) -> None:
    steps = 1_000_000
    _, last = accumulate(torch.full((steps,), sign * theta), torch.tensor(7, dtype=torch.int32))
    assert last.item() == wrap(7 + steps * literal(sign * theta))
    # The greatest steps of one sign are the ones that would overflow a running sum that does not wrap.
    _, last = accumulate(torch.full((steps,), -0.5), torch.tensor(-(2**31), dtype=torch.int32))
    assert last.item() == -(2**31)


@pytest.mark.parametrize("shape", [(1,), (2, 3, 5), (4, 1), (1, 1, 1, 63)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gradient_is_the_reversed_cumulative_sum(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(len(shape))
    theta = torch.rand(shape, generator=generator, dtype=dtype).requires_grad_()
    weight = torch.randn(shape, generator=generator, dtype=dtype)
    G, last = accumulate(theta, torch.zeros(shape[:-1], dtype=torch.int32))
    assert not last.requires_grad
    (G * weight).sum().backward()
    assert theta.grad is not None
    expected = np.flip(np.cumsum(np.flip(weight.double().numpy(), -1), -1), -1)
    np.testing.assert_allclose(theta.grad.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_the_gradient_is_that_of_the_angle_across_a_wrap() -> None:
    # Of cos(2πG), which does not jump where G wraps: finite differences see the real slope.
    generator = torch.Generator().manual_seed(3)
    theta = torch.rand(9, generator=generator, dtype=torch.float64)
    weight = torch.randn(9, generator=generator, dtype=torch.float64)
    start = torch.tensor(2**31 - 5, dtype=torch.int32)

    def value(phases: torch.Tensor) -> torch.Tensor:
        return (torch.cos(2 * torch.pi * accumulate(phases, start)[0]) * weight).sum()

    inputs = theta.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(value(inputs), inputs)
    width = 1e-4
    for t in range(9):
        moved = torch.zeros(9, dtype=torch.float64)
        moved[t] = width
        slope = (value(theta + moved) - value(theta - moved)) / (2 * width)
        assert gradient[t].item() == pytest.approx(slope.item(), rel=1e-4, abs=1e-4)
