"""Machines whose symbols permute the states: the monoid is a group, and need not be enumerated."""

from __future__ import annotations

import numba
import numpy as np

from ..cayley import LARGEST_ORDER, table_from_steps
from ..groups import Group
from .group_facts import GroupFacts, facts_of
from .large_groups import facts_of_generators
from .permutation_groups import PermutationGroup, Rows


def transitive_facts(rows: Rows) -> GroupFacts:
    """Return the facts of the group that permutations of the states generate.

    Parameters
    ----------
    rows : int array, shape (K, points)
        Permutations that lead from point 0 to every point.

    Raises
    ------
    GroupLimitError
        Where it takes too long to explore.

    Examples
    --------
    >>> turn = np.roll(np.arange(65536), -1)
    >>> transitive_facts(turn[None]).name
    'C65536'
    """
    chosen, regular = regular_generators(rows)
    points = rows.shape[1]
    if not regular:
        return facts_of_generators(PermutationGroup(rows))
    group = PermutationGroup(chosen, semiregular=True)
    if points > LARGEST_ORDER or group.abelian:
        return facts_of_generators(group)
    # Element g of a regular group is the point to which it moves point 0.
    steps = {int(row[0]): row.astype(np.int32) for row in chosen}
    return facts_of(Group.from_table("group", table_from_steps(steps, points), list(steps)))


def regular_generators(rows: Rows) -> tuple[Rows, bool]:
    """Return permutations that lead from point 0 to every point, and whether all of them generate a regular group.

    A transitive group is regular exactly where the permutations that commute with it are transitive: then each is
    an automorphism of the graph of the generators, given by the image of point 0 (Wielandt, Finite
    Permutation Groups, 1964, section 4).

    Parameters
    ----------
    rows : int array, shape (K, points)

    Examples
    --------
    >>> chosen, regular = regular_generators(np.array([[1, 2, 3, 0], [2, 3, 0, 1]]))
    >>> len(chosen), regular
    (1, True)
    """
    points = rows.shape[1]
    chosen: list[Rows] = []
    tree = _tree(rows[:0].astype(np.int32))
    for row in rows:
        if tree[1][row[0]] < 0:
            chosen.append(row)
            tree = _tree(np.array(chosen, np.int32))
    steps = np.array(chosen, np.int32)
    if len(tree[0]) < points:
        return steps, False
    image = np.empty(points, np.int32)
    for row in chosen:
        _follow(steps, *tree, row[0], image)
        if any(not np.array_equal(image[other], other[image]) for other in rows):
            return steps, False
    return steps, True


@numba.njit(cache=True, nogil=True)
def _tree(rows):  # type: ignore[no-untyped-def]
    # Breadth-first from point 0: the points in their order, and for each from where and by which permutation.
    points = rows.shape[1]
    source, step = np.full(points, -1, np.int32), np.zeros(points, np.int32)
    order = np.zeros(points, np.int32)
    source[0] = 0
    size, position = 1, 0
    while position < size:
        point = order[position]
        for g in range(len(rows)):
            target = rows[g, point]
            if source[target] < 0:
                source[target], step[target] = point, g
                order[size] = target
                size += 1
        position += 1
    return order[:size], source, step


@numba.njit(cache=True, nogil=True)
def _follow(rows, order, source, step, start, image):  # type: ignore[no-untyped-def]
    image[0] = start
    for i in range(1, len(order)):
        point = order[i]
        image[point] = rows[step[point], image[source[point]]]
