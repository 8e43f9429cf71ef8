"""Decompositions that are known by hand or from the literature."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from krohn.automata import Machine, Semiautomaton, flip_flop, group, group_automaton, minimise
from krohn.automata.decomposition import decompose
from krohn.automata.decomposition.series import composition_series
from krohn.errors import RequestError
from krohn.generators.tasks import task

# Jordan and Hölder: any composition series of a group has these factors.
FACTORS = {
    "C2": "C2",
    "C6": "C2 C3",
    "C60": "C2 C2 C3 C5",
    "C2xC4": "C2 C2 C2",
    "S3": "C2 C3",
    "D4": "C2 C2 C2",
    "D5": "C2 C5",
    "Q8": "C2 C2 C2",
    "A4": "C2 C2 C3",
    "S4": "C2 C2 C2 C3",
    "F20": "C2 C2 C5",
    "F42": "C2 C3 C7",
    "H3": "C3 C3 C3",
    "SL2_3": "C2 C2 C2 C3",
    "C2wrC3": "C2 C2 C2 C3",
    "A5": "A5",
    "S5": "C2 A5",
    "PSL2_7": "PSL2_7",
}


def full_transformations(points: int) -> Machine:
    """All maps of some points to themselves, each a symbol."""
    maps = list(itertools.product(range(points), repeat=points))
    return Machine(Semiautomaton(np.array(maps).T), 0, np.arange(points))


@pytest.mark.parametrize("name", FACTORS)
def test_groups_give_their_composition_factors(name: str, assert_emulates: Callable[..., int]) -> None:
    machine = group_automaton(group(name))
    cascade = decompose(machine)
    assert Counter(cascade.names) == Counter(FACTORS[name].split())
    assert cascade.product == group(name).order  # no blow-up: coordinates are the elements
    small = minimise(machine)
    assert assert_emulates(cascade, small.delta.tolist(), small.start, most=40) == min(40, small.states)


@pytest.mark.parametrize(("name", "orders"), [("S3", [6, 3]), ("F20", [20, 10, 5]), ("S4", [24, 12, 4, 2])])
def test_each_factor_of_a_group_is_told_an_element_of_a_smaller_subgroup(
    name: str, orders: list[int]
) -> None:
    series = composition_series(group(name))
    assert [int((factor.coset >= 0).sum()) for factor in series.factors] == orders


@pytest.mark.parametrize("name", [name for name in FACTORS if name not in ("S5", "PSL2_7")])
def test_coordinates_multiply_back(name: str) -> None:
    series = composition_series(group(name))
    elements = np.arange(group(name).order, dtype=np.int32)
    coordinates = series.coordinates(elements)
    assert len({tuple(row) for row in coordinates.tolist()}) == len(elements)
    assert [series.element(tuple(row)) for row in coordinates.tolist()] == elements.tolist()


@pytest.mark.parametrize(("points", "groups"), [(2, "C2"), (3, "C2 C3 C2"), (4, "C2 C2 C2 C3 C2 C3 C2")])
def test_full_transformations(points: int, groups: str, assert_emulates: Callable[..., int]) -> None:
    # Holonomy groups S_n, …, S_2 (Egri-Nagy and Nehaniv, arXiv 1508.06345).
    cascade = decompose(full_transformations(points))
    assert Counter(name for name in cascade.names if name[0] == "C") == Counter(groups.split())
    resets = [name for name in cascade.names if name.startswith("flip-flop")]
    assert resets == [f"flip-flop({n})" for n in range(points, 1, -1)]
    small = minimise(full_transformations(points))
    assert_emulates(cascade, small.delta.tolist(), small.start, most=100)


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("flipflop:3", ("flip-flop(3)",)),
        ("count:6", ("C2", "C3")),
        ("cycle:5", ("C5",)),
        ("tomita:5", ("C2", "C2")),
        ("tomita:6", ("C3",)),
        ("last", ("flip-flop(2)",)),
        ("gridworld:5", ("flip-flop(2)",) * 4),
        ("adder", ("flip-flop(2)",) * 3),
        ("mod-ltr:5", ("flip-flop(4)", "C2", "C2", "C5", "flip-flop(5)", "flip-flop(2)")),
    ],
)
def test_tasks(name: str, levels: tuple[str, ...]) -> None:
    machine = task(name).machine
    assert machine is not None
    assert decompose(machine).names == levels


@pytest.mark.parametrize(
    ("k", "groups"), [(1, ""), (2, ""), (3, "C2"), (4, ""), (5, "C2"), (6, "C3"), (7, "")]
)
def test_tomita(k: int, groups: str) -> None:
    machine = task(f"tomita:{k}").machine
    assert machine is not None
    found = [name for name in decompose(machine).names if name[0] == "C"]
    assert set(found) == set(groups.split())


def test_one_state_has_no_level() -> None:
    cascade = decompose(Machine(Semiautomaton([[0, 0]]), 0, [0]))
    assert (cascade.names, cascade.product) == ((), 1)
    assert cascade.run([[0, 1, 1]]).tolist() == [[0, 0, 0]]


def test_everything_to_rebuild_it_is_in_the_document() -> None:
    document = decompose(flip_flop(2)).to_json()
    assert document == {
        "method": "holonomy",
        "levels": [
            {
                "size": 2,
                "primes": ["flip-flop(2)"],
                "groups": [None],
                "action": [[0, 0, -1], [0, 0, 0], [0, 0, 1]],
                "carry": [[0, 0], [0, 0], [0, 0]],
                "place": [[0, 1]],
                "classes": [0],
            }
        ],
        "first": [0, 1, 2],
        "states": [0, 1],
        "start": [0],
    }


CYCLE_257 = Machine(Semiautomaton((np.arange(257)[:, None] + 1) % 257), 0, np.arange(257))


@pytest.mark.parametrize(
    ("machine", "limit", "message"),
    [
        (
            full_transformations(4),
            10,
            "the machine of 4 states has more than 10 image sets: the decomposition stopped there; "
            "its class and groups (krohn show) need no image sets, a larger --limit goes on",
        ),
        (
            full_transformations(4),
            1500,
            "the cascade has more than 1500 entries at level 2 of 3: "
            "it stopped there; a larger --limit goes on, a quotient of the machine is smaller",
        ),
        (CYCLE_257, 10, "the machine has 257 states: expected at most 256 to decompose it"),
    ],
)
def test_limits(machine: Machine, limit: int, message: str) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        decompose(machine, limit)
