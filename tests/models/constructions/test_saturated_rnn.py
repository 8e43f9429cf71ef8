"""Machines in `rnn`, against the machines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata.languages.random_machines import random_machine
from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError
from krohn.generators.tasks import task
from krohn.models.constructions import construct
from krohn.models.constructions.rnn import units_of

GROUPS = ["C2", "C3", "C5", "C60", "C2xC4", "S3", "D5", "A4", "Q8", "F20", "S4", "SL2_3", "A5"]
OTHERS = ["even-pairs", "flipflop:4", "mod-ltr:5", "gridworld:5", *(f"tomita:{k}" for k in range(1, 8))]
TASKS = [*(f"word:{name}" for name in GROUPS), *OTHERS]


def machine_of(name: str) -> Machine:
    machine = task(name).machine
    assert machine is not None
    return machine


@pytest.mark.parametrize("name", TASKS)
def test_machines_have_no_errors_in_2_000_steps(name: str, wrong: Any) -> None:
    machine = machine_of(name)
    assert wrong(construct(machine, "rnn"), machine, 2_000, words=2) == 0


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 7), st.integers(1, 3), st.integers(0, 10_000))
def test_of_every_state_and_symbol_one_unit_is_on(states: int, symbols: int, seed: int) -> None:
    delta = random_machine(states, symbols, seed).delta
    on = np.zeros(delta.shape, int)
    for unit in units_of(delta):
        where = np.ix_(unit.sources, unit.symbols)
        assert (delta[where] == unit.target).all()
        on[where] += 1
    assert (on == 1).all()


@pytest.mark.parametrize("seed", range(4))
def test_random_machines_have_no_errors_in_10_000_steps(seed: int, wrong: Any) -> None:
    machine = random_machine(3 + seed, 2 + seed % 2, seed)
    assert wrong(construct(machine, "rnn"), machine, 10_000, words=1) == 0


def test_units_are_saturated_and_forget_a_disturbance(build: Any) -> None:
    machine = machine_of("word:A5")
    model = build(construct(machine, "rnn"), 60, 60)
    words = torch.from_numpy(np.random.default_rng(1).integers(0, 60, (4, 50)))
    _, state = model(words)
    assert (state["0.h"].abs() == 1).all()
    disturbed = {"0.h": state["0.h"] + 0.04 * torch.randn(4, 76, generator=torch.manual_seed(0))}
    following, last = model(words, disturbed)
    expected, same = model(words, state)
    assert torch.equal(last["0.h"], same["0.h"])
    assert torch.equal(following, expected)


@pytest.mark.parametrize("name", ["word:S3", "tomita:7"])
def test_bfloat16_has_no_errors_either(name: str, wrong: Any) -> None:
    machine = machine_of(name)
    assert wrong(construct(machine, "rnn"), machine, 1_000, words=2, dtype=torch.bfloat16) == 0


def test_channels_that_are_left_over_stay_idle(wrong: Any) -> None:
    machine = machine_of("tomita:4")
    made = construct(machine, "rnn", width=20)
    assert made.width == 20
    assert wrong(made, machine, 500, words=2) == 0


def test_a_width_that_is_too_small_is_refused_with_the_one_that_is_needed() -> None:
    with pytest.raises(
        RequestError, match=r"^width is 75: expected at least 76, which this construction in 'rnn' needs$"
    ):
        construct(machine_of("word:A5"), "rnn", width=75)


@pytest.mark.parametrize(("name", "needed"), [("count:4096", 8193), ("word:S7:generators", 10_081)])
def test_a_machine_that_is_too_large_says_what_it_would_need(name: str, needed: int) -> None:
    with pytest.raises(RequestError) as caught:
        construct(machine_of(name), "rnn")
    assert str(caught.value) == (
        f"this construction in 'rnn' needs a width of {needed}: expected at most 4096; "
        f"no quotients are searched of a machine of {machine_of(name).states} states"
    )


def test_a_machine_with_resets_is_refused_before_its_units_are_made() -> None:
    sets = np.tile(np.arange(4096), (4096, 1))
    with pytest.raises(
        RequestError, match=r"^this construction in 'rnn' needs a width of at least 4097: expected at"
    ):
        construct(Machine(Semiautomaton(sets), 0, np.arange(4096)), "rnn")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TASKS, "word:S5"])
def test_machines_have_no_errors_in_10_words_of_a_million(name: str, wrong: Any) -> None:
    machine = machine_of(name)
    assert wrong(construct(machine, "rnn"), machine, 1_000_000, words=10) == 0
