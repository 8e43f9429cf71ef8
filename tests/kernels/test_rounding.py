"""Rounding to a number format, against ml_dtypes and numpy on bit patterns."""

from __future__ import annotations

import re
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.errors import RequestError
from krohn.kernels import parse_format

NARROW: dict[str, Any] = {"bf16": ml_dtypes.bfloat16, "fp16": np.float16}

SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 65504, 65519.996, 65520, 3.4e38, -3.4e38, 1e-45, -6e-8, 2.98e-8],
    np.float32,
)


def rounded(name: str, values: np.ndarray) -> np.ndarray:
    found = parse_format(name)(torch.from_numpy(values))
    assert found.shape == values.shape
    return found.numpy()


def literal(name: str, values: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):  # numpy warns of every overflow to infinity
        return values.astype(NARROW[name]).astype(values.dtype)


def assert_same_bits(found: np.ndarray, expected: np.ndarray) -> None:
    """Equal bit for bit (so that -0 is not 0), every NaN being alike."""
    assert found.dtype == expected.dtype
    nan = np.isnan(expected)
    assert (np.isnan(found) == nan).all()
    assert found[~nan].tobytes() == expected[~nan].tobytes()


@pytest.mark.parametrize("name", NARROW)
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_bit_pattern_rounds_as_ml_dtypes_does(name: str, seed: int) -> None:
    patterns = np.random.default_rng(seed).integers(0, 2**32, 5000, np.uint32)
    values = np.concatenate([patterns.view(np.float32), SPECIAL])
    assert_same_bits(rounded(name, values), literal(name, values))


@pytest.mark.parametrize("name", NARROW)
@settings(deadline=None, max_examples=200)
@given(value=st.floats(width=32))
def test_any_value_rounds_as_ml_dtypes_does(name: str, value: float) -> None:
    values = np.array([value], np.float32)
    assert_same_bits(rounded(name, values), literal(name, values))


@pytest.mark.parametrize("name", NARROW)
def test_every_value_of_a_format_stays(name: str) -> None:
    values = np.arange(2**16, dtype=np.uint16).view(NARROW[name]).astype(np.float32)
    assert_same_bits(rounded(name, values), values)


@pytest.mark.parametrize("name", NARROW)
def test_ties_go_to_the_even_neighbour_and_all_else_to_the_nearer(name: str) -> None:
    # The patterns of the finite positive values, subnormals included, are consecutive numbers.
    infinity = int(np.array([np.inf], NARROW[name]).view(np.uint16)[0])
    patterns = np.arange(infinity, dtype=np.uint16)
    values = patterns.view(NARROW[name]).astype(np.float64)
    low, high, even = values[:-1], values[1:], patterns[:-1] % 2 == 0
    middle = ((low + high) / 2).astype(np.float32)
    assert ((low + high) / 2 == middle).all()  # float32 holds every tie exactly
    for sign in (np.float32(1), np.float32(-1)):
        tie = np.where(even, low, high).astype(np.float32)
        assert_same_bits(rounded(name, sign * middle), sign * tie)
        # Beside the tie; a float32 subnormal may lie on low or high itself, which is as well.
        below = np.nextafter(middle, np.float32(0))
        above = np.nextafter(middle, np.float32(np.inf))
        assert_same_bits(rounded(name, sign * below), sign * low.astype(np.float32))
        assert_same_bits(rounded(name, sign * above), sign * high.astype(np.float32))


def test_what_is_known_of_the_formats() -> None:
    values = torch.tensor([256.0, 257.0, 259.0, 2048.0, 2049.0, 2051.0, 65504.0, 65520.0, 1e5])
    # 8 significant bits: beyond 256 every other whole number is missing; 11 bits: beyond 2048.
    assert parse_format("bf16")(values[:3]).tolist() == [256.0, 256.0, 260.0]
    assert parse_format("fp16")(values[3:6]).tolist() == [2048.0, 2048.0, 2052.0]
    assert parse_format("fp16")(values[6:]).tolist() == [65504.0, float("inf"), float("inf")]
    assert parse_format("bf16")(values[6:]).isfinite().all()


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(), min_size=1, max_size=9))
def test_fp64_is_the_identity_and_fp32_is_numpys(values: list[float]) -> None:
    double = np.array(values)
    assert_same_bits(rounded("fp64", double), double)
    with np.errstate(all="ignore"):
        single = double.astype(np.float32)
    assert_same_bits(rounded("fp32", double), single.astype(np.float64))
    for name in ("fp32", "fp64"):
        assert_same_bits(rounded(name, single), single)


@pytest.mark.parametrize("name", ["fp32", "fp64"])
def test_gradients_pass_through_a_format_that_is_wide_enough(name: str) -> None:
    values = torch.linspace(-3, 3, 7, requires_grad=True)
    weight = torch.randn(7, generator=torch.Generator().manual_seed(1))
    (parse_format(name)(values) * weight).sum().backward()
    assert values.grad is not None
    assert torch.equal(values.grad, weight)


@pytest.mark.parametrize(
    ("given_name", "near"),
    [("bf17", "bf16"), ("BF16", "bf16"), ("float64", "fp64"), ("fp8", "fp64"), ("zebra", None), ("", None)],
)
def test_an_unknown_format_is_answered_with_the_nearest(given_name: str, near: str | None) -> None:
    text = f"unknown number format {given_name!r}: expected one of bf16, fp16, fp32, fp64"
    text += f"; did you mean {near!r}?" if near else ""
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        parse_format(given_name)


@pytest.mark.parametrize("name", ["fp64", "fp32", "bf16", "fp16"])
def test_formats_know_their_names(name: str) -> None:
    assert parse_format(name).name == name
    assert parse_format(name) is parse_format(name)
