"""The figures of a task; chance against counting over all words."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.generators.figures import chance, figures
from krohn.generators.task import Readout
from krohn.generators.tasks import families, task


def counted(
    delta: list[list[int]], start: int, outputs: list[int], readout: Readout, length: int
) -> Fraction:
    """The share of the commonest label over every word of a length."""
    labels: Counter[int] = Counter()
    for word in itertools.product(range(len(delta[0])), repeat=length):
        state = start
        for step, symbol in enumerate(word):
            state = delta[state][symbol]
            if readout is Readout.PREFIX or step == length - 1:
                labels[outputs[state]] += 1
    return Fraction(max(labels.values()), sum(labels.values()))


@settings(deadline=None, max_examples=100)
@given(
    seed=st.integers(0, 2**32 - 1),
    states=st.integers(1, 5),
    symbols=st.integers(1, 3),
    classes=st.integers(1, 4),
    length=st.integers(1, 6),
    readout=st.sampled_from([Readout.PREFIX, Readout.FINAL]),
)
def test_chance_is_counted_over_all_words(
    seed: int, states: int, symbols: int, classes: int, length: int, readout: Readout
) -> None:
    rng = np.random.default_rng(seed)
    delta = rng.integers(0, states, (states, symbols))
    outputs = rng.integers(0, classes, states)
    start = int(rng.integers(states))
    expected = counted(delta.tolist(), start, outputs.tolist(), readout, length)
    machine = Machine(Semiautomaton(delta), start, outputs, classes)
    assert chance(machine, readout, length) == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "states", "alphabet", "outputs", "expected"),
    [
        ("parity", 2, 2, 2, 0.5),
        ("parity-final", 2, 2, 2, 0.5),
        # Uniform elements of a group: every product is as likely as any other.
        ("word:S5", 120, 120, 120, 1 / 120),
        ("word:C7", 7, 7, 7, 1 / 7),
        # The value set last is uniform, except while none is set (probability 3^-t after t symbols): then 0.
        ("flipflop:2", 2, 3, 2, 0.5 + 0.5 * sum(3.0**-t for t in range(1, 257)) / 256),
    ],
)
def test_figures_of_tasks(name: str, states: int, alphabet: int, outputs: int, expected: float) -> None:
    row = figures(task(name))
    assert (row["name"], row["version"]) == (name, 2)
    assert row["readout"] == ("final" if name == "parity-final" else "prefix")
    assert (row["states"], row["alphabet"], row["outputs"]) == (states, alphabet, outputs)
    assert row["chance"] == round(expected, 6)


@pytest.mark.parametrize(
    ("name", "monoid", "kind", "length", "groups"),
    [
        ("parity", 2, "abelian", 1, ["C2"]),
        ("word:S5", 120, "nonsolvable", None, ["S5"]),
        ("word:S4:generators", 24, "solvable", 3, ["S4"]),
        ("count:65536", 65_536, "abelian", 1, ["C65536"]),
        # Every reset, and the identity.
        ("flipflop:500", 501, "aperiodic", 0, []),
    ],
)
def test_the_algebra_of_tasks(
    name: str, monoid: int, kind: str, length: int | None, groups: list[str]
) -> None:
    row = figures(task(name))
    assert (row["monoid"], row["class"], row["derived_length"]) == (monoid, kind, length)
    assert (row["groups"], row["limit_reached"]) == (groups, False)


def test_past_the_limit_figures_are_none() -> None:
    row = figures(task("flipflop:9"), limit=9)
    assert [row[key] for key in ("monoid", "class", "derived_length", "groups")] == [None] * 4
    assert row["limit_reached"] is True
    assert (row["states"], row["alphabet"]) == (9, 10)
    assert figures(task("flipflop:9"), limit=10)["monoid"] == 10


def test_no_task_that_is_listed_passes_the_limit() -> None:
    for family in families():
        row = figures(family.make(family.example, family.example.split(":")[1:]))
        assert row["limit_reached"] is False
        assert (row["monoid"] is None) == (row["states"] is None)
