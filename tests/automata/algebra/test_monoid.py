"""Transition monoids, against plain Python and against what is known of all maps."""

from __future__ import annotations

import itertools
import re
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata import Semiautomaton, flip_flop, group, group_automaton
from krohn.automata.algebra import monoid as monoids
from krohn.automata.algebra.green import GreenRelations
from krohn.automata.algebra.monoid import MonoidLimitError, TransitionMonoid
from krohn.automata.algebra.subgroups import maximal_subgroups
from krohn.errors import RequestError


def full(points: int) -> Semiautomaton:
    """All maps of some points: a transposition, a cycle, and a map that merges two points."""
    swap, merge = list(range(points)), list(range(points))
    swap[0], swap[1], merge[1] = 1, 0, 0
    cycle = [(p + 1) % points for p in range(points)]
    return Semiautomaton(np.array([swap, cycle, merge]).T)


def plain(semiautomaton: Semiautomaton) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Return each map with its shortlex least word of symbols, breadth-first over tuples."""
    columns = [tuple(column) for column in semiautomaton.delta.T.tolist()]
    identity = tuple(range(semiautomaton.states))
    words: dict[tuple[int, ...], tuple[int, ...]] = {identity: ()}
    queue = [identity]
    for element in queue:
        for symbol, column in enumerate(columns):
            product = tuple(column[p] for p in element)
            if product not in words:
                words[product] = (*words[element], symbol)
                queue.append(product)
    return words


@st.composite
def semiautomata(draw: st.DrawFn) -> Semiautomaton:
    """Up to 5 points that move, in up to 22: both representations, many monoids."""
    moving = draw(st.integers(1, 5))
    states = draw(st.sampled_from([moving, 16, 17, 22]))
    columns = draw(
        st.lists(
            st.lists(st.integers(0, moving - 1), min_size=moving, max_size=moving), min_size=1, max_size=3
        )
    )
    fixed = draw(st.booleans())
    rest = list(range(moving, states)) if fixed else [0] * (states - moving)
    return Semiautomaton(np.array([column + rest for column in columns]).T)


@settings(max_examples=150, deadline=None)
@given(semiautomata())
def test_it_agrees_with_plain_python(semiautomaton: Semiautomaton) -> None:
    monoid = TransitionMonoid.of(semiautomaton)
    expected = plain(semiautomaton)
    elements = [tuple(row) for row in monoid.maps.tolist()]
    assert elements == list(expected)
    number = {element: i for i, element in enumerate(elements)}
    first = {g: x for x, g in reversed(list(enumerate(monoid.generator_of.tolist())))}
    for i, element in enumerate(elements):
        assert tuple(first[g] for g in monoid.word(i)) == expected[element]
        for g, row in enumerate(monoid.generators.tolist()):
            assert elements[monoid.right[i, g]] == tuple(row[p] for p in element)
            assert elements[monoid.left[i, g]] == tuple(element[p] for p in row)
    squares = [number[tuple(x[p] for p in x)] for x in elements]
    assert monoid.idempotents.tolist() == [i for i, square in enumerate(squares) if i == square]
    for symbol, column in enumerate(semiautomaton.delta.T.tolist()):
        assert monoid.generators[monoid.generator_of[symbol]].tolist() == column
    # A word that is not empty is the identity where some product of symbols is.
    assert monoid.identity_is_a_word == bool((monoid.right == 0).any())


@pytest.mark.parametrize(("points", "size"), [(4, 256), (5, 3125), (6, 46656)])
def test_all_maps(points: int, size: int) -> None:
    monoid = TransitionMonoid.of(full(points))
    assert monoid.size == size
    # Howie, Fundamentals of Semigroup Theory: an idempotent is a set of fixed points and a map onto it.
    assert len(monoid.idempotents) == sum(comb(points, k) * k ** (points - k) for k in range(1, points + 1))
    green = GreenRelations(monoid)
    assert green.d_classes == points
    # R-classes are partitions of the points, L-classes images.
    assert int(green.l.max()) + 1 == 2**points - 1
    assert int(green.r.max()) + 1 == {4: 15, 5: 52, 6: 203}[points]
    orders = [group.order for group in maximal_subgroups(green)]
    assert orders == [int(np.prod(range(1, k + 1))) for k in range(points, 1, -1)]


def test_products() -> None:
    monoid = TransitionMonoid.of(full(3))
    number = {tuple(row): i for i, row in enumerate(monoid.maps.tolist())}
    for x, y in itertools.product(range(27), repeat=2):
        expected = tuple(monoid.maps[y][p] for p in monoid.maps[x])
        assert monoid.product(x, y) == number[tuple(int(p) for p in expected)]


@pytest.mark.parametrize("values", [2, 16, 17, 40, 300])
def test_resets(values: int) -> None:
    monoid = TransitionMonoid.of(flip_flop(values).semiautomaton)
    assert monoid.size == values + 1
    # Keeping is the identity; after a reset, the last reset counts.
    assert monoid.generators.shape == (values + 1, values)
    assert monoid.right[1:].tolist() == [[x, *range(1, values + 1)] for x in range(1, values + 1)]
    assert monoid.left[1:].tolist() == [[x] * (values + 1) for x in range(1, values + 1)]


@pytest.mark.parametrize("extra", [0, 13])
def test_the_limit_is_exact_and_says_how_far_it_came(extra: int) -> None:
    table = np.concatenate([full(4).delta, np.arange(4, 4 + extra)[:, None].repeat(3, axis=1)])
    semiautomaton = Semiautomaton(table)
    assert TransitionMonoid.of(semiautomaton, limit=256).size == 256
    words = plain(semiautomaton).values()
    message = f"monoid of {4 + extra} states and 3 symbols has more than 255 elements, the limit: "
    with pytest.raises(
        MonoidLimitError, match=re.escape(message) + "enumeration came to words of length [0-9]+$"
    ):
        TransitionMonoid.of(semiautomaton, limit=255)
    with pytest.raises(MonoidLimitError) as raised:
        TransitionMonoid.of(semiautomaton, limit=20)
    assert str(raised.value).endswith(f"words of length {len(list(words)[20])}")


def test_memory_is_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monoids, "MEMORY", 1200)
    message = "monoid of 4 states and 3 symbols has more than 100 elements, what fits in 512 MiB: "
    with pytest.raises(MonoidLimitError, match=re.escape(message)):
        TransitionMonoid.of(full(4))


def test_time_is_a_limit_too() -> None:
    # All elements of S6 on the group itself: 720 products of 720 points for every element.
    semiautomaton = group_automaton(group("S6")).semiautomaton
    message = "monoid of 720 states and 720 symbols has at least 720 elements, and a limit of 1000 leaves no "
    with pytest.raises(MonoidLimitError, match=re.escape(message)):
        TransitionMonoid.of(semiautomaton, limit=1000)


def test_a_limit_is_at_least_one() -> None:
    with pytest.raises(RequestError, match="limit is 0: expected a whole number of at least 1"):
        TransitionMonoid.of(full(3), limit=0)
