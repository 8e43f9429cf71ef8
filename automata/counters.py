"""Counters: machines whose semiautomaton is a cyclic group acting on itself, one step at a time."""

from __future__ import annotations

import numpy as np

from ..names import positive
from .machine import Machine
from .semiautomaton import Semiautomaton


def counter(modulus: int) -> Machine:
    """Return the machine that counts ones modulo `modulus`: symbol 1 adds one, symbol 0 keeps.

    Raises
    ------
    RequestError
        Where the modulus is below 1.

    Examples
    --------
    >>> counter(3).labels([[1, 1, 0, 1, 1]]).tolist()
    [[1, 2, 2, 0, 1]]
    """
    residues = np.arange(positive("modulus", modulus))
    return Machine(Semiautomaton(np.stack([residues, (residues + 1) % modulus], axis=1)), 0, residues)


def parity() -> Machine:
    """Return the machine that says whether the number of ones so far is odd.

    Examples
    --------
    >>> parity().labels([[1, 0, 1]]).tolist()
    [[1, 1, 0]]
    """
    return counter(2)
