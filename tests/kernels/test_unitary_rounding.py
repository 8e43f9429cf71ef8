"""The direct form of the unitary scan, whose state is rounded after every step."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.kernels import UnitaryState, parse_format, unitary_scan
from krohn.kernels.unitary.reference import unitary_scan_reference

NARROW: dict[str, Any] = {"bf16": ml_dtypes.bfloat16, "fp16": np.float16}
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.tuples(st.integers(1, 2), st.integers(1, 5), st.integers(1, 4))  # B, N, D


def draw(seed: int, L: int, sizes: tuple[int, int, int], driven: bool) -> Any:
    B, N, D = sizes
    generator = torch.Generator().manual_seed(seed)
    theta = 4 * torch.rand(B, L, N, D, generator=generator) - 2
    readout, start = torch.randn(2, N, D, 2, generator=generator).unbind(0)
    return theta, readout, start, torch.randn(B, L, D, generator=generator) if driven else None


def to_complex(pairs: torch.Tensor) -> np.ndarray:
    values = pairs.double().numpy()
    return values[..., 0] + 1j * values[..., 1]


def rounded(values: np.ndarray, name: str) -> np.ndarray:
    """The nearest values of the format, real and imaginary parts apart."""
    real, imaginary = (part.astype(NARROW[name]).astype(float) for part in (values.real, values.imag))
    return real + 1j * imaginary


@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, sizes=SIZES)
def test_every_step_ends_on_the_nearest_value(
    name: str, driven: bool, seed: int, sizes: tuple[int, int, int]
) -> None:
    theta, readout, start, drive = draw(seed, 20, sizes, driven)
    B, N, D = sizes
    state = None
    h = np.broadcast_to(rounded(to_complex(start), name), (B, N, D))
    for t in range(20):
        fuel = None if drive is None else drive[:, t : t + 1]
        y, state = unitary_scan(theta[:, t : t + 1], readout, start, fuel, state, parse_format(name))
        exact = np.exp(2j * np.pi * theta[:, t].double().numpy()) * h
        if drive is not None:
            exact = exact + drive[:, t, None, :].double().numpy()
        h = to_complex(state.z)
        # A value of the format, and as near as the nearest is, but for what float32 adds to a near tie.
        assert (rounded(h, name) == h).all()
        nearest = rounded(exact, name)
        for part in ("real", "imag"):
            off = np.abs(getattr(h, part) - getattr(exact, part))
            least = np.abs(getattr(nearest, part) - getattr(exact, part))
            assert (off <= least + 2e-6 * (1 + np.abs(exact))).all()
        np.testing.assert_allclose(
            y[:, 0].numpy(), (to_complex(readout) * h).real.sum(1), rtol=1e-4, atol=1e-4
        )
        # The turning is in h itself.
        assert not state.phase.any()


@pytest.mark.parametrize(("name", "epsilon"), [("bf16", 2**-8), ("fp16", 2**-11)])
@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
def test_whole_words_agree_with_a_literal_loop(name: str, epsilon: float, driven: bool) -> None:
    theta, readout, start, drive = draw(11, 63, (2, 3, 4), driven)
    y, _ = unitary_scan(theta, readout, start, drive, rounding=parse_format(name))
    plain, _ = unitary_scan_reference(theta, readout, start, drive)
    h = np.broadcast_to(rounded(to_complex(start), name), (2, 3, 4))
    seen = []
    for t in range(63):
        h = np.exp(2j * np.pi * theta[:, t].double().numpy()) * h
        if drive is not None:
            h = h + drive[:, t, None, :].double().numpy()
        h = rounded(h, name)
        seen.append((to_complex(readout) * h).real.sum(1))
    literal = np.stack(seen, 1)
    off = np.abs(y.numpy() - literal).mean()
    # float32 settles a near tie the other way once in thousands of steps, if at all; what rounding does
    # to every step is far more.
    assert off < epsilon / 2
    assert np.abs(literal - plain.numpy()).mean() > 2 * epsilon


@pytest.mark.parametrize(("name", "stuck"), [("bf16", 256), ("fp16", 2048)])
def test_counting_by_ones_stops_where_the_format_ends(name: str, stuck: int) -> None:
    # No turn and a drive of 1: h counts the steps, until h + 1 rounds back to h.
    L = stuck + 50
    one = torch.tensor([[[1.0, 0.0]]])
    y, state = unitary_scan(
        torch.zeros(1, L, 1, 1), one, torch.zeros(1, 1, 2), torch.ones(1, L, 1), rounding=parse_format(name)
    )
    assert y.flatten().tolist() == [min(t, stuck) for t in range(1, L + 1)]
    assert state.z.flatten().tolist() == [stuck, 0.0]


@settings(deadline=None, max_examples=20)
@given(
    seed=SEEDS,
    name=st.sampled_from(["fp16", "bf16", "fp32"]),
    driven=st.booleans(),
    size=st.sampled_from([1, 7, 64]),
)
def test_pieces_give_the_same_bits(seed: int, name: str, driven: bool, size: int) -> None:
    theta, readout, start, drive = draw(seed, 70, (2, 3, 4), driven)
    rounding = parse_format(name)
    y, last = unitary_scan(theta, readout, start, drive, rounding=rounding)
    state, seen = None, []
    for begin in range(0, 70, size):
        part = slice(begin, begin + size)
        fuel = None if drive is None else drive[:, part]
        piece, state = unitary_scan(theta[:, part], readout, start, fuel, state, rounding)
        seen.append(piece)
    assert torch.equal(torch.cat(seen, 1), y)
    assert state is not None
    assert torch.equal(state.z, last.z)


@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
@pytest.mark.parametrize("first", ["separable", "direct"])
def test_a_word_begun_in_one_form_can_go_on_in_the_other(driven: bool, first: str) -> None:
    # fp32 rounds nothing here, so both forms compute the same word.
    theta, readout, start, drive = draw(4, 20, (2, 3, 4), driven)
    expected, _ = unitary_scan_reference(theta, readout, start, drive)
    forms = {"separable": None, "direct": parse_format("fp32")}
    state: UnitaryState | None = None
    seen = []
    order = [first, *(name for name in forms if name != first), first]
    for part, form in zip((slice(0, 6), slice(6, 13), slice(13, 20)), order, strict=True):
        fuel = None if drive is None else drive[:, part]
        y, state = unitary_scan(theta[:, part], readout, start, fuel, state, forms[form])
        seen.append(y)
    np.testing.assert_allclose(torch.cat(seen, 1).numpy(), expected.numpy(), atol=2e-5)


@pytest.mark.parametrize("driven", [False, True], ids=["rotor", "drive"])
def test_gradients_of_the_direct_form_are_those_of_the_map(driven: bool) -> None:
    # In fp32, which rounds nothing; the phase goes through whole numbers, which carry no gradient, and so
    # theta is left out.
    theta, readout, start, drive = draw(6, 13, (2, 3, 4), driven)
    inputs = [tensor.requires_grad_() for tensor in (readout, start, drive) if tensor is not None]
    weight = torch.randn(2, 13, 4, generator=torch.Generator().manual_seed(1))
    y, _ = unitary_scan(theta, readout, start, drive, rounding=parse_format("fp32"))
    expected, _ = unitary_scan_reference(theta, readout, start, drive)
    found = torch.autograd.grad((y * weight).sum(), inputs)
    right = torch.autograd.grad((expected * weight).sum(), inputs)
    for a, b in zip(found, right, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-4)
