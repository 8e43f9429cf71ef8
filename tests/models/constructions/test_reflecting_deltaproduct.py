"""Machines in `deltaproduct`, against the machines; its states against what exact arithmetic says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from krohn.automata.group_automata import group_automaton
from krohn.automata.group_names import group
from krohn.automata.languages.random_machines import random_machine
from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError
from krohn.generators.tasks import task
from krohn.models.constructions import construct
from krohn.models.constructions.reflections import UNIT
from krohn.models.constructions.tables import table_weights
from krohn.models.mlp import GatedMLP

GROUPS = ["C2", "C3", "C5", "C60", "C2xC4", "S3", "D5", "A4", "Q8", "F20", "S4", "SL2_3", "A5"]
OTHERS = ["even-pairs", "flipflop:4", "mod-ltr:5", *(f"tomita:{k}" for k in range(1, 8))]
TASKS = [*(f"word:{name}" for name in GROUPS), *OTHERS]


def machine_of(name: str) -> Machine:
    machine = task(name).machine
    assert machine is not None
    return machine


@pytest.mark.parametrize("name", TASKS)
def test_machines_have_no_errors_in_1_000_steps(name: str, wrong: Any) -> None:
    machine = machine_of(name)
    assert wrong(construct(machine, "deltaproduct"), machine, 1_000, words=2) == 0


@pytest.mark.parametrize(("name", "reflections"), [("S3", 2), ("S4", 3), ("A5", 4), ("C5", 4)])
def test_a_group_on_n_points_takes_one_layer_of_n_less_one_reflections(name: str, reflections: int) -> None:
    made = construct(group_automaton(group(name)), "deltaproduct")
    assert (made.layers, made.settings["reflections"], made.settings["layers"]) == (1, reflections, "d")


def test_states_stay_exact_to_the_last_bit(build: Any) -> None:
    machine = machine_of("word:A5")
    model = build(construct(machine, "deltaproduct"), 60, 60)
    words = torch.from_numpy(np.random.default_rng(3).integers(0, 60, (2, 4_000)))
    with torch.inference_mode():
        _, state = model(words)
    entries = state["0.S"] / UNIT
    assert torch.equal(entries, entries.round())
    assert entries.abs().max() <= 2
    # Every head holds no state or a root times 2 UNIT, of length 2.
    lengths = entries.square().sum((-1, -2))
    assert set(lengths.flatten().tolist()) <= {0.0, 4.0}


def test_permutations_with_resets_are_one_layer_and_other_maps_a_stack() -> None:
    with_resets = construct(machine_of("permutation-reset:S3"), "deltaproduct")
    assert (with_resets.layers, with_resets.lookups) == (1, ())
    stack = construct(machine_of("tomita:4"), "deltaproduct")
    assert stack.settings["layers"] == "d|f|d|f|d|f"
    assert len(stack.lookups) == stack.layers == 3


def test_groups_that_are_not_solvable_are_levels_too(wrong: Any) -> None:
    # On 5 points: two generators of A5, and a map that merges two points.
    delta = np.array([[1, 2, 3, 4, 0], [1, 2, 0, 3, 4], [0, 0, 2, 3, 4]]).T
    machine = Machine(Semiautomaton(delta), 0, np.arange(5))
    assert wrong(construct(machine, "deltaproduct"), machine, 1_000, words=2) == 0


@pytest.mark.parametrize("seed", range(4))
def test_random_machines_have_no_errors_in_2_000_steps(seed: int, wrong: Any) -> None:
    machine = random_machine(3 + seed % 3, 2, seed)
    assert wrong(construct(machine, "deltaproduct"), machine, 2_000, words=1) == 0


def test_a_lookup_gives_ones_and_zeros_and_nothing_between() -> None:
    carry = np.array([[0, 1], [1, -1], [0, 0]], np.int32)
    layer = GatedMLP(9)
    layer.load_state_dict(
        {
            name: torch.tensor(array, dtype=torch.float32)
            for name, array in table_weights(9, carry, start=0, symbols=0, places=3, target=5).items()
        }
    )
    noise = 1e-3 * torch.randn(64, generator=torch.manual_seed(0))
    for c, x in np.argwhere(carry >= 0):
        stream = torch.zeros(64, 9)
        stream[:, c] = 1
        stream[:, 3] = noise - (x != 0)  # the start place: 0 where the state is there, -1 elsewhere
        stream[:, 4] = noise + (x == 1)
        found = layer(stream.unsqueeze(0))[0][0]
        expected = torch.zeros(64, 9)
        expected[:, 5 + carry[c, x]] = 1
        assert torch.equal(found, expected)


def test_widths_that_do_not_fit_are_refused_with_those_that_do(wrong: Any) -> None:
    machine = machine_of("word:S3")
    needed = construct(machine, "deltaproduct").width
    with pytest.raises(
        RequestError, match=rf"^width is 8: expected at least {needed}, which this construction in "
    ):
        construct(machine, "deltaproduct", width=8)
    with pytest.raises(
        RequestError, match=r"^width is 42: expected a multiple of 4, the channels of a head, such as 40$"
    ):
        construct(machine, "deltaproduct", width=42)
    assert wrong(construct(machine, "deltaproduct", width=40), machine, 300, words=2) == 0
    with pytest.raises(
        RequestError,
        match=r"in 'deltaproduct' needs a width of 16777216: expected at most 4096; no quotients are",
    ):
        construct(machine_of("count:4096"), "deltaproduct")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TASKS, "word:S5"])
def test_machines_have_no_errors_in_a_million_steps(name: str, wrong: Any) -> None:
    machine = machine_of(name)
    words = 1 if name in ("word:A5", "word:S5", "word:SL2_3", "mod-ltr:5") else 2  # wide: minutes a word
    assert wrong(construct(machine, "deltaproduct"), machine, 1_000_000, words=words) == 0
