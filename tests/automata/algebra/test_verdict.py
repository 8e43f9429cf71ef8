"""The verdict as a whole: what it says past the limit, of layers and circuits, and as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from krohn.automata import Machine, Semiautomaton, counter, flip_flop, group, group_automaton, machine_product
from krohn.automata.algebra import verdict
from krohn.errors import RequestError


def full(points: int) -> Machine:
    swap, merge = list(range(points)), list(range(points))
    swap[0], swap[1], merge[1] = 1, 0, 0
    cycle = [(p + 1) % points for p in range(points)]
    return Machine(Semiautomaton(np.array([swap, cycle, merge]).T), 0, range(points))


def test_all_maps() -> None:
    found = verdict(full(5))
    assert (found.monoid, found.kind, found.derived_length) == (3125, "nonsolvable", None)
    assert found.groups == ("C2", "S3", "S4", "S5")
    assert found.simple_factors == ("A5",)
    assert (found.circuit, found.unitary_layers, found.resets) == ("NC1-complete", None, True)
    four = verdict(full(4))
    assert (four.kind, four.derived_length, four.groups) == ("solvable", 3, ("C2", "S3", "S4"))
    assert (four.circuit, four.unitary_layers, four.resets) == ("ACC0", 3, True)


@pytest.mark.parametrize(
    ("name", "length"),
    [
        *[("C6", 1), ("S3", 2), ("D5", 2), ("A4", 2), ("Q8", 2), ("F20", 2), ("S4", 3), ("SL2_3", 3)],
        *[("A5", None), ("S5", None), ("PSL2_7", None)],
    ],
)
def test_layers_are_the_derived_length(name: str, length: int | None) -> None:
    found = verdict(group_automaton(group(name)))
    assert (found.derived_length, found.unitary_layers) == (length, length)
    assert found.resets is False
    assert found.simple_factors == {"A5": ("A5",), "S5": ("A5",), "PSL2_7": ("PSL2_7",)}.get(name, ())
    assert found.nilpotent == (name in ("C6", "Q8"))


def test_it_is_the_minimal_machine_that_counts() -> None:
    six = counter(6)
    thirds = Machine(six.semiautomaton, 0, six.outputs % 3)
    assert (verdict(thirds).states, verdict(thirds).groups) == (3, ("C3",))
    # A reset beside a counter: both kinds of layers.
    both = machine_product(flip_flop(2), counter(3), lambda x, y: 3 * x + y, paired=True)
    found = verdict(both)
    assert (found.monoid, found.kind, found.groups, found.resets) == (9, "abelian", ("C3",), True)


@pytest.mark.parametrize("machine", [flip_flop(1), counter(1)])
def test_one_state(machine: Machine) -> None:
    found = verdict(machine)
    assert (found.states, found.monoid, found.kind, found.groups) == (1, 1, "aperiodic", ())
    assert {"trivial", "group", "aperiodic", "definite"} <= set(found.classes)
    assert (found.circuit, found.unitary_layers, found.resets) == ("AC0", 0, False)


def test_past_the_limit() -> None:
    found = verdict(full(5), limit=3124)
    assert found.limit_reached
    assert (found.states, found.monoid, found.kind, found.derived_length, found.groups) == (
        5,
        None,
        None,
        None,
        (),
    )
    assert found.reason is not None
    assert found.reason.startswith(
        "monoid of 5 states and 3 symbols has more than 3124 elements, the limit: "
    )
    assert not verdict(full(5), limit=3125).limit_reached
    # A group is known without being enumerated.
    points = np.arange(12)
    swap = np.concatenate([[1, 0], points[2:]])
    twelve = Machine(Semiautomaton(np.stack([swap, np.roll(points, -1)], axis=1)), 0, points)
    assert (verdict(twelve, limit=10).monoid, verdict(twelve).groups) == (479_001_600, ("S12",))


def test_a_limit_is_at_least_one() -> None:
    for machine in (counter(3), flip_flop(3)):
        with pytest.raises(RequestError, match="limit is 0: expected a whole number of at least 1"):
            verdict(machine, limit=0)


def test_json() -> None:
    document = json.loads(json.dumps(verdict(full(4)).to_json()))
    assert document["monoid"] == 256
    assert document["class"] == "solvable"
    assert document["groups"] == ["C2", "S3", "S4"]
    assert [row["name"] for row in document["subgroups"]] == ["C2", "S3", "S4"]
    assert document["subgroups"][2]["factors"] == ["C2", "C2", "C2", "C3"]
    assert document["circuit"] == "ACC0"
    assert "Barrington and Thérien" in document["theorem"]
    assert document["limit_reached"] is False
    past = json.loads(json.dumps(verdict(full(4), limit=9).to_json()))
    assert past["limit_reached"] is True
    assert past.pop("states") == 4
    assert past.pop("reason").endswith("came to words of length 2")
    assert set(past.values()) == {None, True}
