"""What the unitary scan promises of phases: the same bits however it is run, undone exactly, counting for ever."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from krohn.errors import RequestError
from krohn.kernels import UnitaryState, unitary_scan, unitary_step
from krohn.kernels.unitary import cpu
from krohn.kernels.unitary.operation import split
from krohn.kernels.unitary.phases import to_integer_turns
from krohn.kernels.unitary.reference import from_state, unitary_scan_reference

MILLION = 1_000_000
scan: Any = unitary_scan


def draw(B: int, L: int, N: int, D: int, seed: int = 0, dtype: Any = torch.float32) -> Any:
    generator = torch.Generator().manual_seed(seed)
    theta = 4 * torch.rand(B, L, N, D, generator=generator, dtype=dtype) - 2
    K, start = torch.randn(2, N, D, 2, generator=generator, dtype=dtype)
    return theta, K, start, torch.randn(B, L, D, generator=generator, dtype=dtype)


def rms(found: Tensor, expected: Tensor) -> float:
    found, expected = found.detach().double(), expected.detach().double()
    return float((found - expected).square().mean().sqrt() / expected.square().mean().sqrt())


def wrapped(theta: Tensor) -> np.ndarray:
    """The sum over time of whole numbers of 2^-32 turn, by numpy's own wrapping."""
    return np.add.reduce(to_integer_turns(theta).numpy().astype(np.int64), 1).astype(np.int32)


@pytest.mark.parametrize(
    ("L", "N", "D"),
    [(1, 5, 7), (2, 5, 7), (63, 3, 33), (100, 5, 7), (1000, 3, 5), (2000, 5, 3), (7, 3, 1100)],
)
@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
def test_outputs_and_gradients_on_odd_shapes(L: int, N: int, D: int, driven: bool) -> None:
    theta, K, start, x = draw(2, L, N, D)
    values = [theta, K, start, *([x] if driven else [])]
    weight = torch.randn(2, L, D, generator=torch.Generator().manual_seed(1))
    found: list[list[Tensor]] = []
    for backend, dtype in (("cpu", torch.float32), ("reference", torch.float64)):
        inputs: list[Any] = [value.to(dtype, copy=True).requires_grad_() for value in values]
        y, state = scan(*inputs, backend=backend)
        loss = (y * weight.to(dtype)).sum() + from_state(state.phase, state.z).sum().to(dtype)
        found.append([y, from_state(state.phase, state.z), *torch.autograd.grad(loss, inputs)])
        assert torch.equal(state.phase, torch.from_numpy(wrapped(theta)))
    for mine, theirs in zip(*found, strict=True):
        assert rms(mine, theirs) <= (5e-6 if L <= 1000 else 1e-5)


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 1000),
    cuts=st.sets(st.integers(1, 39)),
    lattice=st.sampled_from([None, 1, 6, 2**31 - 1]),
)
def test_phases_are_the_same_bits_in_any_pieces_on_any_backend(
    seed: int, cuts: set[int], lattice: int | None
) -> None:
    theta, K, start, x = draw(2, 40, 3, 4, seed)
    whole, last = unitary_scan(theta, K, start, x, phase_lattice=lattice)
    state: UnitaryState | None = None
    seen = []
    for part, fuel in zip(theta.tensor_split(sorted(cuts), 1), x.tensor_split(sorted(cuts), 1), strict=True):
        y, state = unitary_scan(part, K, start, fuel, state, phase_lattice=lattice)
        seen.append(y)
    assert state is not None
    # On the cpu backend the floats are the same as well: a word is a chain of the same operations.
    assert torch.equal(torch.cat(seen, 1), whole)
    assert all(torch.equal(a, b) for a, b in zip(state[:2], last[:2], strict=True))
    _, other = unitary_scan(theta, K, start, x, phase_lattice=lattice, backend="reference")
    assert torch.equal(other.phase, last.phase)
    state = None
    for t in range(40):
        y, state = unitary_step(theta[:, t], K, start, x[:, t], state, phase_lattice=lattice)
        assert torch.equal(y, whole[:, t])
    assert state is not None
    assert torch.equal(state.phase, last.phase)
    assert state.steps == 40


@pytest.mark.parametrize("q", [None, 7])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_backward_ends_at_the_very_phase_that_the_forward_began_at(q: int | None, dtype: Any) -> None:
    theta, K, start, x = draw(3, 500, 5, 7, dtype=dtype)
    lattice = None if q is None else torch.full((5, 7), q, dtype=torch.int32)
    begin = torch.randint(0, 7, (3, 5, 7), dtype=torch.int32)
    phase, z, y = begin.clone(), split(start.expand(3, 5, 7, 2)), torch.zeros_like(x)
    before = z.clone()
    cpu.advance(theta, x, split(K), lattice, phase, z, y, 0)
    assert not torch.equal(phase, begin)
    room: list[Any] = [torch.zeros_like(value) for value in (z, x, theta, x, z)]
    undo: Any = cpu.retreat
    undo(theta, x, split(K), lattice, phase, z, *room, 0)
    assert torch.equal(phase, begin)
    torch.testing.assert_close(z, before, rtol=0, atol=1e-4)


def test_what_buffers_hold_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    # Fresh memory is filled with NaN: whatever is read before it is written shows.
    inputs: list[Any] = [value.requires_grad_() for value in draw(2, 33, 3, 5)]
    y, _ = unitary_scan(*inputs)
    expected = torch.autograd.grad(y.square().sum(), inputs)
    empty = torch.empty

    def poisoned(*arguments: Any, **options: Any) -> Tensor:
        made = empty(*arguments, **options)
        return made.fill_(torch.nan) if made.is_floating_point() else made.fill_(2**30)

    monkeypatch.setattr(torch, "empty", poisoned)
    again, _ = unitary_scan(*inputs)
    assert torch.equal(again, y)
    for found, right in zip(torch.autograd.grad(again.square().sum(), inputs), expected, strict=True):
        assert torch.equal(found, right)


@pytest.mark.parametrize("m", [2, 3, 5, 7, 8, 60])
def test_counting_is_exact_at_a_million(m: int) -> None:
    symbols = torch.randint(0, m, (1, MILLION), generator=torch.Generator().manual_seed(m))
    theta = (symbols / m).view(1, -1, 1, 1)
    one = torch.tensor([[[1.0, 0.0]]])
    y, state = unitary_scan(theta, one, one, phase_lattice=m)
    count = symbols.cumsum(1) % m
    assert state.phase.item() == count[0, -1]
    # Every position, and as near the end as at the beginning.
    assert (y[..., 0] - torch.cos(2 * torch.pi * count / m)).abs().max() < 5e-7


def test_each_mode_counts_on_a_lattice_of_its_own() -> None:
    q = torch.tensor([[2], [3], [2**31 - 1]])
    theta = (1 / q).double().expand(1, MILLION, 3, 1)
    one = torch.tensor([1.0, 0.0], dtype=torch.float64).expand(3, 1, 2)
    _, state = unitary_scan(theta, one, one, phase_lattice=q)
    assert state.phase.flatten().tolist() == [0, 1, MILLION]


@pytest.mark.parametrize("pieces", [1, 3])
def test_gradients_flow_through_the_state(pieces: int) -> None:
    values = draw(2, 30, 3, 4, dtype=torch.float64)
    inputs: list[Any] = [value.requires_grad_() for value in values]
    theta, K, start, x = inputs
    weight = torch.randn(2, 30, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    state, seen = None, []
    for part, fuel in zip(theta.tensor_split(pieces, 1), x.tensor_split(pieces, 1), strict=True):
        y, state = unitary_scan(part, K, start, fuel, state)
        seen.append(y)
    found = torch.autograd.grad((torch.cat(seen, 1) * weight).sum(), inputs)
    y, _ = unitary_scan_reference(*inputs)
    for mine, theirs in zip(found, torch.autograd.grad((y * weight).sum(), inputs), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("backend", ["cpu", "reference"])
@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
@pytest.mark.parametrize("q", [None, 5])
def test_a_phase_that_is_not_finite_stays_one(bad: float, backend: str, driven: bool, q: int | None) -> None:
    theta, K, start, x = draw(2, 9, 2, 3)
    theta[0, 4, 1, 2] = bad
    inputs: list[Any] = [value.requires_grad_() for value in (theta, K, start, *([x] if driven else []))]
    y, state = scan(*inputs, phase_lattice=q, backend=backend)
    wrong = torch.zeros(2, 9, 3, dtype=torch.bool)
    wrong[0, 4:, 2] = True
    assert torch.equal(y.isnan(), wrong)
    assert state.z[0, 1, 2].isnan().all()
    assert state.z[1].isfinite().all()
    after, _ = scan(*inputs, state=state, phase_lattice=q, backend=backend)
    assert after[0, :, 2].isnan().any()
    slopes = torch.autograd.grad(y.sum(), inputs[0])[0]
    assert slopes[0, :5, 1, 2].isnan().all()
    assert slopes[1].isfinite().all()


def test_memory_of_any_layout_is_taken() -> None:
    theta, K, start, x = draw(2, 20, 3, 4)
    expected, _ = unitary_scan(theta, K, start, x)
    inputs: list[Any] = [
        theta.movedim(1, -1).contiguous().movedim(-1, 1),
        K.flip(0).flip(0),
        start,
        x.mT.contiguous().mT,
    ]
    y, _ = unitary_scan(*inputs)
    assert torch.equal(y, expected)
    many = torch.randn(4, 20, 3, 4)[::2]
    assert torch.equal(unitary_scan(many, K, start)[0], unitary_scan(many.contiguous(), K, start)[0])


def test_an_empty_batch_is_a_batch() -> None:
    y, state = unitary_scan(*draw(0, 5, 2, 3))
    assert y.shape == (0, 5, 3)
    assert state.z.shape == (0, 2, 3, 2)


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("krohn.kernels.threads.SMALL", 1)
    inputs: list[Any] = [value.requires_grad_() for value in draw(5, 20, 3, 4)]
    before, found = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            y, _ = unitary_scan(*inputs)
            found.append([y, *torch.autograd.grad(y.square().sum(), inputs)])
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(other, found[0], strict=True))


@pytest.mark.parametrize(
    ("lattice", "text"),
    [
        (0, "phase_lattice holds 0: expected whole numbers from 1 to 2147483647"),
        (2**31, "phase_lattice holds 2147483648: expected whole numbers from 1 to 2147483647"),
        (torch.tensor(2.5), "phase_lattice is torch.float32: expected whole numbers from 1 to 2147483647"),
        (
            torch.ones(3, dtype=torch.int64),
            "phase_lattice has shape (3,): expected one number, (2, 3) = (N, D) or (2, 1) = (N, 1)",
        ),
    ],
)
def test_a_lattice_is_a_whole_number(lattice: Any, text: str) -> None:
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        scan(*draw(1, 2, 2, 3), phase_lattice=lattice)


def test_dtypes_and_devices_are_named() -> None:
    theta, K, start, x = draw(1, 2, 2, 3)
    text = "drive is torch.float64 on cpu: expected torch.float32 on cpu, as theta is"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        unitary_scan(theta, K, start, x.double())
    text = "theta has shape (1, 2, 2, 3) and dtype torch.int32: expected torch.float32 or torch.float64"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        unitary_scan(theta.int(), K, start, x)
    text = "state.phase is torch.int64 on cpu: expected torch.int32 on cpu"
    state = UnitaryState(torch.zeros(1, 2, 3, dtype=torch.int64), start.expand(1, 2, 3, 2))
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        unitary_scan(theta, K, start, x, state)
