"""The maximal subgroups of a monoid, each as permutations of the points that its identity keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .green import GreenRelations


@dataclass(frozen=True, eq=False)
class MaximalSubgroup:
    """The maximal subgroup around an idempotent.

    Attributes
    ----------
    d_class : int
        Where it lies; the other maximal subgroups of this class are isomorphic to it.
    idempotent : int
        Its identity, as an element of the monoid.
    elements : int64 array, shape (order,)
        As elements of the monoid.
    permutations : int array, shape (order, rank)
        What they do to the image of the idempotent, whose points are numbered in their order.
    """

    d_class: int
    idempotent: int
    elements: NDArray[np.int64]
    permutations: NDArray[np.integer]

    @property
    def order(self) -> int:
        """Number of elements."""
        return len(self.elements)


def maximal_subgroups(green: GreenRelations) -> list[MaximalSubgroup]:
    """Return the maximal subgroups that are not trivial, one for each regular D-class.

    An H-class with an idempotent e is a group (Green, 1951). Each of its elements is determined by what it does
    to the image of e, because x = ex, and permutes that image.

    Parameters
    ----------
    green : GreenRelations

    Examples
    --------
    >>> from krohn.automata.algebra.monoid import TransitionMonoid
    >>> from krohn.automata.semiautomaton import Semiautomaton
    >>> full = TransitionMonoid.of(Semiautomaton([[1, 1, 0], [0, 2, 1], [2, 0, 0]]))
    >>> [group.order for group in maximal_subgroups(GreenRelations(full))]
    [6, 2]
    """
    monoid = green.monoid
    _, first = np.unique(green.d[monoid.idempotents], return_index=True)
    chosen = monoid.idempotents[first]
    chosen = chosen[green.group_sizes[green.d[chosen]] > 1]
    by_class = np.argsort(green.h, kind="stable")
    sorted_h = green.h[by_class]
    found = []
    for e in chosen.tolist():
        low, high = np.searchsorted(sorted_h, [green.h[e], green.h[e] + 1])
        elements = by_class[low:high]
        image = np.unique(monoid.maps[e])
        permutations = np.searchsorted(image, monoid.maps[elements][:, image])
        found.append(MaximalSubgroup(int(green.d[e]), e, elements, permutations))
    return found
