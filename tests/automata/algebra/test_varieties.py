"""The finer classes and the circuit class, against their definitions and on languages of a known kind."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata import Machine, Semiautomaton
from krohn.automata.algebra.circuits import lengths_tell_apart
from krohn.automata.algebra.green import GreenRelations
from krohn.automata.algebra.monoid import TransitionMonoid
from krohn.automata.algebra.subgroups import maximal_subgroups
from krohn.automata.algebra.varieties import CLASSES, classes
from krohn.automata.algebra.verdict import verdict

Map = tuple[int, ...]


def product(x: Map, y: Map) -> Map:
    return tuple(y[p] for p in x)


def by_definition(columns: list[Map]) -> set[str]:
    """Return the classes, each from its identities or ideals over all elements."""
    identity = tuple(range(len(columns[0])))
    words = list(dict.fromkeys(columns))  # S: what words that are not empty do
    for x in words:
        for column in columns:
            if product(x, column) not in words:
                words.append(product(x, column))
    monoid = list(dict.fromkeys([identity, *words]))
    idempotent = [x for x in monoid if product(x, x) == x]
    of_words = [x for x in words if product(x, x) == x]
    right = {x: frozenset(product(x, y) for y in monoid) for x in monoid}
    left = {x: frozenset(product(y, x) for y in monoid) for x in monoid}
    both = {x: frozenset(product(y, z) for y in left[x] for z in monoid) for x in monoid}
    regular = [x for x in monoid if any(product(product(x, y), x) == x for y in monoid)]
    local = [list({product(product(e, s), e) for s in words}) for e in of_words]
    pairs = list(itertools.product(monoid, repeat=2))

    def powers_settle(x: Map) -> bool:
        seen = [x]
        while (y := product(seen[-1], x)) not in seen:
            seen.append(y)
        return product(seen[-1], x) == seen[-1]

    decided = {
        "trivial": len(monoid) == 1,
        "group": all(sorted(x) == list(identity) for x in monoid),
        "commutative": all(product(x, y) == product(y, x) for x, y in pairs),
        "idempotent": len(idempotent) == len(monoid),
        "J-trivial": len(set(both.values())) == len(monoid),
        "R-trivial": len(set(right.values())) == len(monoid),
        "L-trivial": len(set(left.values())) == len(monoid),
        "DA": all(x in idempotent for x in regular),
        "aperiodic": all(powers_settle(x) for x in monoid),
        "definite": all(product(s, e) == e for s in words for e in of_words),
        "reverse definite": all(product(e, s) == e for s in words for e in of_words),
        "generalised definite": all(len(inside) == 1 for inside in local),
        "locally testable": all(
            product(x, x) == x and product(x, y) == product(y, x)
            for inside in local
            for x in inside
            for y in inside
        ),
    }
    assert decided.keys() == CLASSES.keys()
    return {name for name, holds in decided.items() if holds}


@st.composite
def machines(draw: st.DrawFn) -> list[Map]:
    points = draw(st.integers(1, 4))
    image = st.integers(0, points - 1)
    maps = st.lists(image, min_size=points, max_size=points).map(tuple)
    few = st.lists(image, min_size=points, max_size=points).map(lambda row: tuple(sorted(row)))
    return draw(st.lists(st.one_of(maps, few), min_size=1, max_size=3))


def made_by_lengths(columns: list[Map]) -> bool:
    """Whether words of some one length make a group that is not trivial, by following the sets of maps."""
    layer = frozenset(columns)
    seen = set()
    while layer not in seen:
        seen.add(layer)
        for x in layer:
            powers = [x]
            while (y := product(powers[-1], x)) != x and y not in powers:
                powers.append(y)
            if product(powers[-1], x) == x and len(powers) > 1 and set(powers) <= layer:
                return True
        layer = frozenset(product(x, column) for x in layer for column in columns)
    return False


@settings(max_examples=250, deadline=None)
@given(machines())
def test_classes_are_those_of_their_definitions(columns: list[Map]) -> None:
    green = GreenRelations(TransitionMonoid.of(Semiautomaton(np.array(columns).T)))
    assert set(classes(green)) == by_definition(columns)
    one_length = all(lengths_tell_apart(green, group) for group in maximal_subgroups(green))
    assert one_length == (not made_by_lengths(columns))


def acceptor(delta: list[list[int]], accepting: set[int]) -> Machine:
    return Machine(Semiautomaton(delta), 0, [int(q in accepting) for q in range(len(delta))], 2)


SINK_2 = [2, 2]
# A machine and the classes that it has; those of every aperiodic one are understood.
LANGUAGES: dict[str, tuple[Machine, set[str]]] = {
    "everything": (acceptor([[0, 0]], {0}), set(CLASSES) - {"aperiodic"}),
    "a first (ab)": (
        acceptor([[1, 2], [1, 1], SINK_2], {1}),
        {"idempotent", "R-trivial", "DA", "reverse definite", "generalised definite", "locally testable"},
    ),
    "a last (ab)": (
        acceptor([[1, 0], [1, 0]], {1}),
        {"idempotent", "L-trivial", "DA", "definite", "generalised definite", "locally testable"},
    ),
    "the word ab alone": (
        acceptor([[1, 3], [3, 2], [3, 3], [3, 3]], {2}),
        {*("J-trivial", "R-trivial", "L-trivial", "DA", "definite", "reverse definite")}
        | {"generalised definite", "locally testable"},
    ),
    "some a (ab)": (
        acceptor([[1, 0], [1, 1]], {1}),
        {"commutative", "idempotent", "J-trivial", "R-trivial", "L-trivial", "DA", "locally testable"},
    ),
    "a, later b (abc)": (
        acceptor([[1, 0, 0], [1, 2, 1], [2, 2, 2]], {2}),
        {"J-trivial", "R-trivial", "L-trivial", "DA"},
    ),
    "b before any c (abc)": (
        acceptor([[0, 1, 2], [1, 1, 1], [2, 2, 2]], {1}),
        {"idempotent", "R-trivial", "DA"},
    ),
    "the last of b and c is b (abc)": (
        acceptor([[0, 1, 0], [1, 1, 0]], {1}),
        {"idempotent", "L-trivial", "DA"},
    ),
    "(ab)*": (acceptor([[1, 2], [2, 0], SINK_2], {0}), {"locally testable"}),
    "factor aa": (acceptor([[1, 0], [2, 0], SINK_2], {2}), {"locally testable"}),
    "factor ab (abc)": (acceptor([[1, 0, 0], [1, 2, 0], [2, 2, 2]], {2}), {"locally testable"}),
    # Between two a's the c's may be many: no window sees it.
    "a and b in turns, c anywhere (abc)": (acceptor([[1, 2, 0], [2, 0, 1], [2, 2, 2]], {0}), set()),
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_languages_of_a_known_kind(name: str) -> None:
    machine, expected = LANGUAGES[name]
    found = verdict(machine)
    assert set(found.classes) == expected | {"aperiodic"}
    assert (found.kind, found.derived_length, found.groups, found.circuit) == ("aperiodic", 0, (), "AC0")


@pytest.mark.parametrize("k", [2, 3, 4, 6, 60])
def test_lengths_modulo_k_are_in_ac0(k: int) -> None:
    # ((a|b){k})*: the monoid is C_k, yet circuits need the length only.
    turn = [[(q + 1) % k] * 2 for q in range(k)]
    found = verdict(acceptor(turn, {0}))
    assert (found.groups, found.kind, found.circuit) == ((f"C{k}",), "abelian", "AC0")
    ones = verdict(acceptor([[(q + 1) % k, q] for q in range(k)], {0}))
    assert (ones.groups, ones.kind, ones.circuit) == ((f"C{k}",), "abelian", "ACC0")
