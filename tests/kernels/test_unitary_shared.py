"""Phases shared by the channels of a head: the same as a phase for every channel, and as the equations."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from krohn.errors import RequestError
from krohn.kernels import shared_unitary_scan, unitary_scan
from krohn.kernels.unitary.reference import unitary_scan_reference

SHAPES = [
    (1, 1, 1, 1, 1),
    (2, 7, 3, 2, 3),
    (3, 65, 16, 4, 16),
    (2, 33, 5, 1, 7),
    (2, 9, 2, 8, 1),
    (1, 5, 40, 4, 32),
]


def case(shape: tuple[int, ...], driven: bool, dtype: torch.dtype) -> dict[str, Any]:
    B, L, N, H, each = shape
    draw = torch.Generator().manual_seed(B * L + N * H + each)
    D = H * each

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw, dtype=dtype)

    found = {"theta": normal(B, L, N, H), "readout": normal(N, D, 2), "start": normal(N, D, 2)}
    return {**found, "drive": normal(B, L, D)} if driven else found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("driven", [False, True])
def test_it_agrees_with_the_equations(shape: tuple[int, ...], driven: bool) -> None:
    given = case(shape, driven, torch.float64)
    each = shape[4]
    expected, _ = unitary_scan_reference(**{**given, "theta": given["theta"].repeat_interleave(each, 3)})
    y, _ = shared_unitary_scan(**given)
    # A phase is rounded to 2^-32 turn at every step.
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-8 * shape[1] * (1 + expected.abs().max().item()))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("driven", [False, True])
@pytest.mark.parametrize("lattice", [None, 6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_outputs_and_gradients_are_those_of_a_phase_a_channel(
    shape: tuple[int, ...], driven: bool, lattice: int | None, dtype: torch.dtype
) -> None:
    close: dict[str, Any] = (
        {"rtol": 1e-4, "atol": 2e-4} if dtype == torch.float32 else {"rtol": 1e-9, "atol": 1e-10}
    )
    given = {name: one.requires_grad_() for name, one in case(shape, driven, dtype).items()}
    results = []
    for shared in (True, False):
        theta = given["theta"] if shared else given["theta"].repeat_interleave(shape[4], 3)
        scan = shared_unitary_scan if shared else unitary_scan
        y, state = scan(**{**given, "theta": theta}, phase_lattice=lattice)
        loss = (y * torch.linspace(-1, 1, y.numel(), dtype=dtype).view_as(y)).sum() + state.z.square().sum()
        results.append((y, state, torch.autograd.grad(loss, list(given.values()))))
    (y, state, slopes), (other, after, expected) = results
    assert torch.equal(state.phase, after.phase)
    assert state.steps == after.steps
    torch.testing.assert_close(y, other, **close)
    torch.testing.assert_close(state.z, after.z, **close)
    for slope, known in zip(slopes, expected, strict=True):
        scale = max(1.0, known.abs().max().item())
        torch.testing.assert_close(slope / scale, known / scale, **close)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.sets(st.integers(1, 29)))
def test_pieces_give_one_pass(seed: int, cuts: set[int]) -> None:
    torch.manual_seed(seed)
    theta, drive = torch.randn(2, 30, 3, 2), torch.randn(2, 30, 8)
    readout, start = torch.randn(3, 8, 2), torch.randn(3, 8, 2)
    whole, last = shared_unitary_scan(theta, readout, start, drive)
    state, found = None, []
    ends = sorted({0, 30, *cuts})
    for begin, end in pairwise(ends):
        y, state = shared_unitary_scan(theta[:, begin:end], readout, start, drive[:, begin:end], state)
        found.append(y)
    assert state is not None
    assert torch.equal(state.phase, last.phase)
    torch.testing.assert_close(torch.cat(found, 1), whole, rtol=1e-4, atol=1e-4)


def test_counting_on_a_lattice_is_exact() -> None:
    one = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    _, state = shared_unitary_scan(torch.full((1, 30_001, 1, 1), 1 / 3), one, one, phase_lattice=3)
    assert state.phase.flatten().tolist() == [1, 1]


def test_a_lattice_that_channels_of_a_head_do_not_share_is_kept() -> None:
    one = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    q = torch.tensor([[3, 5]], dtype=torch.int32)
    _, state = shared_unitary_scan(torch.full((1, 4, 1, 1), 0.4), one, one, phase_lattice=q)
    assert state.phase.flatten().tolist() == [4 % 3, 8 % 5]


def test_a_phase_that_is_not_finite_loses_its_word_from_there_on() -> None:
    given = case((2, 6, 2, 2, 3), True, torch.float32)
    clean, _ = shared_unitary_scan(**given)
    given["theta"][1, 3, 0, 1] = float("nan")
    y, _ = shared_unitary_scan(**given)
    assert torch.equal(y[0], clean[0])
    assert torch.equal(y[1, :3], clean[1, :3])
    assert y[1, 3:, 3:].isnan().all()
    assert y[1, 3:, :3].isfinite().all()  # the other head


def test_heads_divide_the_channels() -> None:
    with pytest.raises(RequestError) as refused:
        shared_unitary_scan(torch.zeros(1, 2, 3, 2), torch.zeros(3, 5, 2), torch.zeros(3, 5, 2))
    assert str(refused.value) == (
        "theta is of 2 heads and readout of 5 channels: expected heads that divide them"
    )
