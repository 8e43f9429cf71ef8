"""Binding and history tasks against the published tables, and against the companion matrix of each system."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from krohn.errors import RequestError
from krohn.generators.kinds import Vectors, VectorTargets
from krohn.generators.rules.binding import NAMED, selection
from krohn.generators.rules.history import longest_sum
from krohn.generators.tasks import task

# For each output component: how many steps back, which component, sign (waves of the papers' figures).
PUBLISHED = {
    "T1": [(8, o, 1) for o in range(8)],
    "T2": [(4, 4, -1), (5, 3, 1), (6, 2, -1), (8, 0, -1), (7, 1, -1), (3, 5, -1), (1, 7, 1), (2, 6, -1)],
    "T3": [(8 - o, o, 1) for o in range(8)],
    "T4": [(3, 5, -1), (2, 6, 1), (8, 0, 1), (7, 1, 1), (6, 2, -1), (5, 3, 1), (4, 4, 1), (1, 7, -1)],
}


def companion(rows: list[tuple[int, int, int]], steps: int) -> np.ndarray:
    """Return the map of the last S vectors, the oldest first, to the next S."""
    dimension = len(rows)
    matrix = np.zeros((steps * dimension, steps * dimension))
    matrix[: (steps - 1) * dimension, dimension:] = np.eye((steps - 1) * dimension)
    for o, (lag, component, sign) in enumerate(rows):
        matrix[(steps - 1) * dimension + o, (steps - lag) * dimension + component] = sign
    return matrix


@pytest.mark.parametrize("name", PUBLISHED)
def test_named_selections_are_the_published_ones(name: str) -> None:
    chosen = selection(*NAMED[name])
    assert list(zip(chosen.lags, chosen.components, chosen.signs, strict=True)) == PUBLISHED[name]


@pytest.mark.parametrize(
    ("name", "roots"),
    [
        # A cycle of total lag L and sign product g has the L roots of x^L = g; all else is 0.
        ("T1", [(8, 1)] * 8),
        ("T2", [(24, -1), (6, -1), (3, -1), (3, -1)]),
        ("T3", [(k, 1) for k in range(1, 9)]),
        ("T4", [(35, 1), (1, -1)]),
    ],
)
def test_spectra(name: str, roots: list[tuple[int, int]]) -> None:
    chosen = selection(*NAMED[name])
    rows = list(zip(chosen.lags, chosen.components, chosen.signs, strict=True))
    found = np.poly(companion(rows, 8))
    expected = np.poly1d([1.0])
    for order, sign in roots:
        expected = expected * np.poly1d([1.0, *[0.0] * (order - 1), -float(sign)])
    coefficients = np.concatenate([expected.coeffs, np.zeros(64 - expected.order)])
    assert np.allclose(found, coefficients, atol=1e-6)


@pytest.mark.parametrize(
    "name",
    ["binding:T1", "binding:T2", "binding:T3", "binding:T4:real", "binding:6:1:2:3:2", "binding:1:0:1:1:1"],
)
def test_targets_are_powers_of_the_companion_matrix(name: str) -> None:
    made = task(name)
    source = made.source
    rows = list(zip(source.chosen.lags, source.chosen.components, source.chosen.signs, strict=True))  # type: ignore[attr-defined]
    steps, dimension = source.steps, len(rows)  # type: ignore[attr-defined]
    matrix = companion(rows, steps)
    words = made.sample(100, (1, 60), seed=3)
    for vectors, targets, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        assert length > steps
        state = vectors[:steps].ravel()
        assert (vectors[steps:] == 0).all()
        assert np.isnan(targets[:steps]).all()
        assert np.isnan(targets[length:]).all()
        for t in range(steps, length):
            state = matrix @ state
            assert np.array_equal(targets[t], state[-dimension:])
    again = made.label(words.symbols, words.lengths)
    assert np.array_equal(again, words.labels, equal_nan=True)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("fibonacci", "sum"),
        ("fibonacci:3:2:real", "sum"),
        ("history:mean", "mean"),
        ("history:mean:3:1:real", "mean"),
        ("history:product:5:3", "product"),
        ("history:product:2:2:real", "product"),
    ],
)
def test_histories_in_fractions(name: str, rule: str) -> None:
    made = task(name)
    steps = made.source.steps  # type: ignore[attr-defined]
    longest = min(int(made.lengths(1, 100)[-1]), 100 if rule == "sum" else 20)
    words = made.sample(60, (1, longest), seed=4)
    for vectors, targets, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        assert (vectors[steps:] == 0).all()
        assert np.isnan(targets[:steps]).all()
        history = [[Fraction(x) for x in vector] for vector in vectors[:steps].tolist()]
        for t in range(steps, length):
            columns = list(zip(*history[-steps:], strict=True))
            total = [sum(column, Fraction(0)) for column in columns]
            product = [math.prod(column) for column in columns]
            new = {"sum": total, "mean": [x / steps for x in total], "product": product}[rule]
            if rule == "sum":
                assert [Fraction(x) for x in targets[t].tolist()] == new
            else:
                assert np.allclose(targets[t], [float(x) for x in new], rtol=1e-12, atol=1e-300)
            history.append(new)


def test_sums_end_where_they_would_be_rounded() -> None:
    assert longest_sum(2, 1 << 53) == 78
    fibonacci = [1, 1]
    while len(fibonacci) < 80:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    assert fibonacci[77] <= 1 << 53 < fibonacci[78]
    with pytest.raises(RequestError) as caught:
        task("fibonacci").sample(1, (100, 100))
    assert str(caught.value) == "task 'fibonacci' has no words of length 100: expected such as 78"


def test_inputs_are_signs_or_reals() -> None:
    signs = task("binding:T1").sample(4000, (9, 9), seed=1).symbols[:, :8]
    assert set(np.unique(signs)) == {-1.0, 1.0}
    shares = (signs > 0).mean(0)
    assert np.abs(shares - 0.5).max() < 4.5 * 0.5 / np.sqrt(4000)
    reals = task("binding:T1:real").sample(4000, (9, 9), seed=1).symbols[:, :8]
    assert -1 <= reals.min() < -0.999 < 0.999 < reals.max() < 1
    assert np.array_equal(reals * 2.0**23, np.round(reals * 2.0**23))
    assert np.abs(reals.mean(0)).max() < 4.5 * np.sqrt(1 / 3 / 4000)
    assert np.abs(reals.var(0) - 1 / 3).max() < 4.5 * np.sqrt(4 / 45 / 4000)


def test_kinds_and_names() -> None:
    assert task("binding:T1").inputs == Vectors(8)
    assert task("binding:255:0:0:8:8").targets == VectorTargets(8)
    assert task("binding:T1:signs").name == "binding:T1"
    assert task("fibonacci:2:8:signs").name == "fibonacci"
    assert task("fibonacci:2:3").name == "fibonacci:2:3"
    assert task("history:product:4:8:real").name == "history:product:4:8:real"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "binding:T5",
            "task 'binding:T5': expected T1 to T4, I:O:N or I:O:N:S:D, then nothing, signs or real",
        ),
        ("binding:7:0:0", "selection 7 has 3 bits set of 3: expected 8 of at most 64"),
        ("binding:1:0:0:65:1", "task 'binding:1:0:0:65:1': S is 65: expected 1 to 64"),
        ("binding:3:1:0:2:65", "task 'binding:3:1:0:2:65': D is 65: expected 1 to 64"),
        ("binding:3:2:0:1:2", "order 2 has 1 as digit 1: expected below 1"),
        ("binding:3:4:0:1:2", "order is 4: expected at most 2 digits in base 2"),
        ("binding:3:0:4:1:2", "signs are 4: expected at most 3"),
        ("fibonacci:1", "task 'fibonacci:1': S is 1: expected 2 to 64"),
        ("fibonacci:2:0", "task 'fibonacci:2:0': D is 0: expected 1 to 64"),
        ("fibonacci:2:1:reals", "unknown inputs 'reals': expected one of real, signs; did you mean 'real'?"),
        ("history:meen", "unknown rule 'meen': expected one of mean, product; did you mean 'mean'?"),
    ],
)
def test_refusals(name: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        task(name)
    assert str(caught.value) == message


def test_no_words_before_the_first_step() -> None:
    with pytest.raises(RequestError) as caught:
        task("binding:T1").sample(1, (8, 8))
    assert str(caught.value) == "task 'binding:T1' has no words of length 8: expected such as 9"
