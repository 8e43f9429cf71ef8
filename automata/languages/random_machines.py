"""Random machines: uniform among those whose states can all be reached."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ...names import positive
from ..machine import Machine
from ..minimise import minimise
from ..reachability import breadth_first
from ..semiautomaton import Semiautomaton

MOST_ATTEMPTS = 100_000
LARGEST = 1 << 16
"""Most states, symbols or classes."""
LARGEST_TABLE = 1 << 24
"""Most entries of a transition table."""


def random_machine(states: int, symbols: int, seed: int, classes: int = 2, minimal: bool = False) -> Machine:
    """Return a machine drawn uniformly from those whose states can all be reached from the start.

    The transition table of a larger random machine is drawn, and its reachable part kept where that has the
    size asked for: each such part is then as likely as any other, and the larger size is chosen so that the
    attempts needed grow like the square root of `states`. Outputs are uniform. States are numbered
    breadth-first.

    Parameters
    ----------
    states, symbols, classes : int
        1 to 65,536; the table holds at most 2^24 entries.
    seed : int
        Not negative. One seed gives one machine, on every platform.
    minimal : bool
        Draw until the machine is minimal: uniform among minimal machines.

    Raises
    ------
    RequestError
        Where a number is out of range, or no minimal machine was found, as where there is none.

    References
    ----------
    Carayol and Nicaud, Distribution of the number of accessible states in a random deterministic automaton,
    2012.

    Examples
    --------
    >>> machine = random_machine(8, 2, seed=1)
    >>> machine.states, machine.symbols, machine == machine.trim(), machine == random_machine(8, 2, seed=1)
    (8, 2, True, True)
    """
    for name, value in (("states", states), ("symbols", symbols), ("classes", classes)):
        if positive(name, value) > LARGEST:
            raise RequestError(f"{name} is {value}: expected at most {LARGEST}")
    if seed < 0:
        raise RequestError(f"seed is {seed}: expected a whole number of at least 0")
    if states * symbols > LARGEST_TABLE:
        raise RequestError(
            f"random machine has {states} states and {symbols} symbols: the limit is {LARGEST_TABLE} entries"
        )
    if minimal and classes == 1 and states > 1:
        raise RequestError(f"minimal machine of {states} states has 1 class: expected at least 2")
    draws = _Draws(seed)
    for _ in range(MOST_ATTEMPTS):
        delta = _connected(states, symbols, draws)
        if delta is None:
            continue
        outputs = draws.below(classes, states).astype(np.int32)
        machine = Machine(Semiautomaton(delta), 0, outputs, classes).trim()
        if not minimal or minimise(machine).states == states:
            return machine
    raise RequestError(
        f"no minimal machine of {states} states, {symbols} symbols and {classes} classes "
        f"in {MOST_ATTEMPTS} attempts: expected fewer states, or more symbols or classes"
    )


class _Draws:
    """Uniform numbers from raw Philox bits: NumPy promises those to stay, and its own methods not."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.Philox(seed)

    def below(self, bound: int, count: int) -> NDArray[np.int64]:
        """Return so many numbers from 0 to `bound` - 1, each equally likely."""
        raw = self._bits.random_raw(count)
        least = np.uint64((1 << 64) % bound)  # what is left when 2^64 is cut into parts of `bound`
        while (low := raw < least).any():
            raw[low] = self._bits.random_raw(int(low.sum()))
        return (raw % np.uint64(bound)).astype(np.int64)


def _connected(states: int, symbols: int, draws: _Draws) -> NDArray[np.int64] | None:
    """Return the reachable part of a random table, or None where it has another size."""
    if symbols == 1:  # a path whose last state leads back anywhere
        return np.append(np.arange(1, states), draws.below(states, 1))[:, None]
    size = max(states, round(states / _share(symbols)))
    delta = draws.below(size, size * symbols).reshape(size, symbols)
    order = breadth_first(delta.astype(np.int32), 0)
    if len(order) != states:
        return None
    number = np.full(size, -1)
    number[order] = np.arange(states)
    return number[delta[order]]


def _share(symbols: int) -> float:
    """Return the share of states that are reachable in a large random machine: v = 1 - exp(-symbols v)."""
    share = 1.0
    for _ in range(100):
        share = 1 - math.exp(-symbols * share)
    return share
