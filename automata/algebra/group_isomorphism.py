"""Are two groups one but for the names of their elements?"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ..group_structure import conjugacy_classes, element_orders
from ..groups import Group

TRIALS = 20_000
"""Choices of images for the generators that are tried before the question is left open."""


def element_kinds(group: Group) -> NDArray[np.int64]:
    """Return a number for each element that every isomorphism keeps, shape (order,).

    Made of its order, the size of its class, the number of its square and cube roots, and the same of its
    square.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> len(set(element_kinds(group("S4")).tolist()))
    5
    """
    elements = np.arange(group.order)
    squares = group.table[elements, elements]
    cubes = group.table[squares, elements]
    sizes = np.empty(group.order, np.int64)
    for members in conjugacy_classes(group):
        sizes[members] = len(members)
    roots = [np.bincount(powers, minlength=group.order) for powers in (squares, cubes)]
    table = np.stack([element_orders(group).astype(np.int64), sizes, *roots], axis=1)
    table = np.concatenate([table, table[squares]], axis=1)
    # A polynomial in the features: the same numbers in both groups, which np.unique would not give.
    kinds = np.zeros(group.order, np.int64)
    for column in table.T:
        kinds = (kinds * 1_000_003 + column) % ((1 << 40) - 87)
    return kinds


def isomorphic_groups(a: Group, b: Group) -> bool:
    """Return whether there is an isomorphism; it is looked for by the images of a's generators.

    False also where it is left open after 20,000 choices of images: so True is a proof, False is not always.

    Parameters
    ----------
    a, b : Group

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> isomorphic_groups(group("SL2_2"), group("S3")), isomorphic_groups(group("D4"), group("Q8"))
    (True, False)
    """
    if a.order != b.order or a.abelian != b.abelian:
        return False
    kinds_a, kinds_b = element_kinds(a), element_kinds(b)
    if not np.array_equal(np.sort(kinds_a), np.sort(kinds_b)):
        return False
    if not a.generators:
        return True
    levels = _levels(a)
    images = [np.flatnonzero(kinds_b == kinds_a[g]).tolist() for g in a.generators]
    # An inner automorphism of b moves the first image to the least of its class.
    least = {int(members[0]) for members in conjugacy_classes(b)}
    images[0] = [x for x in images[0] if x in least]
    choices = itertools.islice(itertools.product(*images), TRIALS)
    return any(_extends(a, b, levels, choice) for choice in choices)


Level = tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]]


def _levels(group: Group) -> list[Level]:
    # Breadth-first over the generators: new elements, the elements they come from, and by which generator.
    right = group.table[:, list(group.generators)]
    known = np.zeros(group.order, np.bool_)
    known[0] = True
    level: NDArray[np.integer] = np.zeros(1, np.int64)
    found: list[Level] = []
    while level.size:
        products = right[level]
        new, first = np.unique(products, return_index=True)
        fresh = ~known[new]
        new, first = new[fresh], first[fresh]
        known[new] = True
        if new.size:
            found.append((new, level[first // right.shape[1]], first % right.shape[1]))
        level = new
    return found


def _extends(
    a: Group,
    b: Group,
    levels: list[Level],
    choice: tuple[int, ...],
) -> bool:
    chosen = np.array(choice)
    image = np.zeros(a.order, np.int64)
    for new, source, generator in levels:
        image[new] = b.table[image[source], chosen[generator]]
    if len(np.unique(image)) < a.order:
        return False
    return all(
        np.array_equal(image[a.table[:, g]], b.table[image, x])
        for g, x in zip(a.generators, choice, strict=True)
    )
