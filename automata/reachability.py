"""Breadth-first search over a transition table."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def _breadth_first(delta, start, order, seen):  # type: ignore[no-untyped-def]
    order[0] = start
    seen[start] = True
    found = 1
    position = 0
    while position < found:
        row = delta[order[position]]
        for symbol in range(row.shape[0]):
            target = row[symbol]
            if not seen[target]:
                seen[target] = True
                order[found] = target
                found += 1
        position += 1
    return found


def breadth_first(delta: NDArray[np.int32], start: int) -> NDArray[np.int32]:
    """Return the states that can be reached from `start`, in the order in which they are first met.

    States are met from the start outwards, the symbols of a state in their order, so machines that differ
    only in the names of their states give orders that correspond.

    Parameters
    ----------
    delta : int32 array, shape (states, symbols)
        Trusted to be complete.
    start : int
        A state.

    Returns
    -------
    int32 array, shape (reached,)

    Examples
    --------
    >>> breadth_first(np.array([[2, 0], [1, 1], [0, 2]], np.int32), 0).tolist()
    [0, 2]
    """
    order = np.empty(len(delta), np.int32)
    view = delta.view()
    view.flags.writeable = False
    found = _breadth_first(view, start, order, np.zeros(len(delta), np.bool_))
    return order[:found].copy()
