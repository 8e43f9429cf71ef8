"""Permutation machines in `aussm`: exact, as deep as the derived series, refused where theory says no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.combinatorics import Permutation, PermutationGroup
from torch import nn

from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError
from krohn.generators.tasks import task
from krohn.models.constructions import construct
from krohn.models.constructions.groups import dependent
from krohn.models.constructions.rotor import Mode

Wrong = Callable[..., int]

# Derived lengths are in any textbook.
LENGTHS = {
    "C2": 1,
    "C3": 1,
    "C5": 1,
    "C60": 1,
    "C2xC4": 1,
    "S3": 2,
    "D5": 2,
    "A4": 2,
    "Q8": 2,
    "F20": 2,
    "S4": 3,
    "SL2_3": 3,
}


def machine(name: str) -> Machine:
    found = task(name).machine
    assert found is not None
    return found


@pytest.mark.parametrize("group", LENGTHS)
def test_groups(group: str, wrong: Wrong) -> None:
    own = machine(f"word:{group}:generators" if group == "C60" else f"word:{group}")
    made = construct(own, "aussm")
    assert made.layers == LENGTHS[group]
    assert wrong(made, own, 10_000) == 0


@pytest.mark.slow
@pytest.mark.parametrize("group", LENGTHS)
def test_a_million_symbols(group: str, wrong: Wrong) -> None:
    own = machine(f"word:{group}")
    assert wrong(construct(own, "aussm"), own, 1_000_000, words=10) == 0


def test_sixty_is_counted_as_four_three_and_five() -> None:
    made = construct(machine("count:60"), "aussm")
    assert (made.width, made.settings["phase_lattice"]) == (2 + 3 * 2, 60)


def test_labels_that_merge_products_are_looked_up(wrong: Wrong) -> None:
    swap, turn = [1, 0, 2, 3], [1, 2, 3, 0]
    points = Machine(Semiautomaton(np.array([swap, turn]).T), 0, [0, 1, 1, 2])
    made = construct(points, "aussm")
    assert made.settings["layers"] == "a|f|a|f|a|f"
    assert made.lookups[-1] <= 24
    assert wrong(made, points, 10_000) == 0


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_random_permutations(wrong: Wrong, data: Any) -> None:
    states = data.draw(st.integers(1, 4))  # all groups on 4 points are solvable
    columns = data.draw(st.lists(st.permutations(range(states)), min_size=1, max_size=3))
    outputs = data.draw(st.lists(st.integers(0, 2), min_size=states, max_size=states))
    own = Machine(Semiautomaton(np.array(columns).T), 0, outputs, classes=3)
    made = construct(own, "aussm")
    assert wrong(made, own, 500, words=4) == 0
    assert construct(own, "aussm-mamba").settings["layers"] == made.settings["layers"]


@given(st.lists(st.permutations(range(5)), min_size=2, max_size=2))
@settings(max_examples=15, deadline=None)
def test_groups_on_five_points_are_refused_where_they_are_not_solvable(columns: list[list[int]]) -> None:
    own = Machine(Semiautomaton(np.array(columns).T), 0, range(5))
    # Only what can be reached counts.
    reached = {0}
    while len(more := reached | {column[q] for q in reached for column in columns}) > len(reached):
        reached = more
    parts = [Permutation([q if q not in reached else column[q] for q in range(5)]) for column in columns]
    if PermutationGroup(parts).is_solvable:
        assert construct(own, "aussm").layers <= 3
    else:
        with pytest.raises(RequestError, match="its group A5 is not solvable"):
            construct(own, "aussm")


def test_a_reset_is_no_permutation() -> None:
    with pytest.raises(RequestError) as caught:
        construct(machine("flipflop:2"), "aussm")
    assert str(caught.value) == (
        "model 'aussm' cannot compute this machine: a symbol sends two states to one, and a rotor never forgets; "
        "aussm-mamba, rnn and deltaproduct can"
    )


def test_a_larger_width_changes_nothing(wrong: Wrong) -> None:
    own = machine("word:S3")
    made = construct(own, "aussm", width=32)
    assert made.width == 32
    assert wrong(made, own, 2_000) == 0


def test_a_width_too_small() -> None:
    with pytest.raises(RequestError) as caught:
        construct(machine("word:S3"), "aussm", width=4)
    needed = construct(machine("word:S3"), "aussm").width
    assert str(caught.value) == (
        f"width is 4: expected at least {needed}, which this construction in 'aussm' needs"
    )


def test_more_symbols_than_channels_are_refused_before_the_group_is_made() -> None:
    elements = np.arange(4097)
    own = Machine(Semiautomaton((elements[:, None] + elements) % 4097), 0, elements)
    with pytest.raises(RequestError) as caught:
        construct(own, "aussm")
    assert str(caught.value) == (
        "this construction in 'aussm' needs a width of at least 4097: expected at most 4096"
    )


@pytest.mark.parametrize(("order", "gap"), [(2, 2.0), (3, 1.5), (4, 1.0)])
def test_the_form_of_a_residue(order: int, gap: float) -> None:
    mode = Mode(order, 0, 1 if order > 2 else None)
    angles = 2 * np.pi * np.arange(order) / order
    at = [
        [mode.form(e).get(0, 0) * np.cos(a) + mode.form(e).get(1, 0) * np.sin(a) for a in angles]
        for e in range(order)
    ]
    assert np.allclose(np.diag(at), 1)
    assert np.allclose(max(np.array(at)[~np.eye(order, dtype=bool)]), 1 - gap)
    assert np.isclose(mode.gap, gap)


def test_a_function_of_fewer_residues() -> None:
    modes = (Mode(2, 0), Mode(3, 1, 2))
    table, needed = dependent(np.array([[0, 1, 2], [0, 1, 2]], np.int32), modes)
    assert table.tolist() == [0, 1, 2]
    assert needed == modes[1:]


@pytest.mark.parametrize(("bits", "steps"), [(8, 128), (16, 32_768)])
def test_thirds_of_a_turn_in_so_many_bits(build: Callable[..., nn.Module], bits: int, steps: int) -> None:
    """Each step is a third of 2^-bits turn off; at a sixth of a turn the nearest residue is another."""
    own = machine("count:3")
    network: Any = build(construct(own, "aussm"), 2, 3)
    network.layers[0].phase_lattice = 2**bits
    with torch.no_grad():
        logits, _ = network(torch.ones(1, steps + 200, dtype=torch.int64))
    wrong = (logits.argmax(-1)[0] != torch.arange(1, steps + 201) % 3).nonzero()
    assert abs(int(wrong[0]) + 1 - steps) <= 3
