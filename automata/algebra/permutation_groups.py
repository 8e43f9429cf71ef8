"""Permutation groups too large for a table: subgroups and series, by stabiliser chains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .schreier_sims import StabiliserChain

Rows = NDArray[np.integer]


def then(first: Rows, second: Rows) -> Rows:
    """Return the product of two permutations, the first one first.

    Examples
    --------
    >>> then(np.array([1, 2, 0]), np.array([1, 0, 2])).tolist()
    [0, 2, 1]
    """
    product: Rows = second[first]
    return product


def inverse(row: Rows) -> Rows:
    """Return the inverse of a permutation."""
    return np.argsort(row)


@dataclass(frozen=True, eq=False)
class PermutationGroup:
    """The group that permutations generate.

    Parameters
    ----------
    generators : int array, shape (K, points)
    semiregular : bool
        Whether no element but the identity is known to fix a point.

    Examples
    --------
    >>> rubik = PermutationGroup(np.array([[1, 2, 3, 4, 5, 6, 7, 0], [1, 0, 2, 3, 4, 5, 6, 7]]))
    >>> rubik.order, rubik.commutator_subgroup().order, rubik.derived_orders()
    (40320, 20160, [40320, 20160])
    """

    generators: Rows
    semiregular: bool = False

    @cached_property
    def rows(self) -> Rows:
        """The generators that are not the identity, each once."""
        identity = np.arange(self.points)
        moving = self.generators[(self.generators != identity).any(axis=1)]
        first = {row.tobytes(): i for i, row in reversed(list(enumerate(moving)))}
        different: Rows = moving[sorted(first.values())]
        return different

    @property
    def points(self) -> int:
        """Number of points, moved or not."""
        return int(self.generators.shape[1])

    @cached_property
    def chain(self) -> StabiliserChain:
        """A stabiliser chain."""
        return StabiliserChain.of(self.rows, semiregular=self.semiregular)

    @cached_property
    def order(self) -> int:
        """Number of elements."""
        return self.chain.order

    @property
    def abelian(self) -> bool:
        """Whether all elements commute: generators are enough."""
        return all(np.array_equal(then(a, b), then(b, a)) for a in self.rows for b in self.rows)

    def powers(self, n: int) -> PermutationGroup:
        """Return what the n-th powers of the generators generate: all n-th powers, where the group is abelian."""
        square: NDArray[np.int64] = self.rows.astype(np.int64)
        result = np.broadcast_to(np.arange(self.points), square.shape)
        rest = n
        while rest:
            if rest & 1:
                result = np.take_along_axis(square, result, axis=1)
            square = np.take_along_axis(square, square, axis=1)
            rest >>= 1
        return PermutationGroup(result, self.semiregular)

    def normal_closure(self, elements: Iterable[Rows]) -> PermutationGroup:
        """Return the least normal subgroup that holds the elements."""
        chosen: list[Rows] = []
        waiting = list(elements)
        closure = self._subgroup(chosen)
        while waiting:
            x = waiting.pop()
            if closure.chain.contains(x):
                continue
            chosen.append(x)
            closure = self._subgroup(chosen)
            waiting += [then(then(inverse(g), x), g) for g in self.rows]
        return closure

    def _subgroup(self, rows: list[Rows]) -> PermutationGroup:
        return PermutationGroup(np.array(rows, np.int32).reshape(-1, self.points), self.semiregular)

    def commutator_subgroup(self, other: PermutationGroup | None = None) -> PermutationGroup:
        """Return [G, N] for a normal subgroup N, the group itself where none is given."""
        commutators = (
            then(then(inverse(a), inverse(b)), then(a, b))
            for a in self.rows
            for b in (self if other is None else other).rows
        )
        return self.normal_closure(commutators)

    def derived_series(self) -> list[PermutationGroup]:
        """Return the group, its commutator subgroup, and so on until it repeats."""
        series = [self]
        while series[-1].order > 1:
            below = series[-1].commutator_subgroup()
            if below.order == series[-1].order:
                break
            series.append(below)
        return series

    def derived_orders(self) -> list[int]:
        """Return the orders of the derived series."""
        return [group.order for group in self.derived_series()]

    @property
    def nilpotent(self) -> bool:
        """Whether the lower central series G, [G, G], [G, [G, G]], … ends at the identity."""
        below: PermutationGroup | None = None
        order = self.order
        while order > 1:
            below = self.commutator_subgroup(below)
            if below.order == order:
                return False
            order = below.order
        return True
