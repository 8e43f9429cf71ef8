"""Cayley tables as arrays: ``table[g, h]`` is "first g, then h", element 0 the identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RequestError
from .arrays import in_range, read_only, whole_numbers

LARGEST_ORDER = 5040
"""Groups with more elements are refused: the table of this one takes 102 MB."""


def subgroup(table: NDArray[np.int32], generators: Sequence[int]) -> NDArray[np.int32]:
    """Return the elements that generators reach from the identity, sorted, int32.

    Parameters
    ----------
    table : int32 array, shape (order, order)
    generators : sequence of int

    Examples
    --------
    >>> subgroup(np.array([[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]), [2]).tolist()
    [0, 2]
    """
    inside = np.zeros(len(table), np.bool_)
    inside[0] = True
    right = table[:, list(generators)]
    frontier: NDArray[np.int32] = np.zeros(1, np.int32)
    while frontier.size:
        products = np.unique(right[frontier])
        frontier = products[~inside[products]]
        inside[frontier] = True
    return np.flatnonzero(inside).astype(np.int32)


def few_generators(table: NDArray[np.int32]) -> list[int]:
    """Return the smallest elements that enlarge what those before them generate.

    Examples
    --------
    >>> few_generators(np.array([[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]))
    [1, 2]
    """
    chosen: list[int] = []
    inside = np.zeros(len(table), np.bool_)
    inside[0] = True
    while not inside.all():
        chosen.append(int(np.argmin(inside)))
        inside[subgroup(table, chosen)] = True
    return chosen


def checked_table(name: str, given: ArrayLike) -> NDArray[np.int32]:
    """Return a table that is square, within the limit, of elements, and has element 0 as its identity.

    Raises
    ------
    RequestError
        Where it is not such; the message names the group.
    """
    table = whole_numbers("Cayley table", given, 2)
    order = len(table)
    if table.shape != (order, order) or order == 0:
        raise RequestError(f"group {name!r}: Cayley table has shape {table.shape}: expected a square one")
    if order > LARGEST_ORDER:
        raise RequestError(f"group {name!r} has order {order}: the limit is {LARGEST_ORDER}")
    in_range("Cayley table", table, order, "an element")
    names = np.arange(order)
    if not (np.array_equal(table[0], names) and np.array_equal(table[:, 0], names)):
        raise RequestError(f"group {name!r}: element 0 is not the identity")
    return read_only(table)


def table_from_steps(right: Mapping[int, NDArray[np.int32]], order: int) -> NDArray[np.int32]:
    """Return the whole table from the columns of elements that generate the group.

    Parameters
    ----------
    right : mapping of int to int32 array, shape (order,)
        For each generator s, ``g -> g then s``.
    order : int

    Examples
    --------
    >>> table_from_steps({1: np.array([1, 2, 0], np.int32)}, 3).tolist()
    [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    """
    # Column h of the table is "then h"; the column of a product is the product of the columns.
    columns = np.empty((order, order), np.int32)
    columns[0] = np.arange(order)
    known = {0}
    queue = [0]
    for h in queue:
        for step in right.values():
            product = int(step[h])
            if product not in known:
                known.add(product)
                columns[product] = step[columns[h]]
                queue.append(product)
    table = np.ascontiguousarray(columns.T)
    table.flags.writeable = False
    return table
