"""Groups, against sympy and against what is known about them."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from sympy.combinatorics import Permutation, PermutationGroup

from krohn.automata.group_automata import generators_of, group_automaton, swaps_of
from krohn.automata.group_names import group
from krohn.automata.group_structure import (
    centre,
    conjugacy_classes,
    derived_length,
    derived_series,
    element_orders,
    is_simple,
    is_solvable,
)
from krohn.automata.groups import Group
from krohn.errors import RequestError

# Name to order, from the formulas of any textbook.
ORDERS = {
    **{f"C{n}": n for n in (*range(1, 13), 60)},
    **{f"D{n}": 2 * n for n in range(3, 7)},
    **{f"S{n}": math.factorial(n) for n in range(2, 6)},
    **{f"A{n}": math.factorial(n) // 2 for n in range(3, 6)},
    "Q8": 8,
    **{f"F{m}": m for m in (2, 6, 20, 42, 110, 156)},
    "H2": 8,
    "H3": 27,
    "H5": 125,
    "SL2_2": 6,
    "SL2_3": 24,
    "SL2_5": 120,
    "PSL2_2": 6,
    "PSL2_3": 12,
    "PSL2_5": 60,
    "PSL2_7": 168,
    "C2xC4": 8,
    "C1xC3": 3,
    "C2xC2xC2": 8,
    "S3xQ8": 48,
    "C2wrC2": 8,
    "C2wrC3": 24,
    "C3wrC2": 18,
    "C2wrS3": 48,
    "C2wrC2wrC2": 128,
    "C2wrC2xC3": 24,
}


def to_sympy(elements: Group) -> Any:
    chosen = elements.generators or (0,)
    return PermutationGroup([Permutation(elements.permutations[g].tolist()) for g in chosen])


@pytest.mark.parametrize("name", ORDERS)
def test_words_agree_with_products_of_permutations(name: str) -> None:
    elements = group(name)
    assert elements.name == name
    assert elements.order == ORDERS[name]
    number = {tuple(row): g for g, row in enumerate(elements.permutations.tolist())}
    assert len(number) == elements.order
    words = np.random.default_rng(5).integers(0, elements.order, (3, 12))
    labels = group_automaton(elements).labels(words)
    for word, label in zip(words, labels, strict=True):
        product = Permutation(elements.degree - 1)
        for symbol, state in zip(word, label, strict=True):
            product = product * Permutation(elements.permutations[symbol].tolist())
            assert number[tuple(product.array_form)] == state


@pytest.mark.parametrize("name", ORDERS)
def test_structure_agrees_with_sympy(name: str) -> None:
    elements = group(name)
    theirs = to_sympy(elements)
    assert theirs.order() == elements.order
    assert theirs.is_abelian == elements.abelian
    assert theirs.is_solvable == is_solvable(elements)
    # sympy ends at a level that repeats, without repeating it, except for a trivial group.
    orders = [level.order() for level in theirs.derived_series()]
    assert list(dict.fromkeys(orders)) == [len(level) for level in derived_series(elements)]
    assert theirs.center().order() == len(centre(elements))
    found = Counter(element_orders(elements).tolist())
    assert found == Counter(Permutation(row.tolist()).order() for row in elements.permutations)


@pytest.mark.parametrize("name", ["S4", "Q8", "F20", "C2wrC3", "SL2_3", "C12"])
def test_inverses_and_names_agree_with_sympy(name: str) -> None:
    elements = group(name)
    for g in range(elements.order):
        permutation = Permutation(elements.permutations[g].tolist())
        assert elements.permutations[elements.inverse(g)].tolist() == (permutation**-1).array_form
        cycles = "".join(f"({' '.join(map(str, cycle))})" for cycle in permutation.cyclic_form)
        assert elements.element_name(g) == (cycles or "()")


@pytest.mark.parametrize(
    ("name", "census"),
    [
        ("D4", {1: 1, 2: 5, 4: 2}),
        ("Q8", {1: 1, 2: 1, 4: 6}),
        ("H2", {1: 1, 2: 5, 4: 2}),
        ("C2wrC2", {1: 1, 2: 5, 4: 2}),
        ("H3", {1: 1, 3: 26}),
        ("H5", {1: 1, 5: 124}),
        ("A4", {1: 1, 2: 3, 3: 8}),
        ("PSL2_3", {1: 1, 2: 3, 3: 8}),
        ("SL2_3", {1: 1, 2: 1, 3: 8, 4: 6, 6: 8}),
        ("S4", {1: 1, 2: 9, 3: 8, 4: 6}),
        ("A5", {1: 1, 2: 15, 3: 20, 5: 24}),
        ("PSL2_5", {1: 1, 2: 15, 3: 20, 5: 24}),
        ("PSL2_7", {1: 1, 2: 21, 3: 56, 4: 42, 7: 48}),
        ("F20", {1: 1, 2: 5, 4: 10, 5: 4}),
        ("C2xC4", {1: 1, 2: 3, 4: 4}),
        ("C2wrC3", {1: 1, 2: 7, 3: 8, 6: 8}),
    ],
)
def test_orders_of_elements(name: str, census: dict[int, int]) -> None:
    assert Counter(element_orders(group(name)).tolist()) == census


@pytest.mark.parametrize(
    ("name", "length"),
    [
        *[("C1", 0), ("C12", 1), ("S3", 2), ("D4", 2), ("Q8", 2), ("A4", 2), ("F156", 2), ("H3", 2)],
        *[("S4", 3), ("SL2_3", 3), ("C2wrC2wrC2", 3)],
        *[("A5", None), ("S5", None), ("SL2_5", None), ("PSL2_7", None)],
    ],
)
def test_derived_lengths(name: str, length: int | None) -> None:
    assert derived_length(group(name)) == length


def test_simple_groups() -> None:
    names = ["C1", "C2", "C4", "C7", "C2xC2", "S3", "A4", "A5", "S5", "SL2_5", "PSL2_5", "PSL2_7", "F20"]
    assert [name for name in names if is_simple(group(name))] == ["C2", "C7", "A5", "PSL2_5", "PSL2_7"]


@pytest.mark.parametrize(
    ("name", "classes"),
    [("S5", 7), ("A5", 5), ("Q8", 5), ("SL2_3", 7), ("PSL2_7", 6), ("H3", 11), ("C12", 12)],
)
def test_conjugacy_classes(name: str, classes: int) -> None:
    found = conjugacy_classes(group(name))
    assert len(found) == classes
    assert sorted(np.concatenate(found).tolist()) == list(range(group(name).order))


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_numbers_of_permutations_are_lexicographic(n: int) -> None:
    everything = list(itertools.permutations(range(n)))
    assert [tuple(row) for row in group(f"S{n}").permutations.tolist()] == everything


@pytest.mark.parametrize("n", [1, 6, 60, 300])
def test_cyclic_groups_add(n: int) -> None:
    k = np.arange(n)
    assert np.array_equal(group(f"C{n}").table, (k[:, None] + k) % n)


def test_pairs_are_numbered_as_the_product_says() -> None:
    a, b, both = group("S3"), group("Q8"), group("S3xQ8")
    g, h = np.divmod(np.arange(both.order), b.order)
    expected = a.table[g[:, None], g] * b.order + b.table[h[:, None], h]
    assert np.array_equal(both.table, expected)


def test_quaternions_multiply_as_hamilton_said() -> None:
    units = {"1": 0, "-1": 1, "i": 2, "-i": 3, "j": 4, "-j": 5, "k": 6, "-k": 7}
    table = group("Q8").table
    for product in ("i i -1", "j j -1", "k k -1", "i j k", "j k i", "k i j", "j i -k", "-1 k -k", "-1 -1 1"):
        x, y, z = (units[text] for text in product.split())
        assert table[x, y] == z


@pytest.mark.parametrize(("name", "p"), [("SL2_3", 3), ("SL2_5", 5)])
def test_special_linear_groups_multiply_matrices(name: str, p: int) -> None:
    elements = group(name)
    rows = [(x, y) for x in range(p) for y in range(p) if x or y]
    e1, e2 = rows.index((1, 0)), rows.index((0, 1))
    matrices = [np.array([rows[image[e1]], rows[image[e2]]]) for image in elements.permutations]
    assert all(round(np.linalg.det(m)) % p == 1 for m in matrices)
    for g, h in np.random.default_rng(1).integers(0, elements.order, (200, 2)):
        assert np.array_equal(matrices[g] @ matrices[h] % p, matrices[elements.table[g, h]])


def test_symbols_that_are_generators_or_swaps() -> None:
    s5 = group("S5")
    assert [s5.element_name(g) for g in swaps_of(s5)] == ["(0 1)", "(1 2)", "(2 3)", "(3 4)"]
    assert [s5.element_name(g) for g in generators_of(s5)] == ["(0 1)", "(0 1 2 3 4)"]
    machine = group_automaton(s5, swaps_of(s5))
    assert (machine.states, machine.symbols, machine.classes, machine.start) == (120, 4, 120, 0)
    assert machine.trim().states == 120
    words = np.random.default_rng(0).integers(0, 4, (5, 30))
    chosen = np.array(swaps_of(s5))[words]
    assert np.array_equal(machine.labels(words), group_automaton(s5).labels(chosen))


@pytest.mark.parametrize("name", ["S7", "SL2_17", "C5040"])
def test_the_largest_groups(name: str) -> None:
    elements = group(name)
    g, h = np.random.default_rng(2).integers(0, elements.order, (2, 500))
    points = elements.permutations
    assert all(
        np.array_equal(points[elements.table[x, y]], points[y][points[x]]) for x, y in zip(g, h, strict=True)
    )


KLEIN = [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]
# The smallest loop that is no group: a Latin square with identity, of order 5, every element its own inverse.
LOOP = [[0, 1, 2, 3, 4], [1, 0, 3, 4, 2], [2, 4, 0, 1, 3], [3, 2, 4, 0, 1], [4, 3, 1, 2, 0]]
EXPECTED = "expected a name such as C6, D4, S5, A5, Q8, F20, H3, SL2_3, PSL2_7, C2xC4, C2wrC3"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: group("Z6"), f"unknown group 'Z6': {EXPECTED}; did you mean 'C6'?"),
        (lambda: group("s5"), f"unknown group 's5': {EXPECTED}; did you mean 'S5'?"),
        (lambda: group("C06"), f"unknown group 'C06': {EXPECTED}; did you mean 'C6'?"),
        (lambda: group(""), f"unknown group '': {EXPECTED}"),
        (lambda: group("C2xZ3"), f"unknown group 'Z3' in 'C2xZ3': {EXPECTED}; did you mean 'C3'?"),
        (lambda: group("D2"), "group 'D2': expected n at least 3 (Dn has order 2n); did you mean 'D3'?"),
        (lambda: group("F21"), "group 'F21': expected an order p(p-1) for a prime p; did you mean 'F20'?"),
        (lambda: group("SL2_4"), "group 'SL2_4': expected a prime; did you mean 'SL2_3'?"),
        (lambda: group("Q16"), "group 'Q16': expected the quaternion group Q8; did you mean 'Q8'?"),
        (lambda: group("S8"), "group 'S8' has order 40320: the limit is 5040"),
        (lambda: group("S5xS5"), "group 'S5xS5' has order 14400: the limit is 5040"),
        (lambda: group("A5wrC2"), "group 'A5wrC2' has order 7200: the limit is 5040"),
        (lambda: group("S9999"), "group 'S9999' has order more than 10^15: the limit is 5040"),
        (lambda: group("C123456"), "group 'C123456' is too large: the limit is 5040 elements"),
        (
            lambda: swaps_of(group("A5")),
            "group 'A5' has no adjacent swaps: expected a symmetric group like S5",
        ),
        (
            lambda: group_automaton(group("C1"), generators_of(group("C1"))),
            "group 'C1' with no symbols: expected at least one element",
        ),
        (
            lambda: group_automaton(group("C3"), [1, 3]),
            "symbols[1] is 3: expected an element from 0 to 2",
        ),
        (lambda: group("C3").inverse(-1), "g[0] is -1: expected an element from 0 to 2"),
        (
            lambda: Group.from_table("G", [[0, 1]]),
            "group 'G': Cayley table has shape (1, 2): expected a square one",
        ),
        (
            lambda: Group.from_table("G", [[1, 0], [0, 1]]),
            "group 'G': element 0 is not the identity",
        ),
        (
            lambda: Group.from_table("G", LOOP),
            "group 'G' is not associative: (2·1)·1 is not 2·(1·1)",
        ),
        (
            lambda: Group.from_table("G", [[0, 1], [1, 1]]),
            "group 'G': element 1 has no inverse",
        ),
        (
            lambda: Group("V4", KLEIN, [1], KLEIN),
            "group 'V4': generators do not reach element 2",
        ),
        (
            lambda: Group("V4", KLEIN, [1, 2], [[0, 1], [1, 0], [0, 1], [1, 0]]),
            "group 'V4': permutations do not represent the table faithfully",
        ),
        (
            lambda: Group("V4", KLEIN, [1, 2], [[0, 1], [1, 0]]),
            "group 'V4': permutations have shape (2, 2): expected one of at least one point "
            "for each of 4 elements",
        ),
        (
            lambda: Group.from_permutations("G", [[0, 0, 1]]),
            "group 'G': expected at least one permutation of the points 0 to degree - 1",
        ),
        (
            lambda: Group.from_permutations("G", [[1, 0, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7, 0]]),
            "group 'G' has more elements than the limit of 5040",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
