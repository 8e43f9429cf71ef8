"""Are two machines the same but for the names of their states?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .machine import Machine
from .reachability import breadth_first


def isomorphism(a: Machine, b: Machine) -> NDArray[np.int32] | None:
    """Return the map of states that makes two machines one, on the parts that can be reached.

    Symbols are not renamed. There is one such map at most, because it has to send start to start.

    Parameters
    ----------
    a, b : Machine

    Returns
    -------
    int32 array, shape (a.states,), or None
        The state of b for each state of a, -1 where a cannot reach it; None where the machines differ.

    Examples
    --------
    >>> from krohn.automata.semiautomaton import Semiautomaton
    >>> a = Machine(Semiautomaton([[1], [0], [0]]), 0, [0, 1, 1])
    >>> b = Machine(Semiautomaton([[1], [0]]), 1, [1, 0])
    >>> isomorphism(a, b).tolist()
    [1, 0, -1]
    """
    if a.symbols != b.symbols:
        return None
    order_a, order_b = breadth_first(a.delta, a.start), breadth_first(b.delta, b.start)
    if len(order_a) != len(order_b) or not np.array_equal(a.outputs[order_a], b.outputs[order_b]):
        return None
    states = np.full(a.states, -1, np.int32)
    states[order_a] = order_b
    if not np.array_equal(states[a.delta[order_a]], b.delta[order_b]):
        return None
    return states


def isomorphic(a: Machine, b: Machine) -> bool:
    """Return whether the parts that two machines can reach are the same but for the names of states.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> isomorphic(counter(3), counter(3).trim()), isomorphic(counter(2), counter(4))
    (True, False)
    """
    return isomorphism(a, b) is not None
