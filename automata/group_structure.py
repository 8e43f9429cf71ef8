"""Subgroups that say what a group is made of: derived series, centre, simplicity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from .cayley import subgroup
from .groups import Group

Elements = NDArray[np.int32]


def element_orders(group: Group) -> Elements:
    """Return the order of each element, int32, shape (order,).

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> element_orders(group("C6")).tolist()
    [1, 6, 3, 2, 3, 6]
    """
    elements = np.arange(group.order, dtype=np.int32)
    orders = np.zeros(group.order, np.int32)
    power: Elements = elements
    exponent = 1
    while (orders == 0).any():
        orders[(power == 0) & (orders == 0)] = exponent
        power = group.table[power, elements]
        exponent += 1
    return orders


def centre(group: Group) -> Elements:
    """Return the elements that commute with all, sorted, int32.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> len(centre(group("Q8")))
    2
    """
    chosen = list(group.generators)
    return np.flatnonzero((group.table[:, chosen] == group.table[chosen].T).all(axis=1)).astype(np.int32)


def normal_closure(group: Group, elements: Iterable[int], within: Sequence[int] | None = None) -> list[int]:
    """Return generators of the least normal subgroup that holds the elements.

    Parameters
    ----------
    group : Group
    elements : iterable of int
    within : sequence of int, optional
        Generators of the subgroup in which it is to be normal; the group's own where not given.

    Returns
    -------
    list of int
        At most log2 of its order.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> s4 = group("S4")
    >>> len(subgroup(s4.table, normal_closure(s4, s4.generators[:1])))
    24
    """
    table, inverses = group.table, group.inverses
    conjugators = group.generators if within is None else within
    chosen: list[int] = []
    inside = np.zeros(group.order, np.bool_)
    inside[0] = True
    waiting = list(elements)
    while waiting:
        x = waiting.pop()
        if inside[x]:
            continue
        chosen.append(x)
        inside[subgroup(table, chosen)] = True
        waiting += [int(table[table[inverses[g], x], g]) for g in conjugators]
    return chosen


def derived_series(group: Group) -> list[Elements]:
    """Return the group, its commutator subgroup, the commutator subgroup of that, and so on until it repeats.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [len(level) for level in derived_series(group("S4"))]
    [24, 12, 4, 1]
    >>> [len(level) for level in derived_series(group("S5"))]
    [120, 60]
    """
    table, inverses = group.table, group.inverses
    chosen = list(group.generators)
    series = [np.arange(group.order, dtype=np.int32)]
    while len(series[-1]) > 1:
        commutators = {
            int(table[table[inverses[g], inverses[h]], table[g, h]]) for g in chosen for h in chosen if g != h
        }
        chosen = normal_closure(group, sorted(commutators), chosen)
        level = subgroup(table, chosen)
        if len(level) == len(series[-1]):
            break
        series.append(level)
    return series


def derived_length(group: Group) -> int | None:
    """Return how many commutator subgroups lead down to the identity; None where none does (not solvable).

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [derived_length(group(name)) for name in ("C1", "C6", "S3", "S4", "A5")]
    [0, 1, 2, 3, None]
    """
    series = derived_series(group)
    return len(series) - 1 if len(series[-1]) == 1 else None


def is_solvable(group: Group) -> bool:
    """Return whether the derived series ends at the identity.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> is_solvable(group("S4")), is_solvable(group("A5"))
    (True, False)
    """
    return derived_length(group) is not None


def conjugacy_classes(group: Group) -> list[Elements]:
    """Return the classes of conjugate elements, each sorted, in the order of their least elements.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [len(members) for members in conjugacy_classes(group("A5"))]
    [1, 20, 15, 12, 12]
    """
    table, inverses = group.table, group.inverses
    seen = np.zeros(group.order, np.bool_)
    classes = []
    for x in range(group.order):
        if not seen[x]:
            members = np.unique(table[table[inverses, x], np.arange(group.order)])
            seen[members] = True
            classes.append(members)
    return classes


def is_simple(group: Group) -> bool:
    """Return whether the group has exactly two normal subgroups: itself and the trivial one.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [name for name in ("C1", "C4", "C5", "A4", "A5", "S5") if is_simple(group(name))]
    ['C5', 'A5']
    """
    # A normal subgroup is the closure of classes, so it is enough to close one element of each.
    representatives = [int(members[0]) for members in conjugacy_classes(group)[1:]]
    return bool(representatives) and all(
        len(subgroup(group.table, normal_closure(group, [x]))) == group.order for x in representatives
    )
