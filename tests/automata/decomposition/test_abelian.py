"""Derived series with abelian factors: coordinates that add, and what is carried below."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import factorint
from sympy.combinatorics import Permutation, PermutationGroup

from krohn.automata.decomposition.abelian import abelian_series
from krohn.automata.group_names import group
from krohn.errors import RequestError

NAMES = [
    "C1",
    "C2",
    "C60",
    "C2xC4",
    "C6xC4",
    "S3",
    "D6",
    "A4",
    "Q8",
    "F20",
    "S4",
    "SL2_3",
    "H3",
    "C2wrC3",
    "C4xS3",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_element_has_coordinates_of_its_own(name: str) -> None:
    series = abelian_series(group(name))
    assert np.prod(series.orders, dtype=int) == series.group.order
    assert len(np.unique(series.coordinates, axis=0)) == series.group.order
    assert all(len(factorint(order)) == 1 for order in series.orders)


@pytest.mark.parametrize("name", NAMES)
def test_the_depth_is_the_derived_length(name: str) -> None:
    own = group(name)
    theirs = PermutationGroup(
        [Permutation(own.permutations[g].tolist()) for g in own.generators] or [Permutation(1)]
    )
    assert len(abelian_series(own).factors) == len(theirs.derived_series()) - 1


@pytest.mark.parametrize("name", NAMES)
def test_levels_add_and_carry_the_product(name: str) -> None:
    """Following a product down the levels gives the coordinates of the product, for every pair of elements."""
    series = abelian_series(group(name))
    table = series.group.table
    for c in range(series.group.order):
        carried = np.full(series.group.order, c)
        begin = 0
        for level, factor in enumerate(series.factors):
            axes = slice(begin, begin + len(factor.orders))
            begin = axes.stop
            after = (series.coordinates[:, axes] + factor.residues[carried]) % np.array(factor.orders)
            assert np.array_equal(after, series.coordinates[table[:, c], axes])
            below = {int(x): series.below(level, int(x)) for x in np.unique(carried)}
            carried = np.array([below[int(x)][tuple(e)] for x, e in zip(carried, after, strict=True)])
        assert not carried.any()


def test_a_group_that_is_not_solvable() -> None:
    with pytest.raises(RequestError) as caught:
        abelian_series(group("S5"))
    assert str(caught.value) == "group 'S5' is not solvable: expected one whose derived series ends"
