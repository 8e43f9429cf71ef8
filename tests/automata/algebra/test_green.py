"""Green's relations and egg-boxes, against ideals computed by brute force."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata import Semiautomaton
from krohn.automata.algebra.green import GreenRelations
from krohn.automata.algebra.monoid import TransitionMonoid
from krohn.automata.algebra.subgroups import maximal_subgroups
from krohn.errors import RequestError

Map = tuple[int, ...]


def closure(columns: list[Map], points: int) -> list[Map]:
    known = [tuple(range(points))]
    for element in known:
        for column in columns:
            product = tuple(column[p] for p in element)
            if product not in known:
                known.append(product)
    return known


@st.composite
def small_monoids(draw: st.DrawFn) -> TransitionMonoid:
    points = draw(st.integers(1, 4))
    image = st.integers(0, points - 1)
    columns = draw(st.lists(st.lists(image, min_size=points, max_size=points), min_size=1, max_size=2))
    return TransitionMonoid.of(Semiautomaton(np.array(columns).T))


def numbered(keys: list[object]) -> list[int]:
    rank: dict[object, int] = {}
    return [rank.setdefault(key, len(rank)) for key in keys]


@settings(max_examples=120, deadline=None)
@given(small_monoids())
def test_classes_are_those_of_ideals(monoid: TransitionMonoid) -> None:
    green = GreenRelations(monoid)
    maps = [tuple(row) for row in monoid.maps.tolist()]
    assert sorted(maps) == sorted(closure([tuple(row) for row in monoid.generators.tolist()], monoid.states))

    def product(x: Map, y: Map) -> Map:
        return tuple(y[p] for p in x)

    right = [frozenset(product(x, s) for s in maps) for x in maps]
    left = [frozenset(product(s, x) for s in maps) for x in maps]
    # J: the two-sided ideals; in a finite monoid that is D.
    both = [frozenset(product(s, y) for y in ideal for s in maps) for ideal in right]
    assert green.r.tolist() == numbered(list(right))
    assert green.l.tolist() == numbered(list(left))
    assert green.d.tolist() == numbered(list(both))
    assert green.h.tolist() == numbered(list(zip(right, left, strict=True)))
    assert green.h_trivial == (len(set(green.h.tolist())) == len(maps))
    assert green.r_trivial == (len(set(right)) == len(maps))
    assert green.l_trivial == (len(set(left)) == len(maps))

    seen = 0
    for d_class in range(green.d_classes):
        box = green.egg_box(d_class)
        inside = [i for i in range(len(maps)) if green.d[i] == d_class]
        assert box.elements.tolist() == inside
        assert box.rows == tuple(sorted({int(green.r[i]) for i in inside}))
        assert box.columns == tuple(sorted({int(green.l[i]) for i in inside}))
        assert len(inside) == len(box.rows) * len(box.columns) * box.cell
        assert box.regular == green.regular[d_class]
        for a, row in enumerate(box.rows):
            for b, column in enumerate(box.columns):
                cell = [maps[i] for i in inside if (green.r[i], green.l[i]) == (row, column)]
                assert len(cell) == box.cell
                assert box.groups[a, b] == any(product(x, x) == x for x in cell)
        seen += len(inside)
    assert seen == len(maps)


@settings(max_examples=80, deadline=None)
@given(small_monoids())
def test_maximal_subgroups_are_groups_and_none_is_missing(monoid: TransitionMonoid) -> None:
    green = GreenRelations(monoid)
    found = {group.d_class: group for group in maximal_subgroups(green)}
    for d_class in range(green.d_classes):
        assert (d_class in found) == bool(green.regular[d_class] and green.group_sizes[d_class] > 1)
    for group in found.values():
        members = group.elements.tolist()
        rows = {x: tuple(row) for x, row in zip(members, group.permutations.tolist(), strict=True)}
        assert len(set(rows.values())) == group.order == green.group_sizes[group.d_class]
        for x in members:
            assert monoid.product(group.idempotent, x) == x == monoid.product(x, group.idempotent)
            assert sorted(rows[x]) == list(range(len(rows[x])))
            for y in members:
                assert rows[monoid.product(x, y)] == tuple(rows[y][p] for p in rows[x])


def test_an_egg_box_as_text() -> None:
    # Two points: the group of both permutations, then the constants in one row.
    green = GreenRelations(TransitionMonoid.of(Semiautomaton([[1, 0], [0, 0]])))
    assert str(green.egg_box(0)) == "1 x 1 cells of 2\n*"
    assert str(green.egg_box(1)) == "1 x 2 cells of 1\n* *"


def test_no_such_class() -> None:
    green = GreenRelations(TransitionMonoid.of(Semiautomaton([[1, 0], [0, 0]])))
    with pytest.raises(RequestError, match=re.escape("D-class is 2: expected 0 to 1")):
        green.egg_box(2)
