"""Random machines: connected, uniform, minimal on request, the same everywhere."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from krohn.automata.languages.random_machines import random_machine
from krohn.automata.minimise import minimise
from krohn.errors import RequestError


@settings(deadline=None, max_examples=100)
@given(
    states=st.integers(1, 40),
    symbols=st.integers(1, 5),
    seed=st.integers(0, 2**64),
    classes=st.integers(1, 4),
)
def test_they_are_connected(states: int, symbols: int, seed: int, classes: int) -> None:
    machine = random_machine(states, symbols, seed, classes)
    assert (machine.states, machine.symbols, machine.classes, machine.start) == (states, symbols, classes, 0)
    assert machine.trim() == machine
    assert machine == random_machine(states, symbols, seed, classes)
    if classes > 1 and states > 1:
        least = random_machine(states, symbols, seed, classes, minimal=True)
        assert minimise(least) == least
        assert least.states == states


@pytest.mark.parametrize(
    # The numbers of connected automata with a start, up to renaming states (Harrison, A census of finite
    # automata, 1965; OEIS A006689 for two symbols).
    ("states", "symbols", "number"),
    [(2, 1, 2), (5, 1, 5), (2, 2, 12), (3, 2, 216), (2, 3, 56)],
)
def test_they_are_uniform(states: int, symbols: int, number: int) -> None:
    draws = 30 * number
    seen = Counter(random_machine(states, symbols, seed).delta.tobytes() for seed in range(draws))
    assert len(seen) == number
    statistic = sum((count - 30) ** 2 / 30 for count in seen.values())
    assert 1e-4 < chi2.sf(statistic, number - 1) < 1 - 1e-4


def test_outputs_are_uniform_also_where_the_machine_is_minimal() -> None:
    machines = [random_machine(6, 2, seed, classes=3) for seed in range(300)]
    counts = np.bincount(np.concatenate([machine.outputs for machine in machines]), minlength=3)
    assert chi2.sf(((counts - 600) ** 2 / 600).sum(), 2) > 1e-4
    # Of two states, one symbol and two classes: two tables, two ways to tell the states apart.
    seen = Counter(
        (machine.delta.tobytes(), machine.outputs.tobytes())
        for machine in (random_machine(2, 1, seed, minimal=True) for seed in range(400))
    )
    assert len(seen) == 4
    assert chi2.sf(sum((count - 100) ** 2 / 100 for count in seen.values()), 3) > 1e-4


def test_a_seed_gives_the_same_machine_on_every_platform() -> None:
    machine = random_machine(5, 2, seed=7)
    assert machine.delta.tolist() == [[1, 2], [3, 0], [0, 4], [1, 3], [3, 3]]
    assert machine.outputs.tolist() == [0, 1, 1, 1, 0]


def test_large_ones() -> None:
    assert random_machine(20_000, 2, seed=0).states == 20_000
    assert random_machine(2_000, 100, seed=0).states == 2_000
    assert random_machine(10_000, 1, seed=0).states == 10_000


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: random_machine(0, 2, 0), "states is 0: expected a whole number of at least 1"),
        (lambda: random_machine(2, 0, 0), "symbols is 0: expected a whole number of at least 1"),
        (lambda: random_machine(2, 2, 0, 0), "classes is 0: expected a whole number of at least 1"),
        (lambda: random_machine(65537, 2, 0), "states is 65537: expected at most 65536"),
        (lambda: random_machine(2, 2, -1), "seed is -1: expected a whole number of at least 0"),
        (
            lambda: random_machine(65536, 65536, 0),
            "random machine has 65536 states and 65536 symbols: the limit is 16777216 entries",
        ),
        (
            lambda: random_machine(3, 2, 0, 1, minimal=True),
            "minimal machine of 3 states has 1 class: expected at least 2",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
