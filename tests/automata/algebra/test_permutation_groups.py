"""Permutation groups, against sympy and against what is known of large ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sympy.combinatorics import Permutation, PermutationGroup

from krohn.automata import Group, Machine, Semiautomaton, group
from krohn.automata.algebra import schreier_sims
from krohn.automata.algebra.group_facts import facts_of
from krohn.automata.algebra.group_machines import regular_generators, transitive_facts
from krohn.automata.algebra.large_groups import facts_of_elements, facts_of_generators
from krohn.automata.algebra.permutation_actions import minimal_blocks, orbits
from krohn.automata.algebra.permutation_groups import PermutationGroup as Permutations
from krohn.automata.algebra.verdict import verdict
from krohn.automata.group_families import projective, wreath_product


@st.composite
def generators(draw: st.DrawFn) -> list[list[int]]:
    """Up to three permutations of up to 8 points, all of which keep the same parts."""
    parts = draw(
        st.sampled_from([[n] for n in range(2, 9)] + [[2, 2], [3, 3], [4, 4], [2, 3], [5, 3], [2, 2, 4]])
    )
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        row: list[int] = []
        for part in parts:
            row += draw(st.permutations([*range(len(row), len(row) + part)]))
        power = draw(st.sampled_from([1, 1, 2, 3]))
        rows.append((Permutation(row) ** power).array_form)
    return rows


@settings(max_examples=200, deadline=None)
@given(generators())
def test_random_groups_agree_with_sympy(rows: list[list[int]]) -> None:
    theirs: Any = PermutationGroup([Permutation(row) for row in rows])
    ours = Permutations(np.array(rows))
    series = list(dict.fromkeys(level.order() for level in theirs.derived_series()))
    assert ours.order == theirs.order()
    assert ours.derived_orders() == series
    assert (ours.abelian, ours.nilpotent) == (theirs.is_abelian, theirs.is_nilpotent)
    facts = facts_of_generators(ours)
    assert (facts.order, facts.abelian, facts.nilpotent) == (ours.order, ours.abelian, ours.nilpotent)
    assert facts.solvable == theirs.is_solvable
    assert facts.derived_length == (len(series) - 1 if series[-1] == 1 else None)
    assert orbits(ours.generators).tolist() == [min(theirs.orbit(p)) for p in range(len(rows[0]))]
    if ours.order <= 720:
        small = facts_of(Group.from_permutations("small", rows))
        assert small == facts
        elements = np.array([g.array_form for g in theirs.generate()])
        assert facts_of_elements(elements) == facts
    if ours.order > 1 and len(set(orbits(ours.generators).tolist())) == 1:
        assert transitive_facts(ours.generators) == facts
        found = verdict(Machine(Semiautomaton(np.array(rows).T), 0, range(len(rows[0]))))
        assert (found.monoid, found.subgroups) == (ours.order, (facts,))


def test_membership_agrees_with_sympy() -> None:
    rng = np.random.default_rng(2)
    for name in ("F20", "C2wrS3", "PSL2_7", "D6"):
        elements = group(name)
        ours = Permutations(elements.permutations[list(elements.generators)])
        members = {tuple(row) for row in elements.permutations.tolist()}
        assert all(ours.chain.contains(np.array(row)) for row in members)
        for _ in range(200):
            row = rng.permutation(elements.degree)
            assert ours.chain.contains(row) == (tuple(row.tolist()) in members)


def cycles(points: int, *parts: tuple[int, ...]) -> list[int]:
    row = list(range(points))
    for part in parts:
        for a, b in zip(part, (*part[1:], part[0]), strict=True):
            row[a] = b
    return row


M11 = [cycles(11, tuple(range(11))), cycles(11, (2, 6, 10, 7), (3, 9, 4, 5))]
M12 = [
    *([*row, 11] for row in M11),
    cycles(12, (0, 11), (1, 10), (2, 5), (3, 7), (4, 8), (6, 9)),
]


def projective_plane() -> list[list[int]]:
    """Elementary 3 x 3 matrices over the field of four elements on the 21 points of its projective plane."""

    def times(a: int, b: int) -> int:  # bits are polynomials modulo x^2 + x + 1
        product = a * (b & 1) ^ 2 * a * (b >> 1)
        return product ^ 7 if product & 4 else product

    points = [(0, 0, 1), *((0, 1, x) for x in range(4)), *((1, x, y) for x in range(4) for y in range(4))]
    number = {tuple(times(s, x) for x in point): i for i, point in enumerate(points) for s in (1, 2, 3)}
    rows = []
    for i, j, s in [(0, 1, 1), (1, 2, 1), (2, 0, 1), (0, 1, 2)]:
        row = []
        for point in points:
            image = list(point)
            image[j] ^= times(s, point[i])
            row.append(number[tuple(image)])
        rows.append(row)
    return rows


LARGE: list[tuple[str, Any, str, int, int | None, str]] = [
    ("S9", [cycles(9, (0, 1)), cycles(9, tuple(range(9)))], "S9", 362_880, None, "C2 A9"),
    ("A9", [cycles(9, (0, 1, 2)), cycles(9, tuple(range(9)))], "A9", 181_440, None, "A9"),
    ("M11", M11, "M11", 7920, None, "M11"),
    ("M12", M12, "M12", 95_040, None, "M12"),
    ("PSL2_23", projective(23), "PSL2_23", 6072, None, "PSL2_23"),
    ("PSL2_31", projective(31), "PSL2_31", 14_880, None, "PSL2_31"),
    ("PSL3_4", projective_plane(), "PSL3_4", 20_160, None, "PSL3_4"),
    ("C2wrS6", wreath_product(group("C2"), group("S6")), "C2wrS6", 46_080, None, "C2 C2 C2 C2 C2 C2 C2 A6"),
    ("A5wrC2", wreath_product(group("A5"), group("C2")), "A5wrC2", 7200, None, "C2 A5 A5"),
    ("S3wrS4", wreath_product(group("S3"), group("S4")), "S3wrS4", 31_104, 5, "C2 " * 7 + "C3 C3 C3 C3 C3"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "name", "order", "length", "factors"), [row[1:] for row in LARGE], ids=[row[0] for row in LARGE]
)
def test_large_groups(rows: Any, name: str, order: int, length: int | None, factors: str) -> None:
    facts = facts_of_generators(Permutations(np.array(rows)))
    assert (facts.name, facts.order, facts.derived_length) == (name, order, length)
    assert " ".join(facts.factors) == factors


def affine_maps(matrices: list[list[int]]) -> NDArray[np.int64]:
    """Linear maps of bit vectors of four, each given by the images of the unit vectors, and a translation."""
    rows = [[v ^ 1 for v in range(16)]]
    for images in matrices:
        row = []
        for v in range(16):
            image = 0
            for bit, vector in enumerate(images):
                image ^= vector if v >> bit & 1 else 0
            row.append(image)
        rows.append(row)
    return np.array(rows)


def test_an_affine_group() -> None:
    # All linear maps of four bits are A8; with translations 2^4 : A8, of order 16 * 20160.
    rows = affine_maps([[1, 3, 4, 8], [2, 4, 8, 1]])
    facts = facts_of_generators(Permutations(rows))
    assert (facts.order, facts.factors) == (322_560, ("C2", "C2", "C2", "C2", "A8"))
    assert facts.name == "order 322560, not solvable"


def test_large_abelian_groups() -> None:
    turn = np.roll(np.arange(65_536), -1)
    assert transitive_facts(turn[None]).name == "C65536"
    # C2 x C3 x C4 x C5 x C7 x C9 x C11 on disjoint cycles.
    rows, points, low = [], 41, 0
    for size in (2, 3, 4, 5, 7, 9, 11):
        rows.append(cycles(points, tuple(range(low, low + size))))
        low += size
    facts = facts_of_generators(Permutations(np.array(rows)))
    assert (facts.name, facts.order) == ("C6xC13860", 83_160)


def test_a_regular_group_is_recognised() -> None:
    for name in ("C12", "S4", "Q8", "PSL2_7"):
        table = group(name).table
        chosen, regular = regular_generators(table.T)
        assert regular
        assert 2 ** len(chosen) <= len(table)
    for name in ("S4", "D5", "F20"):
        natural = group(name).permutations
        assert not regular_generators(natural.astype(np.int64))[1]
    # The regular group of a four-cycle together with a reflection, which is in the group of no other.
    assert not regular_generators(np.array([[1, 2, 3, 0], [0, 3, 2, 1]]))[1]


def test_blocks() -> None:
    six = np.roll(np.arange(6), -1)[None]
    blocks = minimal_blocks(six)
    assert blocks is not None
    assert blocks.tolist() == [0, 1, 2, 0, 1, 2]  # smallest blocks: of two points
    assert minimal_blocks(projective(7)) is None


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schreier_sims, "WORK", 5_000)
    rng = np.random.default_rng(0)
    machine = Machine(Semiautomaton(np.stack([rng.permutation(30) for _ in range(2)], axis=1)), 0, range(30))
    found = verdict(machine)
    assert found.limit_reached
    assert found.reason is not None
    assert found.reason.startswith(
        "permutation group on 30 points takes too long to explore: it has at least "
    )
