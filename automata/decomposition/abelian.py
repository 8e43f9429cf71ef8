"""The derived series of a solvable group, each abelian factor as counters, and the coordinates of an element.

As in `series`, but a whole abelian factor A_i = G_{i-1} / G_i is one level: a direct product of cyclic groups of
prime power order, so a level adds a vector of residues, and there are as many levels as the derived length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..algebra.composition import quotient, restricted
from ..algebra.simple_groups import prime_factors
from ..cayley import subgroup
from ..group_structure import derived_series, element_orders
from ..groups import Group

Elements = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class AbelianFactor:
    """One abelian factor.

    Attributes
    ----------
    orders : tuple of int
        Prime powers: residues modulo each name an element of the factor.
    residues : int32 array, shape (order of G, len(orders))
        Those of the class of each element of G_{i-1}; -1 for other elements of G.
    lift : int32 array, shape orders
        An element of G_{i-1} for each vector of residues; the identity for zeros.
    """

    orders: tuple[int, ...]
    residues: Elements
    lift: Elements


@dataclass(frozen=True, eq=False)
class AbelianSeries:
    """A series with abelian factors.

    Attributes
    ----------
    group : Group
    factors : tuple of AbelianFactor
        From the top.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [factor.orders for factor in abelian_series(group("S4")).factors]
    [(2,), (3,), (2, 2)]
    """

    group: Group
    factors: tuple[AbelianFactor, ...]

    @property
    def orders(self) -> tuple[int, ...]:
        """The orders of all levels, from the top."""
        return tuple(order for factor in self.factors for order in factor.orders)

    @property
    def coordinates(self) -> Elements:
        """The residues of every element p = τ_k(e_k) ⋯ τ_1(e_1), shape (order, residues)."""
        rest = np.arange(self.group.order, dtype=np.int32)
        found = [np.zeros((self.group.order, 0), np.int32)]
        for factor in self.factors:
            e = factor.residues[rest]
            rest = self.group.table[rest, self.group.inverses[factor.lift[tuple(e.T)]]]
            found.append(e)
        return np.concatenate(found, axis=1)

    def grid(self, values: Elements) -> Elements:
        """Return what is said of each element, by its residues: shape `orders`."""
        found = np.empty(self.orders, np.int32)
        found[tuple(self.coordinates.T)] = values
        return found

    def below(self, level: int, carried: int) -> Elements:
        """Return what is carried to the next level, τ(e) c τ(e')^{-1}, by the residues e' after the step.

        The residues before it are e = e' - [c].
        """
        factor = self.factors[level]
        after = np.indices(factor.orders).reshape(len(factor.orders), -1)
        before = (after - factor.residues[carried][:, None]) % np.array(factor.orders)[:, None]
        table, inverses = self.group.table, self.group.inverses
        turned = table[factor.lift[tuple(before)], carried]
        found: Elements = table[turned, inverses[factor.lift[tuple(after)]]]
        return found.reshape(factor.orders)


def abelian_series(group: Group) -> AbelianSeries:
    """Return the derived series of a solvable group.

    Raises
    ------
    RequestError
        Where the group is not solvable.
    """
    series = derived_series(group)
    if len(series[-1]) > 1:
        raise RequestError(f"group {group.name!r} is not solvable: expected one whose derived series ends")
    return AbelianSeries(group, tuple(_factor(group, *inside) for inside in pairwise(series)))


def _factor(group: Group, inside: Elements, normal: Elements) -> AbelianFactor:
    inside, normal = np.sort(inside), np.sort(normal)
    part = restricted(group, inside)
    within = np.searchsorted(inside, normal).astype(np.int32)
    least = part.table[within].min(axis=0)
    _, coset = np.unique(least, return_inverse=True)
    whole = quotient(part, within)
    basis, orders = _basis(whole)
    elements = element_orders(part)
    lifts = [min(np.flatnonzero(coset == x), key=lambda y: (elements[y], y)) for x in basis]
    lift = np.zeros(1, np.int32)
    classes = np.zeros(1, np.int32)
    for x, y, order in zip(basis, lifts, orders, strict=True):  # powers of each, after all products so far
        classes = _powers(whole.table, classes, x, order)
        lift = _powers(part.table, lift, int(y), order)
    residues = np.full((group.order, len(orders)), -1, np.int32)
    vector = np.empty((whole.order, len(orders)), np.int32)
    vector[classes] = np.indices(orders).reshape(len(orders), -1).T
    residues[inside] = vector[coset]
    return AbelianFactor(tuple(orders), residues, inside[lift].reshape(orders))


def _powers(table: Elements, products: Elements, x: int, order: int) -> Elements:
    found = [products]
    for _ in range(order - 1):
        found.append(table[found[-1], x])
    return np.stack(found, axis=1).ravel()


def _basis(group: Group) -> tuple[list[int], list[int]]:
    """Return elements of an abelian group whose powers make every element in one way, and their orders."""
    basis, orders = [], []
    own = element_orders(group)
    for prime in sorted(prime_factors(group.order)):
        sylow = [x for x in range(group.order) if own[x] == prime ** round(math.log(own[x], prime))]
        made = np.zeros(1, np.int32)
        while len(made) < len(sylow):
            # The order of x modulo what is made; one of the largest, which is then that of some x itself.
            inside = set(made.tolist())
            relative = {x: _relative_order(group, x, inside) for x in sylow}
            largest = max(relative.values())
            x = next(x for x in sylow if relative[x] == largest == own[x])
            basis.append(x)
            orders.append(largest)
            made = subgroup(group.table, [*made.tolist(), x])
    return basis, orders


def _relative_order(group: Group, x: int, inside: set[int]) -> int:
    power, count = x, 1
    while power not in inside:
        power, count = int(group.table[power, x]), count + 1
    return count
