"""Names and composition factors of groups, against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from krohn.automata import Group, group, group_automaton
from krohn.automata.algebra.composition import normal_subgroups, quotient, restricted
from krohn.automata.algebra.group_facts import facts_of
from krohn.automata.algebra.group_isomorphism import isomorphic_groups
from krohn.automata.algebra.group_naming import group_name
from krohn.automata.algebra.verdict import verdict
from krohn.automata.group_structure import derived_series

# What it was called, its usual name, derived length, composition factors.
KNOWN: list[tuple[str, str, int | None, str]] = [
    *[("C1", "C1", 0, ""), ("C6", "C6", 1, "C2 C3"), ("C2xC3", "C6", 1, "C2 C3")],
    *[("C4xC2", "C2xC4", 1, "C2 C2 C2"), ("C6xC4", "C2xC12", 1, "C2 C2 C2 C3"), ("C60", "C60", 1, "C2 C2 C3 C5")],
    *[("S3", "S3", 2, "C2 C3"), ("SL2_2", "S3", 2, "C2 C3"), ("F6", "S3", 2, "C2 C3"), ("D3", "S3", 2, "C2 C3")],
    *[("D5", "D5", 2, "C2 C5"), ("H2", "D4", 2, "C2 C2 C2"), ("C2wrC2", "D4", 2, "C2 C2 C2")],
    *[("Q8", "Q8", 2, "C2 C2 C2"), ("A4", "A4", 2, "C2 C2 C3"), ("PSL2_3", "A4", 2, "C2 C2 C3")],
    *[("F20", "F20", 2, "C2 C2 C5"), ("F42", "F42", 2, "C2 C3 C7"), ("H3", "H3", 2, "C3 C3 C3")],
    *[("C2xS3", "D6", 2, "C2 C2 C3"), ("C2wrC3", "C2xA4", 2, "C2 C2 C2 C3"), ("C3wrC2", "C3xS3", 2, "C2 C3 C3")],
    *[("S4", "S4", 3, "C2 C2 C2 C3"), ("SL2_3", "SL2_3", 3, "C2 C2 C2 C3"), ("C2wrS3", "C2xS4", 3, "C2 C2 C2 C2 C3")],
    *[("C2xC2xS3", "C2xC2xS3", 2, "C2 C2 C2 C3"), ("Q8xC3xC5", "C15xQ8", 2, "C2 C2 C2 C3 C5")],
    *[("C2wrC4", "C2wrC4", 2, "C2 C2 C2 C2 C2 C2"), ("S3wrC2", "S3wrC2", 3, "C2 C2 C2 C3 C3")],
    *[("C2wrC2wrC2", "D4wrC2", 3, "C2 C2 C2 C2 C2 C2 C2"), ("C3wrC3", "C3wrC3", 2, "C3 C3 C3 C3")],
    *[("A5", "A5", None, "A5"), ("PSL2_5", "A5", None, "A5"), ("S5", "S5", None, "C2 A5")],
    *[("SL2_5", "SL2_5", None, "C2 A5"), ("PSL2_7", "PSL2_7", None, "PSL2_7"), ("A6", "A6", None, "A6")],
    *[("C2xA5", "C2xA5", None, "C2 A5"), ("PSL2_11", "PSL2_11", None, "PSL2_11"),],
    *[("SL2_7", "SL2_7", None, "C2 PSL2_7")],
    *[("A4xA5", "A4xA5", None, "C2 C2 C3 A5")],
]  # fmt: skip


@pytest.mark.parametrize(("given", "usual", "length", "factors"), KNOWN, ids=[row[0] for row in KNOWN])
def test_known_groups(given: str, usual: str, length: int | None, factors: str) -> None:
    elements = group(given)
    facts = facts_of(elements)
    assert (facts.name, facts.derived_length, " ".join(facts.factors)) == (usual, length, factors)
    assert facts.order == elements.order
    # A verdict on the group as a machine says the same, whatever its elements are called.
    if elements.order > 1:
        order = np.random.default_rng(1).permutation(elements.order)
        found = verdict(group_automaton(elements, order.tolist()))
        assert found.subgroups == (facts,)
        assert (found.monoid, found.groups) == (elements.order, (usual,))


def metacyclic(n: int, m: int, k: int, s: int) -> Group:
    """⟨a, b | aⁿ = 1, bᵐ = aˢ, b⁻¹ab = aᵏ⟩ as pairs (i, j) = bⁱaʲ."""
    pairs = [(i, j) for i in range(m) for j in range(n)]
    number = {pair: x for x, pair in enumerate(pairs)}

    def product(x: tuple[int, int], y: tuple[int, int]) -> tuple[int, int]:
        carry = s if x[0] + y[0] >= m else 0
        return ((x[0] + y[0]) % m, (x[1] * pow(k, y[0], n) + y[1] + carry) % n)

    return Group.from_table("metacyclic", [[number[product(x, y)] for y in pairs] for x in pairs])


@pytest.mark.parametrize(
    ("elements", "name"),
    [
        (metacyclic(4, 2, 3, 2), "Q8"),
        (metacyclic(6, 2, 5, 3), "Q12"),
        (metacyclic(8, 2, 7, 4), "Q16"),
        (metacyclic(10, 2, 9, 5), "Q20"),
        (metacyclic(8, 2, 7, 0), "D8"),
        (metacyclic(7, 3, 2, 0), "C7:C3"),
        (metacyclic(13, 4, 5, 0), "C13:C4"),
        (metacyclic(5, 4, 2, 0), "F20"),
        (metacyclic(5, 4, 4, 0), "Q20"),  # b has order 4 and inverts a: a b² has order 10
        (metacyclic(3, 4, 2, 0), "Q12"),
        # Semidihedral and modular groups of order 16, C3 : C8: no name is claimed for them.
        (metacyclic(8, 2, 3, 0), "order 16, derived length 2"),
        (metacyclic(8, 2, 5, 0), "order 16, derived length 2"),
        (metacyclic(3, 8, 2, 0), "order 24, derived length 2"),
    ],
)
def test_metacyclic_groups(elements: Group, name: str) -> None:
    assert group_name(elements) == name


def test_groups_with_the_same_orders_of_elements_are_told_apart() -> None:
    # C3 x C3 x C3 and H3 have 26 elements of order 3; C2 x Q8, the modular group and C4 x C4 share orders too.
    assert group_name(group("H3")) != group_name(group("C3xC3xC3"))
    assert not isomorphic_groups(group("C2xQ8"), group("C4xC4"))
    assert not isomorphic_groups(group("SL2_3"), group("S4"))


def test_isomorphism_is_found_whatever_elements_are_called() -> None:
    rng = np.random.default_rng(0)
    for name in ("C12", "Q8", "S4", "F20", "C2wrC4", "PSL2_7"):
        elements = group(name)
        to = np.concatenate([[0], 1 + rng.permutation(elements.order - 1)])
        back = np.argsort(to)
        renamed = Group.from_table("renamed", to[elements.table[np.ix_(back, back)]])
        assert isomorphic_groups(elements, renamed)
        assert group_name(renamed) == name


def test_normal_subgroups_and_quotients() -> None:
    # Q8: 1, the centre, three cyclic ones of order 4, itself. C2 x C2: five. A5: two.
    for name, orders in [("Q8", [1, 2, 4, 4, 4, 8]), ("C2xC2", [1, 2, 2, 2, 4]), ("A5", [1, 60])]:
        normal = normal_subgroups(group(name), most=10)
        assert normal is not None
        assert [len(elements) for elements in normal] == orders
    assert normal_subgroups(group("C2xC2xC2"), most=10) is None  # 16 subgroups
    s4 = group("S4")
    series = derived_series(s4)
    assert group_name(restricted(s4, series[1])) == "A4"
    assert [group_name(quotient(s4, level)) for level in series] == ["C1", "C2", "S3", "S4"]
