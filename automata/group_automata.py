"""Groups as machines: words over a group's elements, labelled with the product so far."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import RequestError
from .arrays import in_range, whole_numbers
from .groups import Group
from .labels import Names
from .machine import Machine
from .semiautomaton import Semiautomaton


def group_automaton(group: Group, symbols: Sequence[int] | None = None) -> Machine:
    """Return the machine whose state is the product of the elements read so far, the first leftmost.

    States and outputs are elements, the start is the identity; symbols are called by their cycles.

    Parameters
    ----------
    group : Group
    symbols : sequence of int, optional
        Symbol i is the element ``symbols[i]``; where not given, symbols are all elements in their order.

    Raises
    ------
    RequestError
        Where symbols are empty or not elements.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> group_automaton(group("C5")).labels([[1, 3, 4]]).tolist()
    [[1, 4, 3]]
    >>> group_automaton(group("C5"), [2]).labels([[0, 0, 0]]).tolist()
    [[2, 4, 1]]
    """
    chosen = whole_numbers("symbols", list(range(group.order) if symbols is None else symbols), 1)
    if chosen.size == 0:
        raise RequestError(f"group {group.name!r} with no symbols: expected at least one element")
    in_range("symbols", chosen, group.order, "an element")
    table = group.table if symbols is None else group.table[:, chosen]
    cycles = [group.element_name(int(g)) for g in chosen]
    names = Names(tuple(cycles)) if len(set(cycles)) == len(cycles) else Names()
    return Machine(Semiautomaton(table), 0, np.arange(group.order), names=names)


def generators_of(group: Group) -> tuple[int, ...]:
    """Return the group's own generators, as elements.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> s4 = group("S4")
    >>> [s4.element_name(g) for g in generators_of(s4)]
    ['(0 1)', '(0 1 2 3)']
    """
    return group.generators


def swaps_of(group: Group) -> tuple[int, ...]:
    """Return the adjacent transpositions (0 1), (1 2), … of a symmetric group, as elements.

    Raises
    ------
    RequestError
        Where the group does not hold every permutation of its points.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> s4 = group("S4")
    >>> [s4.element_name(g) for g in swaps_of(s4)]
    ['(0 1)', '(1 2)', '(2 3)']
    """
    degree = group.degree
    # 7! is the largest factorial below the limit on orders; this spares the factorial of thousands.
    if not 2 <= degree <= 7 or group.order != math.factorial(degree):
        raise RequestError(f"group {group.name!r} has no adjacent swaps: expected a symmetric group like S5")
    swaps = []
    for i in range(degree - 1):
        swap = np.arange(degree)
        swap[[i, i + 1]] = i + 1, i
        swaps.append(int(np.argmax((group.permutations == swap).all(axis=1))))
    return tuple(swaps)
