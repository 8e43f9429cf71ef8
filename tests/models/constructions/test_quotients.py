"""Quotients against the tables of the whole machine: they step with it and together tell its states apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from krohn.automata.group_automata import group_automaton
from krohn.automata.group_names import group
from krohn.automata.machine import Machine
from krohn.generators.tasks import task
from krohn.models.constructions import construct
from krohn.models.constructions.quotients import parts


def squared(delta: NDArray[np.int32]) -> int:
    return len(delta) ** 2


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("A5", [5, 5, 5]),
        ("C60", [3, 4, 5]),
        ("S4", [2, 3, 4]),
        ("D5", [2, 5]),
        ("Q8", [8]),  # -1 is in every subgroup but the trivial one
        ("C2xC4", [2, 4]),
    ],
)
def test_groups_are_known_from_where_few_points_are(name: str, sizes: list[int]) -> None:
    found = parts(group_automaton(group(name)), squared)
    assert sorted(len(quotient.delta) for quotient in found.quotients) == sizes


@pytest.mark.parametrize("name", ["word:A5:generators", "count:60", "word:S4", "mod-ltr:5", "flipflop:4"])
def test_quotients_step_with_the_machine_and_tell_its_states_apart(name: str) -> None:
    machine = task(name).machine
    assert machine is not None
    found = parts(machine, squared)
    delta = found.machine.delta
    for quotient in found.quotients:
        assert np.array_equal(quotient.delta[quotient.block], quotient.block[delta])
        assert quotient.start == quotient.block[found.machine.start]
    together = np.stack([quotient.block for quotient in found.quotients], 1)
    assert len(np.unique(together, axis=0)) == found.machine.states
    own = found.machine.outputs
    said = sum(
        scores[:, quotient.block] for scores, quotient in zip(found.scores(), found.quotients, strict=True)
    )
    right = np.take_along_axis(np.asarray(said), own[None], 0)
    others = np.where(np.arange(found.machine.classes)[:, None] == own, -np.inf, said).max(0)
    assert (right[0] - others >= 1).all()


@pytest.mark.parametrize(("model", "width"), [("rnn", 145), ("deltaproduct", 744)])
def test_a_group_of_720_elements_is_four_machines_of_six_states(model: str, width: int, wrong: Any) -> None:
    machine = task("word:S6").machine
    assert machine is not None
    made = construct(machine, model)
    assert made.width == width
    assert wrong(made, machine, 2_000) == 0


def test_a_machine_whose_states_share_labels_stays_whole() -> None:
    acceptor = Machine(group_automaton(group("C6")).semiautomaton, 0, [1, 0, 0, 0, 0, 0])
    assert [len(quotient.delta) for quotient in parts(acceptor, squared).quotients] == [6]
