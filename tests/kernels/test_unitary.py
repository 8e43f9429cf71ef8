"""The unitary scan: against closed forms, the slow float64 reference, and itself in pieces."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from krohn.errors import RequestError
from krohn.kernels import UnitaryState, unitary_scan
from krohn.kernels.unitary.reference import unitary_scan_reference

LENGTHS = (1, 2, 63, 100)
SIZES = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 5))  # B, N, D
SEEDS = st.integers(0, 2**32 - 1)


def draw(seed: int, L: int, sizes: tuple[int, int, int], driven: bool, dtype: Any = torch.float32) -> Any:
    """Random theta (on the grid of 2^-32 turn, in either memory layout), readout, start and drive."""
    B, N, D = sizes
    generator = torch.Generator().manual_seed(seed)
    steps = torch.randint(-(2**33), 2**33, (B, L, N, D), generator=generator)
    theta = (steps.double() / 2**32).to(dtype)
    if seed % 2:  # time last in memory, as the model lays it out
        theta = theta.movedim(1, -1).contiguous().movedim(-1, 1)
    readout, start = torch.randn(2, N, D, 2, generator=generator, dtype=dtype).unbind(0)
    drive = torch.randn(B, L, D, generator=generator, dtype=dtype) if driven else None
    return theta, readout, start, drive


def turned(state: UnitaryState) -> Tensor:
    """h, from its phase and its state with the turning taken out."""
    angle = 2 * math.pi * state.phase.double() / 2**32
    h = torch.polar(torch.ones_like(angle), angle) * torch.view_as_complex(state.z.double().contiguous())
    return torch.view_as_real(h)


def assert_near(found: Tensor, expected: Tensor, tolerance: float) -> None:
    """Within a tolerance, relative to the greatest value that is expected."""
    assert found.shape == expected.shape
    worst = (found.double() - expected.double()).abs().max().item()
    assert worst <= tolerance * (1 + expected.abs().max().item())


def gradients(outputs: Tensor, weight: Tensor, inputs: list[Tensor]) -> tuple[Tensor, ...]:
    return torch.autograd.grad((outputs * weight.to(outputs.dtype)).sum(), inputs)


@settings(deadline=None, max_examples=50)
@given(turn=st.floats(-3, 3), seed=SEEDS, L=st.integers(1, 40))
def test_the_reference_agrees_with_the_closed_forms(turn: float, seed: int, L: int) -> None:
    # A constant turn w and a constant drive x: h_t = w^t h_0 + x (1 + w + ... + w^{t-1}).
    K, h, x = np.random.default_rng(seed).normal(size=(3, 2))
    drive = torch.full((1, L, 1), x[0], dtype=torch.float64)
    theta = torch.full((1, L, 1, 1), turn, dtype=torch.float64)
    readout, start = (torch.from_numpy(value).view(1, 1, 2) for value in (K, h))
    powers = np.exp(2j * np.pi * turn * np.arange(L + 1))
    rotor = powers[1:] * complex(*h)
    fed = rotor + x[0] * np.cumsum(powers[:-1])
    for expected, fuel in ((rotor, None), (fed, drive)):
        y, last = unitary_scan_reference(theta, readout, start, fuel)
        np.testing.assert_allclose(y.flatten().numpy(), (complex(*K) * expected).real, atol=1e-10)
        np.testing.assert_allclose(last.flatten().numpy(), [expected[-1].real, expected[-1].imag], atol=1e-10)


@pytest.mark.parametrize("L", LENGTHS)
@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, sizes=SIZES)
def test_outputs_and_gradients_agree_with_the_reference(
    L: int, driven: bool, dtype: Any, tolerance: float, seed: int, sizes: tuple[int, int, int]
) -> None:
    theta, readout, start, drive = draw(seed, L, sizes, driven, dtype)
    inputs = [tensor.requires_grad_() for tensor in (theta, readout, start, drive) if tensor is not None]
    y, state = unitary_scan(theta, readout, start, drive)
    expected, h = unitary_scan_reference(theta, readout, start, drive)
    assert y.dtype == dtype
    assert state.phase.dtype == torch.int32
    assert_near(y, expected, tolerance)
    assert_near(turned(state), h, tolerance)
    weight = torch.randn(y.shape, generator=torch.Generator().manual_seed(seed))
    for found, right in zip(gradients(y, weight, inputs), gradients(expected, weight, inputs), strict=True):
        assert found.dtype == dtype
        assert_near(found, right, 10 * tolerance)


def test_phases_off_the_grid_are_off_by_less_than_the_grid() -> None:
    generator = torch.Generator().manual_seed(5)
    theta = torch.randn(2, 63, 3, 2, generator=generator, dtype=torch.float64)
    one = torch.tensor([1.0, 0.0], dtype=torch.float64).expand(3, 2, 2)
    y, _ = unitary_scan(theta, one, one)
    expected, _ = unitary_scan_reference(theta, one, one)
    # Three modes, each off by at most 2^-33 turn a step.
    assert (y - expected).abs().max() <= 3 * 63 * 2 * math.pi * 2**-33


def in_pieces(cuts: list[int], theta: Tensor, readout: Tensor, start: Tensor, drive: Any, **more: Any) -> Any:
    state, seen = None, []
    for begin, end in zip([0, *cuts], [*cuts, theta.shape[1]], strict=True):
        fuel = None if drive is None else drive[:, begin:end]
        y, state = unitary_scan(theta[:, begin:end], readout, start, fuel, state, **more)
        seen.append(y)
    return torch.cat(seen, 1), state


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@settings(deadline=None, max_examples=50)
@given(
    seed=SEEDS,
    sizes=SIZES,
    L=st.integers(2, 130),
    size=st.sampled_from([1, 7, 64, None]),
    data=st.data(),
)
def test_a_rotor_gives_the_same_bits_in_any_pieces(
    dtype: Any, seed: int, sizes: tuple[int, int, int], L: int, size: int | None, data: st.DataObject
) -> None:
    inputs = draw(seed, L, sizes, False, dtype)
    y, state = unitary_scan(*inputs)
    cuts = list(range(size, L, size)) if size else sorted(data.draw(st.sets(st.integers(1, L - 1))))
    pieces, last = in_pieces(cuts, *inputs)
    assert torch.equal(pieces, y)
    assert torch.equal(last.phase, state.phase)
    assert torch.equal(last.z, state.z)
    # Nothing but the phase moves: the state is the start's own, whatever the length.
    assert torch.equal(last.z, inputs[2].expand_as(last.z))


@settings(deadline=None, max_examples=50)
@given(
    seed=SEEDS,
    sizes=SIZES,
    L=st.integers(2, 130),
    size=st.sampled_from([1, 7, 64, None]),
    data=st.data(),
)
def test_a_driven_state_is_the_same_in_any_pieces(
    seed: int, sizes: tuple[int, int, int], L: int, size: int | None, data: st.DataObject
) -> None:
    inputs = draw(seed, L, sizes, True)
    y, state = unitary_scan(*inputs)
    cuts = list(range(size, L, size)) if size else sorted(data.draw(st.sets(st.integers(1, L - 1))))
    pieces, last = in_pieces(cuts, *inputs)
    assert_near(pieces, y, 1e-5)
    assert torch.equal(last.phase, state.phase)
    assert_near(last.z, state.z, 1e-5)


def test_words_of_a_batch_do_not_meet() -> None:
    theta, readout, start, drive = draw(2, 63, (3, 5, 2), True)
    together, _ = unitary_scan(theta, readout, start, drive)
    for i in range(3):
        alone, _ = unitary_scan(theta[i : i + 1], readout, start, drive[i : i + 1])
        assert_near(alone[0], together[i], 1e-6)


def test_a_hundred_thousand_fifths_of_a_turn_still_count_modulo_five() -> None:
    theta = torch.full((1, 100_000, 1, 1), 0.2, dtype=torch.float64)
    one = torch.tensor([[[1.0, 0.0]]], dtype=torch.float64)
    y, _ = unitary_scan(theta, one, one)
    expected = torch.cos(2 * torch.pi * torch.arange(1, 6) / 5).repeat(20_000)
    # A fifth is off the grid by at most 2^-33, and the offset adds up.
    assert (y.flatten() - expected).abs().max() < 2 * math.pi * 100_000 * 2**-33 + 1e-6


def text_of(name: str, given_shape: tuple[int, ...], expected: str) -> str:
    return f"^{re.escape(f'{name} has shape {given_shape}: expected {expected}')}$"


@pytest.mark.parametrize("shape", [(2, 0, 3, 4), (2, 5, 3), (5,)])
def test_errors_name_theta(shape: tuple[int, ...]) -> None:
    pair = torch.zeros(3, 4, 2)
    with pytest.raises(RequestError, match=text_of("theta", shape, "(B, L, N, D) with L at least 1")):
        unitary_scan(torch.zeros(shape), pair, pair)


def test_errors_name_the_argument() -> None:
    theta, good = torch.zeros(2, 5, 3, 4), torch.zeros(3, 4, 2)
    with pytest.raises(RequestError, match=text_of("readout", (4, 3, 2), "(3, 4, 2) = (N, D, 2)")):
        unitary_scan(theta, torch.zeros(4, 3, 2), good)
    with pytest.raises(RequestError, match=text_of("start", (3, 4), "(3, 4, 2) = (N, D, 2)")):
        unitary_scan(theta, good, torch.zeros(3, 4))
    with pytest.raises(RequestError, match=text_of("drive", (2, 5, 3), "(2, 5, 4) = (B, L, D)")):
        unitary_scan(theta, good, good, torch.zeros(2, 5, 3))
    # The state of another batch would broadcast without a word.
    phase, z = torch.zeros(1, 3, 4, dtype=torch.int32), torch.zeros(2, 3, 4, 2)
    with pytest.raises(RequestError, match=text_of("state.phase", (1, 3, 4), "(2, 3, 4) = (B, N, D)")):
        unitary_scan(theta, good, good, state=UnitaryState(phase, z))
    with pytest.raises(RequestError, match=text_of("state.z", (1, 3, 4, 2), "(2, 3, 4, 2) = (B, N, D, 2)")):
        unitary_scan(theta, good, good, state=UnitaryState(phase.expand(2, 3, 4), z[:1]))
