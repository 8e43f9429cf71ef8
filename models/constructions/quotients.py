"""A machine as several smaller ones beside each other: invariant partitions that together tell its states apart.

A group of 120 elements that acts on 5 points is known from where 4 of the points are: four machines of 5 states
take the place of one of 120.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from ...automata.algebra.group_machines import regular_generators
from ...automata.decomposition.congruences import principal_congruences
from ...automata.machine import Machine
from ...automata.minimise import minimise
from ...automata.semiautomaton import Semiautomaton
from .refusals import permutes

MOST_STATES_SEARCHED = 128
LARGEST_GROUP_SEARCHED = 720
"""States of a machine that is a group: few of its symbols make the others, and say which partitions are invariant."""
MOST_CONGRUENCES = 512
"""Invariant partitions that are looked at."""

Blocks = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Quotient:
    """A machine of blocks.

    Attributes
    ----------
    delta : int32 array, shape (blocks, symbols)
    start : int
    block : int32 array, shape (states,)
        The block of each state of the whole machine.
    """

    delta: NDArray[np.int32]
    start: int
    block: Blocks


@dataclass(frozen=True, eq=False)
class Parts:
    """A minimal machine and the quotients that stand for it.

    Attributes
    ----------
    machine : Machine
    quotients : tuple of Quotient
        A state is known from its blocks. Where there are several, all states have different outputs.
    searched : bool
        Whether smaller ones were looked for.
    """

    machine: Machine
    quotients: tuple[Quotient, ...]
    searched: bool = True

    @property
    def note(self) -> str:
        """What a refusal of what is too large adds."""
        states = self.machine.states
        return "" if self.searched else f"; no quotients are searched of a machine of {states} states"

    def scores(self) -> list[NDArray[np.float64]]:
        """Return for each quotient what its blocks say for each class, shape (classes, blocks).

        Added up for the blocks of a state, the class of that state has one more than any other at least.

        Examples
        --------
        >>> from krohn.automata.counters import counter
        >>> [scores.shape for scores in parts(counter(6), len).scores()]
        [(6, 3), (6, 2)]
        """
        machine = self.machine
        found = []
        for quotient in self.quotients:
            scores = np.zeros((machine.classes, len(quotient.delta)))
            scores[machine.outputs, quotient.block] = 1
            found.append(scores)
        return found


def parts(machine: Machine, cost: Callable[[NDArray[np.int32]], int]) -> Parts:
    """Return the quotients of the least sum of costs that a greedy search finds.

    Parameters
    ----------
    machine : Machine
    cost : callable
        Of a quotient's transition table; what each costs is added up.
    """
    small = minimise(machine)
    whole = _quotient(small, np.arange(small.states, dtype=np.int32))
    apart = len(set(small.outputs.tolist())) == small.states
    if not apart or small.states <= 2:
        return Parts(small, (whole,))
    moves = _searched(small)
    if moves is None:
        return Parts(small, (whole,), searched=False)
    candidates = [_quotient(small, blocks) for blocks in _congruences(moves)]
    costs = [cost(quotient.delta) for quotient in candidates]
    chosen = _cover([quotient.block for quotient in candidates], costs)
    if chosen is None or sum(costs[i] for i in chosen) >= cost(whole.delta):
        return Parts(small, (whole,))
    return Parts(small, tuple(candidates[i] for i in chosen))


def _searched(small: Machine) -> Semiautomaton | None:
    """Return what has the same invariant partitions as a machine, with as few symbols; None where it is too large."""
    if small.states <= LARGEST_GROUP_SEARCHED and permutes(small.delta):
        chosen, regular = regular_generators(np.unique(small.delta.T, axis=0))
        if regular:
            return Semiautomaton(chosen.T)
    return small.semiautomaton if small.states <= MOST_STATES_SEARCHED else None


def _quotient(machine: Machine, block: Blocks) -> Quotient:
    _, first = np.unique(block, return_index=True)
    return Quotient(block[machine.delta[first]], int(block[machine.start]), block)


def _congruences(semiautomaton: Semiautomaton) -> list[Blocks]:
    """Return invariant partitions of two blocks or more: the principal ones, and joins of those."""
    principal = principal_congruences(semiautomaton)
    found = {blocks.tobytes(): blocks for blocks in principal}
    waiting = list(principal)
    while waiting and len(found) < MOST_CONGRUENCES:
        larger = waiting.pop()
        for blocks in principal:
            joined: Blocks = _join(larger, blocks)
            if joined.max() > 0 and joined.tobytes() not in found:
                found[joined.tobytes()] = joined
                waiting.append(joined)
    return list(found.values())


@numba.njit(cache=True, nogil=True)
def _join(one, other):  # type: ignore[no-untyped-def]
    """Return the least partition that both refine, blocks numbered by their first states."""
    states = len(one)
    parent = np.arange(states, dtype=np.int32)
    for blocks in (one, other):
        first = np.full(states, -1, np.int32)
        for q in range(states):
            if first[blocks[q]] < 0:
                first[blocks[q]] = q
            a, b = first[blocks[q]], np.int32(q)
            while parent[a] != a:
                a = parent[a]
            while parent[b] != b:
                b = parent[b]
            parent[max(a, b)] = min(a, b)
    joined = np.empty(states, np.int32)
    count = 0
    for q in range(states):  # a root is the least state of its block
        if parent[q] == q:
            joined[q] = count
            count += 1
        else:
            joined[q] = joined[parent[q]]
    return joined


def _cover(partitions: list[Blocks], costs: list[int]) -> list[int] | None:
    """Return partitions whose common refinement is the finest, most refinement for its cost first."""
    states = len(partitions[0]) if partitions else 0
    meet = np.zeros(states, np.int64)
    chosen: list[int] = []
    while (blocks := len(np.unique(meet))) < states:
        gains = [len(np.unique(meet * states + partition)) / blocks for partition in partitions]
        best = max(range(len(gains)), key=lambda i: (np.log(gains[i]) / costs[i], -i))
        if gains[best] == 1:
            return None
        chosen.append(best)
        meet = np.unique(meet * states + partitions[best], return_inverse=True)[1]
    for index in sorted(chosen, key=lambda i: -costs[i]):
        rest = [i for i in chosen if i != index]
        if rest and len(np.unique(np.stack([partitions[i] for i in rest]), axis=1).T) == states:
            chosen = rest
    return chosen if states else None
