"""A composition series of a group, and the coordinates of an element along it.

With G = G_0 > G_1 > … > G_k = 1, each G_i normal in the one before and A_i = G_{i-1} / G_i simple, and a lift
τ_i : A_i -> G_{i-1} of each, every element is p = τ_k(e_k) ⋯ τ_1(e_1) in one way. To multiply p by c_1 on the
right, level i turns e_i into e_i' = e_i · [c_i] and passes down c_{i+1} = τ_i(e_i) c_i τ_i(e_i')^{-1}, which
lies in G_i: each level multiplies on the right, whether the series splits or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import KrohnError
from ..algebra.composition import quotient, restricted
from ..algebra.simple_groups import prime_factors, simple_name
from ..cayley import subgroup
from ..group_structure import conjugacy_classes, derived_series, element_orders, is_simple, normal_closure
from ..groups import Group

Elements = NDArray[np.int32]


@dataclass(frozen=True)
class Factor:
    """One simple factor of a series.

    Attributes
    ----------
    name : str
        Such as ``C2`` or ``A5``.
    table : int array, shape (order, order)
        Its Cayley table; of a cyclic factor that of addition modulo its order.
    coset : int array, shape (order of G,)
        The class of each element of G_{i-1}; -1 for other elements of G.
    lift : int array, shape (order,)
        τ_i, as elements of G; the identity for the identity, powers of one element for a cyclic factor.
    """

    name: str
    table: NDArray[np.int32]
    coset: NDArray[np.int32]
    lift: NDArray[np.int32]

    @property
    def order(self) -> int:
        """Number of elements."""
        return len(self.lift)


@dataclass(frozen=True)
class Series:
    """A composition series of a group, from the top.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [factor.name for factor in composition_series(group("S4")).factors]
    ['C2', 'C3', 'C2', 'C2']
    """

    group: Group
    factors: tuple[Factor, ...]

    def element(self, coordinates: tuple[int, ...]) -> int:
        """Return the element with given coordinates, the first of them the top one."""
        product = 0
        for factor, e in zip(self.factors, coordinates, strict=True):
            product = int(self.group.table[factor.lift[e], product])
        return product

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the factors."""
        return tuple(factor.name for factor in self.factors)

    def coordinates(self, elements: Elements) -> NDArray[np.int32]:
        """Return the coordinates of elements, shape (elements, factors), the top one first."""
        rest = np.asarray(elements, np.int32)
        found = []
        for factor in self.factors:
            e = factor.coset[rest]
            rest = self.group.table[rest, self.group.inverses[factor.lift[e]]]
            found.append(e)
        return np.stack(found, axis=1) if found else np.zeros((len(rest), 0), np.int32)

    def added(self, h: int) -> NDArray[np.int32]:
        """Return what multiplying by h adds to each coordinate of every element, shape (order, factors)."""
        table, inverses = self.group.table, self.group.inverses
        before = self.coordinates(np.arange(self.group.order, dtype=np.int32))
        carried = np.full(self.group.order, h, np.int32)
        found = np.empty_like(before)
        for i, (factor, e) in enumerate(zip(self.factors, before.T, strict=True)):
            found[:, i] = factor.coset[carried]
            after = factor.table[e, found[:, i]]
            carried = table[table[factor.lift[e], carried], inverses[factor.lift[after]]]
        return found

    def verify(self, turns: Elements) -> int:
        """Prove that multiplying factor by factor gives the product; return how many cases were checked.

        Parameters
        ----------
        turns : int array
            The elements by which is multiplied; every element of the group is multiplied by each.

        Raises
        ------
        KrohnError
            Where it does not.
        """
        table = self.group.table
        before = self.coordinates(np.arange(self.group.order, dtype=np.int32))
        for h in turns:
            product = np.zeros(self.group.order, np.int32)
            for factor, e, step in zip(self.factors, before.T, self.added(int(h)).T, strict=True):
                product = table[factor.lift[factor.table[e, step]], product]
            if not np.array_equal(product, table[:, h]):
                raise KrohnError(
                    f"the composition series of {self.group.name} does not multiply by element {h}"
                )
        return len(turns) * self.group.order

    def to_json(self) -> dict[str, Any]:
        """Return the permutations of the tiles and the factors, as JSON values."""
        return {
            "permutations": self.group.permutations.tolist(),
            "factors": [
                {
                    "name": factor.name,
                    "table": factor.table.tolist(),
                    "coset": factor.coset.tolist(),
                    "lift": factor.lift.tolist(),
                }
                for factor in self.factors
            ],
        }


def composition_series(group: Group) -> Series:
    """Return a composition series; the same group gives the same one.

    The top factor is cyclic of the least prime order that the group has as a quotient, else the largest normal
    subgroup is taken.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> series = composition_series(group("Q8"))
    >>> series.names, series.element((1, 0, 1)) != series.element((1, 0, 0))
    (('C2', 'C2', 'C2'), True)
    """
    factors = []
    inside = np.arange(group.order, dtype=np.int32)  # the elements of G_{i-1}
    while len(inside) > 1:
        part = restricted(group, inside)
        normal = _maximal_normal(part)
        factors.append(_factor(group, inside, part, normal))
        inside = inside[normal]
    return Series(group, tuple(factors))


def _maximal_normal(group: Group) -> Elements:
    series = derived_series(group)
    if len(series) > 1:
        derived = series[1]
        prime = min(prime_factors(group.order // len(derived)))
        elements = np.arange(group.order)
        powers: NDArray[np.integer] = elements
        for _ in range(prime - 1):
            powers = group.table[powers, elements]
        inside = np.zeros(group.order, np.bool_)
        inside[0] = True
        generators: list[int] = []
        # The powers, then a hyperplane of the elementary abelian quotient. Few generators: each doubles what is inside.
        for x in (*derived.tolist(), *powers.tolist(), *range(group.order)):
            if not inside[x]:
                larger = subgroup(group.table, [*generators, x])
                if len(larger) < group.order:
                    generators.append(x)
                    inside[larger] = True
        return np.flatnonzero(inside).astype(np.int32)
    if is_simple(group):
        return np.zeros(1, np.int32)
    chosen: NDArray[np.int32] = np.zeros(1, np.int32)
    for members in conjugacy_classes(group)[1:]:
        larger = subgroup(group.table, normal_closure(group, [*chosen.tolist(), int(members[0])]))
        if len(larger) < group.order:
            chosen = larger
    return np.sort(chosen).astype(np.int32)


def _factor(group: Group, inside: Elements, part: Group, normal: Elements) -> Factor:
    least = part.table[normal].min(axis=0)  # the least element of the coset N x
    representatives, coset = np.unique(least, return_inverse=True)
    simple = quotient(part, normal)
    order = simple.order
    whole = np.full(group.order, -1, np.int32)
    if order not in prime_factors(order):
        whole[inside] = coset
        name = simple_name(order, has_element_of_order_15=15 in element_orders(simple))
        return Factor(name, simple.table, whole, inside[representatives])
    # Cyclic: count powers of one element x, so that the product is a sum. Of the elements that generate the
    # quotient one of least order, and among those one that commutes with N: a direct factor shows as one.
    orders = element_orders(part)
    above = np.flatnonzero(coset == coset[representatives[1]])
    apart = [not np.array_equal(part.table[x, normal], part.table[normal, x]) for x in above]
    x = int(min(zip(orders[above], apart, above, strict=True))[2])
    lift = np.zeros(order, np.int32)
    for k in range(1, order):
        lift[k] = part.table[lift[k - 1], x]
    exponent = np.empty(order, np.int32)
    exponent[coset[lift]] = np.arange(order)
    whole[inside] = exponent[coset]
    table = (np.arange(order)[:, None] + np.arange(order)) % order
    return Factor(f"C{order}", table.astype(np.int32), whole, inside[lift])
