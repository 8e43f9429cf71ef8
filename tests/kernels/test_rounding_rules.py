"""What the formats are, what stochastic rounding draws, and how a wrong request is answered."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch

from krohn.errors import RequestError
from krohn.kernels import parse_format
from krohn.kernels.rounding.random import philox, row_words

VALID = "bf16, e4m3, e5m2, eEmM, fp16, fp32, fp64, qI.F, tf32, turn/Q"


def test_what_is_known_of_the_formats() -> None:
    values = torch.tensor([256.0, 257.0, 259.0, 2048.0, 2049.0, 2051.0, 65504.0, 65520.0, 1e5])
    # 8 significant bits: beyond 256 every other whole number is missing; 11 bits: beyond 2048.
    assert parse_format("bf16")(values[:3]).tolist() == [256.0, 256.0, 260.0]
    assert parse_format("fp16")(values[3:6]).tolist() == [2048.0, 2048.0, 2052.0]
    assert parse_format("tf32")(values[3:6]).tolist() == [2048.0, 2048.0, 2052.0]
    assert parse_format("fp16")(values[6:]).tolist() == [65504.0, float("inf"), float("inf")]
    assert parse_format("fp16", "zero")(values[6:]).tolist() == [65504.0] * 3
    assert parse_format("bf16")(values[6:]).isfinite().all()


@pytest.mark.parametrize(
    ("name", "largest", "dtype"),
    [
        ("fp16", 65504.0, torch.float32),
        ("e5m2", 57344.0, torch.float32),
        ("e4m3", 448.0, torch.float32),
        ("bf16", (2 - 2**-7) * 2.0**127, torch.float32),
        ("fp64", np.finfo(np.float64).max, torch.float64),
        ("e2m1", 3.0, torch.float32),
        ("e9m2", 1.75 * 2.0**255, torch.float64),
        ("q3.4", 7.9375, torch.float32),
        ("q20.20", 2.0**20 - 2.0**-20, torch.float64),
        ("turn/12", float("inf"), torch.float32),
    ],
)
def test_largest_values_and_what_holds_them(name: str, largest: float, dtype: Any) -> None:
    format = parse_format(name)
    assert (format.name, format.largest, format.dtype) == (name, largest, dtype)
    assert parse_format(name) is format


@pytest.mark.parametrize("name", ["fp32", "fp64", "e8m23", "e11m52"])
def test_a_format_as_wide_as_the_tensor_inserts_nothing(name: str) -> None:
    values = torch.linspace(-3, 3, 7)
    assert parse_format(name)(values) is values
    assert parse_format(name).constants(torch.float32) is None


@pytest.mark.parametrize("name", ["bf16", "q2.3", "turn/5"])
def test_the_gradient_is_that_of_the_identity(name: str) -> None:
    values = torch.linspace(-3, 3, 7, requires_grad=True)
    weight = torch.randn(7, generator=torch.Generator().manual_seed(1))
    (parse_format(name)(values) * weight).sum().backward()
    assert values.grad is not None
    assert torch.equal(values.grad, weight)


def test_philox_gives_the_published_words() -> None:
    # kat_vectors of Random123: philox4x32 10.
    ones = np.full(4, 2**32 - 1, np.uint32)
    pi = np.array([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], np.uint32)
    key = np.array([0xA4093822, 0x299F31D0], np.uint32)
    expected = {
        "408f276d 41c83b0e a20bc7c6 6d5451fd": philox(ones, ones[:2]),
        "d16cfe09 94fdcceb 5001e420 24126ea1": philox(pi, key),
    }
    for words, found in expected.items():
        assert " ".join(f"{word:08x}" for word in found) == words


def test_a_words_place_is_all_that_matters() -> None:
    whole = row_words(3, 200, 9, 5)
    assert (row_words(2, 130, 9, 5) == whole[:2, :130]).all()
    assert len(np.unique(whole)) > 0.999 * whole.size
    for other in (row_words(3, 200, 10, 5), row_words(3, 200, 9, 6), row_words(3, 200, 9 + 2**32, 5)):
        assert (other != whole).mean() > 0.99


@pytest.mark.parametrize(
    ("name", "low", "high"), [("bf16", 1.0, 1 + 2**-7), ("e4m3", 2**-9, 2**-8), ("q3.4", 1.0, 1.0625)]
)
@pytest.mark.parametrize("part", [0.125, 0.5, 0.9])
def test_stochastic_rounding_goes_up_in_proportion(name: str, low: float, high: float, part: float) -> None:
    values = torch.full((100, 1000), low + part * (high - low))
    found = parse_format(name, "stochastic", seed=3)(values, step=0)
    assert set(found.unique().tolist()) == {low, high}
    # One sigma of the share of 100,000 draws is 0.0016.
    assert (found == high).double().mean().item() == pytest.approx(part, abs=0.007)
    assert torch.equal(parse_format(name, "stochastic", seed=3)(values, step=0), found)
    assert not torch.equal(parse_format(name, "stochastic", seed=3)(values, step=1), found)
    assert not torch.equal(parse_format(name, "stochastic", seed=4)(values, step=0), found)


@pytest.mark.parametrize(
    ("given", "near"),
    [("bf17", "bf16"), ("BF16", "bf16"), ("float64", "fp64"), ("zebra", None), ("", None), ("e4m", "e4m3")],
)
def test_an_unknown_format_is_answered_with_the_nearest(given: str, near: str | None) -> None:
    text = f"unknown number format {given!r}: expected one of {VALID}" + (
        f"; did you mean {near!r}?" if near else ""
    )
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        parse_format(given)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("e1m3",), "number format 'e1m3': expected eEmM with E from 2 to 11 and M from 1 to 52"),
        (("e4m0",), "number format 'e4m0': expected eEmM with E from 2 to 11 and M from 1 to 52"),
        (("q0.0",), "number format 'q0.0': expected qI.F with I + F from 1 to 52"),
        (("q40.20",), "number format 'q40.20': expected qI.F with I + F from 1 to 52"),
        (("turn/0",), "number format 'turn/0': expected turn/Q with Q from 1 to 2^31 - 1"),
        (
            ("bf16", "near"),
            "unknown rounding mode 'near': expected one of nearest, stochastic, zero; did you mean 'nearest'?",
        ),
        (
            ("bf16", "zero", "inf"),
            "unknown overflow 'inf': expected one of infinity, saturate; did you mean 'infinity'?",
        ),
        (
            ("q3.4", "zero", "infinity"),
            "overflow of q3.4 is 'infinity': expected 'saturate', fixed point has no infinity",
        ),
        (("bf16", "zero", None, -1), "seed is -1: expected a whole number from 0 to 2^64 - 1"),
    ],
)
def test_a_wrong_request_is_refused(arguments: Any, text: str) -> None:
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        parse_format(*arguments)


def test_what_cannot_be_rounded_is_refused() -> None:
    values = torch.ones(3)
    for name, text in {
        "e9m10": "format e9m10 on float32: expected float64, which holds its values",
        "e5m30": "format e5m30 on float32: expected float64, which holds its values",
    }.items():
        with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
            parse_format(name)(values)
    with pytest.raises(
        RequestError, match=r"^format turn/5 is one of phases: expected a format of numbers, such as bf16$"
    ):
        parse_format("turn/5").constants(torch.float32)
    with pytest.raises(
        RequestError, match=r"^stochastic rounding without a step: expected the number of the step$"
    ):
        parse_format("bf16", "stochastic")(values)
