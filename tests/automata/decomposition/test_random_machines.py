"""Random machines: every cascade emulates its machine, with no group that the machine has not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata import Machine, Semiautomaton, minimise
from krohn.automata.algebra.verdict import Verdict, verdict
from krohn.automata.decomposition import Cascade, decompose
from krohn.errors import KrohnError


def random_machine(states: int, symbols: int, seed: int) -> Machine:
    random = np.random.default_rng(seed)
    return Machine(Semiautomaton(random.integers(states, size=(states, symbols))), 0, np.arange(states))


def assert_groups_divide(cascade: Cascade, found: Verdict) -> None:
    # A prime divides a group's order exactly where the group has a subgroup of that order (Cauchy).
    for prime in cascade.primes:
        if prime.is_group:
            hosts = [group for group in found.subgroups if group.order % prime.size == 0]
            if prime.name[0] != "C":
                hosts = [group for group in hosts if group.derived_length is None]
            assert hosts, (cascade.names, found.groups)
    if found.kind == "aperiodic":
        assert cascade.groups == 0


@pytest.mark.parametrize("block", range(10))
def test_fixed_seeds(block: int, assert_emulates: Callable[..., int]) -> None:
    for seed in range(50 * block, 50 * block + 50):
        machine = random_machine(3 + seed % 6, 2 + seed % 2, seed)
        small = minimise(machine)
        cascade = decompose(machine)
        assert_emulates(cascade, small.delta.tolist(), small.start, most=60)
        if seed % 5 == 0:
            assert_groups_divide(cascade, verdict(small))


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_every_reachable_tuple(states: int, symbols: int, seed: int) -> None:
    machine = random_machine(states, symbols, seed)
    small = minimise(machine)
    cascade = decompose(machine)
    assert cascade.verify(small.semiautomaton, small.start) >= 0
    assert_groups_divide(cascade, verdict(small))
    words = np.random.default_rng(seed).integers(symbols, size=(3, 60))
    states_found = cascade.run(words, lengths=[60, 0, 17])
    expected = small.semiautomaton.run(words, start=small.start, lengths=[60, 0, 17])
    assert np.array_equal(states_found, expected)


def test_the_same_machine_gives_the_same_cascade() -> None:
    machine = random_machine(7, 3, 11)
    renamed = np.array([3, 0, 6, 1, 5, 2, 4])
    delta = np.empty_like(machine.delta)
    delta[renamed] = renamed[machine.delta]
    outputs = np.empty_like(machine.outputs)
    outputs[renamed] = machine.outputs
    other = Machine(Semiautomaton(delta), int(renamed[0]), outputs)
    assert decompose(machine) == decompose(other)
    assert decompose(machine) != decompose(random_machine(7, 3, 12))


def test_a_wrong_cascade_is_no_proof() -> None:
    machine = random_machine(5, 2, 3)
    small = minimise(machine)
    cascade = decompose(machine)
    states = cascade.states.copy()
    states[[0, 1]] = states[[1, 0]]
    broken = Cascade(cascade.levels, cascade.first, states, cascade.start, cascade.method)
    with pytest.raises(
        KrohnError, match=r"the cascade (goes from state \d by symbol \d to \d: wrong|starts in)"
    ):
        broken.verify(small.semiautomaton, small.start)
