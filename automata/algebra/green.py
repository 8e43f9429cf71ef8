"""Green's relations of a monoid, and the egg-box picture of each of its D-classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from .components import components, join
from .monoid import TransitionMonoid


@dataclass(frozen=True, eq=False)
class EggBox:
    """One D-class as a table: a row an R-class, a column an L-class, a cell an H-class.

    Attributes
    ----------
    elements : int64 array, shape (N,)
        Those of the D-class, in their order.
    rows, columns : tuple of int
        The numbers of the R-classes and of the L-classes.
    cell : int
        Elements in each cell.
    groups : bool array, shape (rows, columns)
        Which cells hold an idempotent: those are groups, all isomorphic (Green, 1951).
    """

    elements: NDArray[np.int64]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    cell: int
    groups: NDArray[np.bool_]

    @property
    def regular(self) -> bool:
        """Whether there is an idempotent; then there is one in every row and in every column."""
        return bool(self.groups.any())

    def __str__(self) -> str:
        """The picture: ``*`` for a cell that is a group, ``.`` for another, and how many elements a cell has."""
        lines = [" ".join("*" if cell else "." for cell in row) for row in self.groups]
        return "\n".join([f"{len(self.rows)} x {len(self.columns)} cells of {self.cell}", *lines])


@dataclass(frozen=True, eq=False)
class GreenRelations:
    """Green's relations R, L, H and D of a transition monoid (J is D, as the monoid is finite).

    Classes of each relation are numbered from 0 in the order of their first elements.

    Parameters
    ----------
    monoid : TransitionMonoid

    Examples
    --------
    The maps of two points: the group of units, and two constants.

    >>> from krohn.automata.semiautomaton import Semiautomaton
    >>> green = GreenRelations(TransitionMonoid.of(Semiautomaton([[1, 0], [0, 0]])))
    >>> green.r.tolist(), green.l.tolist()
    ([0, 0, 1, 1], [0, 0, 1, 2])
    >>> print(green.egg_box(1))
    1 x 2 cells of 1
    * *
    """

    monoid: TransitionMonoid

    @cached_property
    def r(self) -> NDArray[np.int32]:
        """The R-class of each element: the same for x and y where each is the other followed by some word."""
        return components(self.monoid.right)

    @cached_property
    def l(self) -> NDArray[np.int32]:  # noqa: E743  the relation's name
        """The L-class of each element: the same for x and y where each is some word followed by the other."""
        return components(self.monoid.left)

    @cached_property
    def d(self) -> NDArray[np.int32]:
        """The D-class of each element: the join of R and L."""
        return join(self.r, self.l)

    @cached_property
    def h(self) -> NDArray[np.int32]:
        """The H-class of each element: the same where both the R-class and the L-class are."""
        keys = self.r.astype(np.int64) * (int(self.l.max()) + 1) + self.l
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        rank = np.empty(len(first), np.int32)
        rank[np.argsort(first)] = np.arange(len(first))
        return rank[inverse]

    @cached_property
    def d_classes(self) -> int:
        """Number of D-classes."""
        return int(self.d.max()) + 1

    @cached_property
    def regular(self) -> NDArray[np.bool_]:
        """Which D-classes hold an idempotent, shape (D-classes,)."""
        result = np.zeros(self.d_classes, np.bool_)
        result[self.d[self.monoid.idempotents]] = True
        return result

    @cached_property
    def group_sizes(self) -> NDArray[np.int64]:
        """Elements in an H-class of each D-class, shape (D-classes,)."""
        _, first = np.unique(self.d, return_index=True)
        sizes = np.bincount(self.h)
        return sizes[self.h[first]].astype(np.int64)

    @property
    def h_trivial(self) -> bool:
        """Whether each H-class has one element: the monoid is aperiodic (Schützenberger, 1965)."""
        return int(self.group_sizes.max()) == 1

    @property
    def r_trivial(self) -> bool:
        """Whether each R-class has one element."""
        return int(self.r[-1]) == self.monoid.size - 1

    @property
    def l_trivial(self) -> bool:
        """Whether each L-class has one element."""
        return int(self.l[-1]) == self.monoid.size - 1

    def egg_box(self, d_class: int) -> EggBox:
        """Return the picture of a D-class.

        Raises
        ------
        RequestError
            Where there is no such class.
        """
        if not 0 <= d_class < self.d_classes:
            raise RequestError(f"D-class is {d_class}: expected 0 to {self.d_classes - 1}")
        elements = np.flatnonzero(self.d == d_class)
        rows, columns = np.unique(self.r[elements]), np.unique(self.l[elements])
        groups = np.zeros((len(rows), len(columns)), np.bool_)
        idempotents = self.monoid.idempotents
        inside = idempotents[self.d[idempotents] == d_class]
        groups[np.searchsorted(rows, self.r[inside]), np.searchsorted(columns, self.l[inside])] = True
        cell = int(self.group_sizes[d_class])
        return EggBox(elements, tuple(rows.tolist()), tuple(columns.tolist()), cell, groups)
