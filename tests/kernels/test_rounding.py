"""Rounding to a number format, against ml_dtypes, torch and gfloat, bit for bit, and against the definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gfloat.formats
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.kernels import parse_format
from krohn.kernels.rounding.formats import round_slowly

NARROW: dict[str, Any] = {"bf16": ml_dtypes.bfloat16, "fp16": np.float16, "e5m2": ml_dtypes.float8_e5m2}
ANY = (
    "e2m1",
    "e2m3",
    "e3m2",
    "e3m4",
    "e4m3",
    "e4m7",
    "e5m2",
    "e5m10",
    "e6m9",
    "e7m1",
    "e8m1",
    "e8m7",
    "e8m10",
)
COUNT = 200_000


def rounded(name: str, values: np.ndarray, *more: Any) -> np.ndarray:
    found = parse_format(name, *more)(torch.from_numpy(values))
    assert found.shape == values.shape
    return found.numpy()


def cast(name: str, values: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):  # numpy warns of every overflow to infinity
        return values.astype(NARROW[name]).astype(values.dtype)


def assert_same_bits(found: np.ndarray, expected: np.ndarray) -> None:
    """Equal bit for bit (so that -0 is not 0), every NaN being alike."""
    assert found.dtype == expected.dtype
    nan = np.isnan(expected)
    assert (np.isnan(found) == nan).all()
    assert found[~nan].tobytes() == expected[~nan].tobytes()


def hard_values(exponent: int, mantissa: int, seed: int) -> np.ndarray:
    """200,000 float32: any bit pattern, and the format's values, subnormals, ties and their neighbours."""
    rng = np.random.default_rng(seed)
    patterns = rng.integers(0, 2**32, COUNT // 2, np.uint32).view(np.float32)
    least = 2 - 2 ** (exponent - 1)
    scale = rng.integers(least - 3, min(2 ** (exponent - 1) + 2, 127), COUNT // 2)
    quantum = np.maximum(scale, least) - mantissa
    halves = rng.integers(0, 2 ** (mantissa + 2), COUNT // 2)  # multiples of half the spacing
    with np.errstate(all="ignore"):
        near = np.ldexp(halves / 2 * rng.choice([-1, 1], COUNT // 2), quantum).astype(np.float32)
        beside = np.nextafter(
            near, np.where(rng.random(COUNT // 2) < 0.5, np.inf, -np.inf).astype(np.float32)
        )
    chosen = np.where(rng.random(COUNT // 2) < 0.5, near, beside)
    special = np.array(
        [0.0, -0.0, np.inf, -np.inf, np.nan, 448, 463.99, 464, 480, 57344, 61440, 65520, 1e-45]
    )
    return np.concatenate([patterns, chosen, special.astype(np.float32)])


@pytest.mark.parametrize("name", NARROW)
def test_as_ml_dtypes(name: str) -> None:
    format = parse_format(name)
    exponent, mantissa = format.bits
    values = hard_values(exponent, mantissa, seed=1)
    assert_same_bits(rounded(name, values), cast(name, values))


@settings(deadline=None, max_examples=200)
@given(name=st.sampled_from(sorted(NARROW)), value=st.floats(width=32))
def test_any_value_as_ml_dtypes(name: str, value: float) -> None:
    values = np.array([value], np.float32)
    assert_same_bits(rounded(name, values), cast(name, values))


def test_e4m3_as_torchs_saturating_cast() -> None:
    values = hard_values(4, 3, seed=2)
    expected = torch.from_numpy(values).to(torch.float8_e4m3fn).float().numpy()
    assert_same_bits(rounded("e4m3", values), expected)
    # Without saturation what lies beyond is NaN: OCP's other rule, which is that of ml_dtypes.
    with np.errstate(all="ignore"):
        expected = values.astype(ml_dtypes.float8_e4m3fn).astype(np.float32)
    assert_same_bits(rounded("e4m3", values, "nearest", "infinity"), expected)


def ieee(exponent: int, mantissa: int) -> gfloat.FormatInfo:
    return gfloat.FormatInfo(
        name="",
        k=1 + exponent + mantissa,
        precision=mantissa + 1,
        bias=2 ** (exponent - 1) - 1,
        is_signed=True,
        domain=gfloat.Domain.Extended,
        has_nz=True,
        num_high_nans=2**mantissa - 1,
        has_subnormals=True,
        is_twos_complement=False,
    )


@pytest.mark.parametrize("name", ANY)
@pytest.mark.parametrize("mode", ["nearest", "zero"])
@pytest.mark.parametrize("overflow", ["infinity", "saturate"])
def test_any_format_as_gfloat(name: str, mode: str, overflow: str) -> None:
    exponent, mantissa = (int(bits) for bits in name[1:].split("m"))
    info = gfloat.formats.format_info_ocp_e4m3 if name == "e4m3" else ieee(exponent, mantissa)
    rule = {"nearest": gfloat.RoundMode.TiesToEven, "zero": gfloat.RoundMode.TowardZero}[mode]
    values = hard_values(exponent, mantissa, seed=3)
    with np.errstate(all="ignore"):
        doubles = values.astype(np.float64)
        between = doubles * (1 + 2.0**-40)  # what float32 cannot hold
        expected = gfloat.round_ndarray(info, doubles, rule, overflow == "saturate")
        narrow = expected.astype(np.float32)
        expected_between = gfloat.round_ndarray(info, between, rule, overflow == "saturate")
    assert_same_bits(rounded(name, values, mode, overflow), narrow)
    assert_same_bits(rounded(name, between, mode, overflow), expected_between)


@pytest.mark.parametrize("name", ["e9m10", "e11m3", "e10m51", "fp32"])
def test_wide_formats_on_doubles_as_gfloat(name: str) -> None:
    exponent, mantissa = parse_format(name).bits
    patterns = np.random.default_rng(4).integers(0, 2**64, 20_000, np.uint64).view(np.float64)
    with np.errstate(all="ignore"):
        expected = gfloat.round_ndarray(ieee(exponent, mantissa), patterns)
    assert_same_bits(rounded(name, patterns), expected)


def literal_fixed(
    values: np.ndarray, integer: int, fraction: int, to_integer: Callable[..., Any]
) -> np.ndarray:
    scaled = to_integer(values.astype(np.float64) * 2.0**fraction)
    return np.clip(scaled, -(2.0 ** (integer + fraction)), 2.0 ** (integer + fraction) - 1) / 2.0**fraction


@pytest.mark.parametrize(("integer", "fraction"), [(3, 4), (0, 7), (7, 0), (1, 14), (5, 18), (15, 16)])
@pytest.mark.parametrize(("mode", "to_integer"), [("nearest", np.rint), ("zero", np.trunc)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fixed_point(
    integer: int, fraction: int, mode: str, to_integer: Callable[..., Any], dtype: Any
) -> None:
    rng = np.random.default_rng(5)
    halves = rng.integers(-(2 ** (integer + fraction + 2)), 2 ** (integer + fraction + 2), COUNT)
    spread = rng.normal(size=COUNT) * 2.0**integer
    values = np.concatenate([halves * 2.0 ** -(fraction + 1), spread, [0.0, np.inf, -np.inf]]).astype(dtype)
    found = rounded(f"q{integer}.{fraction}", values, mode)
    expected = literal_fixed(values, integer, fraction, to_integer)
    if dtype == np.float32 and integer + fraction > 24:  # the last value that float32 holds
        expected = np.minimum(expected, float(np.nextafter(np.float32(2.0**integer), np.float32(0))))
    assert (found == expected).all()
    assert not np.signbit(found[found == 0]).any(), "fixed point has one zero"
    assert np.isnan(rounded(f"q{integer}.{fraction}", np.array([np.nan], dtype), mode)).all()


@settings(deadline=None, max_examples=100)
@given(lattice=st.integers(1, 10_000), theta=st.floats(-3, 3))
def test_turns_are_multiples_of_a_qth(lattice: int, theta: float) -> None:
    (found,) = rounded(f"turn/{lattice}", np.array([theta]))
    assert found == round(theta * lattice) / lattice
    (found,) = rounded(f"turn/{lattice}", np.array([theta]), "zero")
    assert found == int(theta * lattice) / lattice


@pytest.mark.parametrize("name", ["bf16", "fp16", "e4m3", "e5m2", "e6m3", "tf32", "q3.4", "q0.7"])
@pytest.mark.parametrize("mode", ["nearest", "zero", "stochastic"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_compiled_as_defined(name: str, mode: str, dtype: Any) -> None:
    exponent, mantissa = (8, 7) if name[0] == "q" else parse_format(name).bits
    values = (
        torch.from_numpy(hard_values(exponent, mantissa, seed=6)[: COUNT // 10 * 10]).to(dtype).view(10, -1)
    )
    values = torch.cat(
        [values, torch.randn(10, 999, dtype=dtype, generator=torch.Generator().manual_seed(1))], 1
    )
    format = parse_format(name, mode, None, 2**63 + 12345)
    step = 2**33 + 7
    assert_same_bits(format(values, step=step).numpy(), round_slowly(format, values, step).numpy())
