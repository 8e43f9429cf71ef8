"""The tree order of a rounded scan: against its definition in fractions, and bit for bit against the recursion."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from krohn.errors import RequestError
from krohn.kernels import (
    DiagonalState,
    Format,
    SelectiveState,
    delta_scan,
    diagonal_scan,
    parse_format,
    selective_scan,
    unitary_scan,
)
from krohn.kernels.tree import tree_scan, tree_scan_reference

Number = tuple[Fraction, Fraction]
Step = tuple[Number, Number]


def in_tree(name: str, mode: str = "nearest", seed: int = 0) -> Format:
    found = parse_format(name, mode, None, seed)
    return Format(found.name, found.kind, found.bits, found.mode, found.overflow, seed, tree=True)


def rounded(x: Fraction, mantissa: int, mode: str) -> Fraction:
    """Round to so many bits after the leading one; exponents as they come."""
    if not x:
        return x
    exponent = abs(x.numerator).bit_length() - x.denominator.bit_length()
    exponent -= abs(x) < Fraction(2) ** exponent
    quantum = Fraction(2) ** (exponent - mantissa)
    return (round(x / quantum) if mode == "nearest" else math.trunc(x / quantum)) * quantum


def times(x: Number, y: Number) -> Number:
    return x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]


def plus(x: Number, y: Number) -> Number:
    return x[0] + y[0], x[1] + y[1]


def by_definition(steps: list[Step], start: Number, mantissa: int, mode: str) -> list[Number]:
    """Blocks of 2^k steps are halves composed; n steps are their blocks, the largest first, composed in turn."""

    def near(x: Number) -> Number:
        return rounded(x[0], mantissa, mode), rounded(x[1], mantissa, mode)

    def compose(early: Step, late: Step) -> Step:
        return near(times(late[0], early[0])), near(plus(times(late[0], early[1]), late[1]))

    @cache
    def block(begin: int, size: int) -> Step:
        half = size // 2
        return steps[begin] if size == 1 else compose(block(begin, half), block(begin + half, half))

    def prefix(n: int) -> Step:
        size = 1 << (n.bit_length() - 1)
        found, done = block(0, size), size
        while done < n:
            size = 1 << ((n - done).bit_length() - 1)
            found, done = compose(found, block(done, size)), done + size
        return found

    states = (prefix(n) for n in range(1, len(steps) + 1))
    return [near(plus(times(a, start), b)) for a, b in states]


@pytest.mark.parametrize("mode", ["nearest", "zero"])
@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_the_order_is_that_of_the_definition(mode: str, backend: str) -> None:
    generator = torch.Generator().manual_seed(3)
    L, M = 45, 5
    # Eighths, so that float64 holds every product and sum that is rounded.
    a, b, h = (
        torch.randint(-7, 8, shape, generator=generator).double() / 8
        for shape in ((1, L, 2, M), (1, L, 2, M), (1, 2, M))
    )
    found = tree_scan(a, b, h, in_tree("e11m3", mode), backend=backend)

    def number(pair: Tensor) -> Number:
        return Fraction(pair[0].item()), Fraction(pair[1].item())

    for m in range(M):
        steps = [(number(a[0, t, :, m]), number(b[0, t, :, m])) for t in range(L)]
        expected = by_definition(steps, number(h[0, :, m]), 3, mode)
        assert [number(found[0, t, :, m]) for t in range(L)] == expected


@settings(max_examples=40, deadline=None)
@given(
    B=st.integers(1, 3),
    L=st.integers(1, 70),
    P=st.integers(1, 2),
    M=st.integers(1, 70),
    name=st.sampled_from(["bf16", "fp16", "e4m3", "e8m2", "q2.5", "fp32"]),
    mode=st.sampled_from(["nearest", "zero", "stochastic"]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    first=st.integers(0, 2**33),
)
def test_the_compiled_scan_has_the_bits_of_the_recursion(
    B: int, L: int, P: int, M: int, name: str, mode: str, dtype: torch.dtype, first: int
) -> None:
    generator = torch.Generator().manual_seed(L)
    a, b, h = (
        torch.randn(*shape, dtype=dtype, generator=generator) for shape in ((B, L, P, M),) * 2 + ((B, P, M),)
    )
    rounding = in_tree(name, mode, seed=5)
    found = tree_scan(a, b, h, rounding, first, "cpu")
    expected = tree_scan_reference(a, b, h, rounding, first)
    assert torch.equal(found.nan_to_num(7.0), expected.nan_to_num(7.0))
    assert torch.equal(found.isnan(), expected.isnan())
    # What comes later changes nothing, nor do other rows.
    part = tree_scan(a[:1, : L - L // 2], b[:1, : L - L // 2], h[:1], rounding, first, "cpu")
    assert torch.equal(part.nan_to_num(7.0), found[:1, : L - L // 2].nan_to_num(7.0))


def test_every_rounding_draws_of_its_own() -> None:
    # Of 1 + 2^-9 as a factor, bf16 makes 1 or 1 + 2^-7, at random: the mean of many is the exact product.
    L, M = 64, 20_000
    factors = torch.full((1, L, 1, M), 1 + 2**-9)
    found = tree_scan(
        factors, torch.zeros_like(factors), torch.ones(1, 1, M), in_tree("bf16", "stochastic", 1)
    )
    for t in (1, 2, 6, 63):
        exact = (1 + 2**-9) ** (t + 1)
        # A rounding's error has a standard deviation of at most 2^-8.
        assert found[0, t].mean().item() == pytest.approx(exact, abs=5 * 2**-8 * math.sqrt((t + 1) / M))


def test_one_step_at_a_time_is_the_sequential_order() -> None:
    generator = torch.Generator().manual_seed(1)
    drive = torch.randint(-15, 16, (2, 30, 4, 2), generator=generator) / 16
    turn = torch.randint(-15, 16, (2, 30, 4, 2), generator=generator) / 16
    one_by_one, _ = diagonal_scan(drive, turn, rounding=parse_format("bf16"))
    state: DiagonalState | None = None
    for t in range(30):
        here = slice(t, t + 1)
        found, state = diagonal_scan(drive[:, here], turn[:, here], state, in_tree("bf16"))
        assert torch.equal(found, one_by_one[:, here])


def test_the_scans_in_a_tree_are_near_what_they_are_unrounded() -> None:
    torch.manual_seed(0)
    fine = in_tree("e8m22")
    drive, angle = torch.randn(2, 50, 3, 2), torch.randn(3)
    turn = torch.stack([torch.cos(angle), torch.sin(angle)], -1)
    start = DiagonalState(torch.randn(2, 3, 2))
    found, after = diagonal_scan(drive, turn, start, fine)
    exact, _ = diagonal_scan(drive, turn, start)
    assert torch.allclose(found, exact, atol=1e-4)
    assert torch.equal(after.h, found[:, -1])
    x, delta, A = torch.randn(2, 50, 3), torch.rand(2, 50, 3), -torch.rand(3, 4)
    B, C, skip, h = torch.randn(2, 50, 4), torch.randn(2, 50, 4), torch.randn(3), torch.randn(2, 3, 4)
    for signed in (False, True):
        y, last = selective_scan(x, delta, A, B, C, skip, SelectiveState(h), fine, signed)
        exact, ends = selective_scan(x, delta, A, B, C, skip, SelectiveState(h), None, signed)
        assert torch.allclose(y, exact, atol=1e-4)
        assert torch.allclose(last.h, ends.h, atol=1e-4)
    theta, readout, begin = torch.randn(2, 50, 4, 3), torch.randn(4, 3, 2), torch.randn(4, 3, 2)
    for fuel in (None, torch.randn(2, 50, 3)):
        for q in (None, 7):
            exact, _ = unitary_scan(theta, readout, begin, fuel, phase_lattice=q)
            first, carried = unitary_scan(
                theta[:, :32],
                readout,
                begin,
                fuel if fuel is None else fuel[:, :32],
                rounding=fine,
                phase_lattice=q,
            )
            rest, _ = unitary_scan(
                theta[:, 32:], readout, begin, fuel if fuel is None else fuel[:, 32:], carried, fine, q
            )
            assert torch.allclose(torch.cat([first, rest], 1), exact, atol=1e-4)


def test_a_scan_that_is_not_diagonal_refuses() -> None:
    query, keys, beta = torch.ones(1, 3, 1, 1), torch.ones(1, 3, 1, 1, 1), torch.ones(1, 3, 1, 1)
    text = "a scan that is not diagonal cannot be rounded in a tree: expected steps one after another"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        delta_scan(query, keys, keys, beta, rounding=in_tree("bf16"))
