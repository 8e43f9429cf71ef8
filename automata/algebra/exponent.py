"""The exponent of a machine's groups: after how many repetitions every word acts as before."""

from __future__ import annotations

import math

import numpy as np

from ..machine import Machine
from ..minimise import minimise
from .monoid import MonoidLimitError, TransitionMonoid, different_maps


def exponent(machine: Machine, limit: int = 4096) -> int:
    """Return the least common multiple of the orders of all elements of the groups in a machine's monoid.

    Parameters
    ----------
    machine : Machine
        Minimised first.
    limit : int
        Elements of the monoid above which only those of single symbols are looked at: then a divisor.

    Examples
    --------
    >>> from krohn.automata.sources import machine
    >>> exponent(machine(regex="(ab|ba)*")), exponent(machine(regex="((a|b)(a|b))*"))
    (1, 2)
    """
    semiautomaton = minimise(machine).semiautomaton
    try:
        maps = TransitionMonoid.of(semiautomaton, limit).maps
    except MonoidLimitError:
        maps = different_maps(semiautomaton)[0]
    maps = maps.astype(np.int64)
    power = maps
    for _ in range(semiautomaton.states):  # from here on powers of an element return to themselves
        power = np.take_along_axis(maps, power, 1)
    kept, found, period = power, 1, 0
    while len(maps):
        period += 1
        power = np.take_along_axis(maps, power, 1)
        done = (power == kept).all(1)
        if done.any():
            found = math.lcm(found, period)
            maps, power, kept = maps[~done], power[~done], kept[~done]
    return found
