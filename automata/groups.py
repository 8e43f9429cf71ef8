"""Finite groups as a Cayley table together with a faithful permutation representation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RequestError
from .arrays import in_range, read_only, whole_numbers
from .cayley import LARGEST_ORDER, checked_table, few_generators, subgroup, table_from_steps

_ROWS = 256


@dataclass(frozen=True, eq=False, init=False)
class Group:
    """A finite group.

    Products read left to right, as words do: ``table[g, h]`` is "first g, then h". Element 0 is the identity.

    Parameters
    ----------
    name : str
    table : int array, shape (order, order)
        The Cayley table.
    generators : sequence of int
        Elements that generate the group; empty for the trivial group only.
    permutations : int array, shape (order, degree)
        A faithful representation: ``permutations[g, x]`` is where g sends the point x, and
        ``permutations[table[g, h]] == permutations[h][permutations[g]]``.

    Raises
    ------
    RequestError
        Where this is not a group with such generators and such a representation, or is too large.
        Associativity is proved from generators, as in Light's test (Clifford and Preston, The Algebraic
        Theory of Semigroups, 1961, section 1.2): the z with (xy)z = x(yz) for all x and y are closed under
        products.

    Examples
    --------
    >>> klein = Group.from_table("V4", [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]])
    >>> klein.order, klein.abelian, klein.generators
    (4, True, (1, 2))
    """

    name: str
    table: NDArray[np.int32]
    generators: tuple[int, ...]
    permutations: NDArray[np.integer]

    def __init__(
        self, name: str, table: ArrayLike, generators: Sequence[int], permutations: ArrayLike
    ) -> None:
        cayley = checked_table(name, table)
        chosen = whole_numbers("generators", list(generators), 1)
        in_range("generators", chosen, len(cayley), "an element")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "table", cayley)
        object.__setattr__(self, "generators", tuple(int(g) for g in chosen))
        self._check_group()
        points = whole_numbers("permutations", permutations, 2)
        self._check_representation(points)
        small = points.astype(np.min_scalar_type(points.shape[1] - 1))
        small.flags.writeable = False
        object.__setattr__(self, "permutations", small)

    def _check_group(self) -> None:
        table = self.table
        reached = subgroup(table, self.generators)
        if len(reached) < len(table):
            missing = int(np.setdiff1d(np.arange(len(table)), reached)[0])
            raise RequestError(f"group {self.name!r}: generators do not reach element {missing}")
        for z in self.generators:
            times_z = np.ascontiguousarray(table[:, z])
            for low in range(0, len(table), _ROWS):
                rows = table[low : low + _ROWS]
                wrong = np.argwhere(times_z[rows] != rows[:, times_z])
                if len(wrong):
                    x, y = int(wrong[0, 0]) + low, int(wrong[0, 1])
                    raise RequestError(
                        f"group {self.name!r} is not associative: ({x}·{y})·{z} is not {x}·({y}·{z})"
                    )
        without = np.flatnonzero(~(table == 0).any(axis=1))
        if len(without):
            raise RequestError(f"group {self.name!r}: element {int(without[0])} has no inverse")

    def _check_representation(self, points: NDArray[np.integer]) -> None:
        order, degree = points.shape
        if order != self.order or degree == 0:
            raise RequestError(
                f"group {self.name!r}: permutations have shape {points.shape}: "
                f"expected one of at least one point for each of {self.order} elements"
            )
        in_range("permutations", points, degree, "a point")
        fixes_all = (points == np.arange(degree)).all(axis=1)
        faithful = bool(fixes_all[0]) and int(fixes_all.sum()) == 1
        if not faithful or any(
            not np.array_equal(points[self.table[:, s]], points[s][points]) for s in self.generators
        ):
            raise RequestError(f"group {self.name!r}: permutations do not represent the table faithfully")

    @classmethod
    def from_table(cls, name: str, table: ArrayLike, generators: Sequence[int] | None = None) -> Group:
        """Return the group of a Cayley table, represented by its own right multiplications.

        Parameters
        ----------
        name : str
        table : int array, shape (order, order)
            Element 0 must be the identity.
        generators : sequence of int, optional
            Where not given, the smallest elements that enlarge what those before them generate.

        Raises
        ------
        RequestError
            Where the table is not a group's.

        Examples
        --------
        >>> Group.from_table("C3", [[0, 1, 2], [1, 2, 0], [2, 0, 1]]).permutations.tolist()
        [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
        """
        cayley = checked_table(name, table)
        chosen = few_generators(cayley) if generators is None else generators
        return cls(name, cayley, chosen, cayley.T)

    @classmethod
    def from_permutations(cls, name: str, generators: ArrayLike) -> Group:
        """Return the group that permutations generate.

        Elements are numbered in the lexicographic order of their rows ``(g(0), g(1), …)``, the identity
        first: the numbers depend on the group as a set of permutations, not on the choice of generators.

        Parameters
        ----------
        name : str
        generators : int array, shape (generators, degree)
            At least one; identities and repeats are dropped.

        Raises
        ------
        RequestError
            Where one is no permutation, degrees differ, or there are more than 5040 products.

        Examples
        --------
        >>> rotations = Group.from_permutations("C3", [[1, 2, 0]])
        >>> rotations.order, rotations.permutations.tolist()
        (3, [[0, 1, 2], [1, 2, 0], [2, 0, 1]])
        """
        steps = _checked_permutations(name, generators)
        degree = steps.shape[1]
        # Big-endian bytes compare as the rows of numbers do.
        identity = np.arange(degree, dtype=steps.dtype)
        known = {identity.tobytes()}
        queue = [identity]
        for element in queue:
            for product in steps[:, element]:
                key = product.tobytes()
                if key not in known:
                    known.add(key)
                    queue.append(product)
            if len(queue) > LARGEST_ORDER:
                raise RequestError(f"group {name!r} has more elements than the limit of {LARGEST_ORDER}")
        number = {key: i for i, key in enumerate(sorted(known))}
        points = np.frombuffer(b"".join(number), steps.dtype).reshape(len(number), degree)
        chosen = list(dict.fromkeys(g for step in steps if (g := number[step.tobytes()])))
        right = {s: np.array([number[row.tobytes()] for row in points[s][points]], np.int32) for s in chosen}
        return cls(name, table_from_steps(right, len(points)), chosen, points.astype(np.int32))

    @property
    def order(self) -> int:
        """Number of elements."""
        return len(self.table)

    @property
    def degree(self) -> int:
        """Number of points of the permutation representation."""
        return int(self.permutations.shape[1])

    @cached_property
    def inverses(self) -> NDArray[np.int32]:
        """The inverse of each element, int32, shape (order,), read-only."""
        return read_only(np.argmin(self.table, axis=1))

    @cached_property
    def abelian(self) -> bool:
        """Whether all elements commute."""
        chosen = list(self.generators)
        return bool(np.array_equal(self.table[np.ix_(chosen, chosen)], self.table[np.ix_(chosen, chosen)].T))

    def inverse(self, g: int) -> int:
        """Return the inverse of an element.

        Raises
        ------
        RequestError
            Where g is no element.

        Examples
        --------
        >>> Group.from_permutations("C5", [[1, 2, 3, 4, 0]]).inverse(2)
        3
        """
        in_range("g", whole_numbers("g", [g], 1), self.order, "an element")
        return int(self.inverses[g])

    def element_name(self, g: int) -> str:
        """Return an element as disjoint cycles of points, ``()`` for the identity.

        Raises
        ------
        RequestError
            Where g is no element.

        Examples
        --------
        >>> rotations = Group.from_permutations("C4", [[1, 2, 3, 0]])
        >>> [rotations.element_name(g) for g in range(4)]
        ['()', '(0 1 2 3)', '(0 2)(1 3)', '(0 3 2 1)']
        """
        in_range("g", whole_numbers("g", [g], 1), self.order, "an element")
        image = self.permutations[g].tolist()
        unseen = dict.fromkeys(x for x in range(self.degree) if image[x] != x)
        cycles = []
        while unseen:
            cycle = [next(iter(unseen))]
            while image[cycle[-1]] != cycle[0]:
                cycle.append(image[cycle[-1]])
            for x in cycle:
                del unseen[x]
            cycles.append(f"({' '.join(map(str, cycle))})")
        return "".join(cycles) or "()"


def _checked_permutations(name: str, generators: ArrayLike) -> NDArray[np.integer]:
    steps = whole_numbers("permutations", generators, 2)
    degree = steps.shape[1]
    if steps.size == 0 or not (np.sort(steps, axis=1) == np.arange(degree)).all():
        raise RequestError(f"group {name!r}: expected at least one permutation of the points 0 to degree - 1")
    return steps.astype(np.min_scalar_type(degree - 1).newbyteorder(">"))
