"""Flip-flops: machines that remember the last value set, the aperiodic primes of Krohn and Rhodes."""

from __future__ import annotations

import numpy as np

from ..errors import RequestError
from ..names import positive
from .machine import Machine
from .semiautomaton import Semiautomaton

LARGEST_FLIP_FLOP = 4096
"""The table is square in the number of values: 67 MB at this one."""


def flip_flop(values: int) -> Machine:
    """Return the machine that remembers the last value set.

    Symbol 0 keeps the state, symbol v + 1 sets it to v. States are the values; the start is 0; the output is
    the state.

    Parameters
    ----------
    values : int
        1 to 4096.

    Raises
    ------
    RequestError
        Where the number of values is out of range.

    Examples
    --------
    >>> flip_flop(2).labels([[0, 2, 0, 1, 0]]).tolist()
    [[0, 1, 1, 0, 0]]
    """
    if positive("number of values", values) > LARGEST_FLIP_FLOP:
        raise RequestError(f"number of values is {values}: expected at most {LARGEST_FLIP_FLOP}")
    keep = np.arange(values)
    resets = np.broadcast_to(keep, (values, values))
    return Machine(Semiautomaton(np.concatenate([keep[:, None], resets], axis=1)), 0, keep)
