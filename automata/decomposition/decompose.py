"""The Krohn-Rhodes decomposition of a machine: a cascade of simple groups and flip-flops."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ...errors import RequestError
from ..machine import Machine
from ..minimise import minimise
from ..semiautomaton import Semiautomaton
from .cascade import Cascade
from .compile import compile_plan
from .congruences import Blocks, principal_congruences, serial_plan, split
from .holonomy import holonomy_plan
from .images import skeleton
from .plan import Plan

LIMIT = 2_000_000
"""Most image sets, and most entries of all tables of a cascade."""

MOST_STATES_SEARCHED = 32
MOST_ENTRIES_SEARCHED = 20_000
"""A part whose tables are larger is no way to a smaller cascade."""

MOST_CUTS = 12
"""Invariant partitions that are tried at each turn of the search."""


@dataclass(frozen=True)
class Found:
    """A plan with the cascade that it compiles to."""

    plan: Plan
    cascade: Cascade

    @property
    def groups(self) -> Counter[str]:
        """How often each simple group is a prime of the cascade."""
        return Counter(prime.name for prime in self.cascade.primes if prime.is_group)

    @property
    def size(self) -> tuple[int, int, int]:
        """What makes one decomposition smaller than another: primes, product of coordinates, largest table."""
        return len(self.cascade.primes), self.cascade.product, self.cascade.largest_table


def decompose(machine: Machine, limit: int = LIMIT) -> Cascade:
    """Return a cascade of simple groups and flip-flops that emulates the minimal machine.

    Holonomy gives one. Where the machine has invariant partitions, its quotient and the places inside blocks
    are decomposed on their own too, and the smaller cascade is kept: fewer primes, then a smaller product of
    coordinates, then a smaller largest table. The same machine always gives the same cascade.

    Parameters
    ----------
    machine : Machine
    limit : int
        Most image sets, and most entries of all tables.

    Returns
    -------
    Cascade
        Its states are those of ``minimise(machine)``; proved by `Cascade.verify`.

    Raises
    ------
    RequestError
        Past the limit: it says how far the work came.

    Source
    ------
    Krohn and Rhodes, "Algebraic theory of machines I", 1965; Eilenberg, Automata, Languages and Machines B, 1976.

    Examples
    --------
    >>> from krohn.automata.flipflops import flip_flop
    >>> from krohn.automata.group_automata import group_automaton
    >>> from krohn.automata.group_names import group
    >>> decompose(group_automaton(group("F20"))).names, decompose(flip_flop(3)).names
    (('C2', 'C2', 'C5'), ('flip-flop(3)',))
    """
    small = minimise(machine)
    found = _best(small.semiautomaton, small.start, limit, {}).cascade
    found.verify(small.semiautomaton, small.start)
    return found


def _best(
    semiautomaton: Semiautomaton, start: int, limit: int, known: dict[tuple[bytes, int], Found]
) -> Found:
    key = (semiautomaton.delta.tobytes(), start)
    if key in known:
        return known[key]
    frame = skeleton(semiautomaton, limit)
    plan = holonomy_plan(semiautomaton, frame, start)
    best = Found(plan, compile_plan(plan, "holonomy", limit))
    count = len(best.cascade.primes)
    resets = best.cascade.groups < count  # without, the series is as short as can be
    if resets and semiautomaton.states <= MOST_STATES_SEARCHED and count > 1:
        for blocks in principal_congruences(semiautomaton)[:MOST_CUTS]:
            other = _serial(semiautomaton, start, blocks, len(best.cascade.primes), known)
            # Maps inside blocks may make groups that the machine has not: those of holonomy are all in its monoid.
            if other is not None and other.size < best.size and other.groups <= best.groups:
                best = other
    known[key] = best
    return best


def _serial(
    semiautomaton: Semiautomaton, start: int, blocks: Blocks, most: int, known: dict[tuple[bytes, int], Found]
) -> Found | None:
    """Return what an invariant partition leads to; None where that has more than `most` primes or is too large."""
    cut = split(semiautomaton, blocks)
    try:
        upper = _best(cut.upper, int(cut.block[start]), MOST_ENTRIES_SEARCHED, known)
        if len(upper.cascade.primes) >= most:
            return None
        lower = _best(cut.lower, int(cut.position[start]), MOST_ENTRIES_SEARCHED, known)
        if len(upper.cascade.primes) + len(lower.cascade.primes) > most:
            return None
        joined = serial_plan(cut, upper.plan, lower.plan)
        return Found(joined, compile_plan(joined, "congruences", MOST_ENTRIES_SEARCHED))
    except RequestError:  # too large
        return None
