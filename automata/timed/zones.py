"""Reachability by zones: every location with the clock valuations in which a word can bring a run there."""

from __future__ import annotations

import numpy as np

from .automaton import TimedAutomaton
from .dbm import Zone, bound_rows, contains, elapse, extrapolate, meet, origin, step
from .edges import Bound, Edges, at_most, negation


def _discrete(bounds: tuple[Bound, ...]) -> tuple[Bound, ...]:
    # Among whole numbers < c is <= c - 1; 2c becomes 2(c - 1) + 1, and <= c stays.
    return tuple((i, j, code if code & 1 else code - 1) for i, j, code in bounds)


def reachable_zones(
    automaton: TimedAutomaton, discrete: bool = False, exact: bool = False
) -> tuple[tuple[Zone, ...], ...]:
    """Return the zones reached at each location, time having passed in them.

    Where no guard compares two clocks, zones are widened by Extra+LU, which is sound for reachability. Where one
    does, plain widening would be unsound (Bouyer, "Untameable timed automata!", STACS 2003): zones are
    split by every such guard first, each part is widened by the largest constants and cut by what it decided
    (Bengtsson and Yi, "On clock difference constraints and termination in reachability analysis", ICFEM 2003).

    Parameters
    ----------
    automaton : TimedAutomaton
    discrete : bool
        Whether delays are whole numbers, 0 included; otherwise they are any reals from 0 on.
    exact : bool
        Widen by the largest constants only: then every valuation in a zone has the same future as one that is
        reached, which Extra+LU does not promise.

    Returns
    -------
    tuple of tuple of int64 array, shape (clocks + 1, clocks + 1)
        For each location, difference bound matrices of `dbm`; none where it is not reached. At the borders of
        a period a periodic clock shows P and, the next moment, 0.

    Examples
    --------
    >>> from krohn.automata.timed.machines import timeout
    >>> [len(zones) for zones in reachable_zones(timeout(3))]
    [1, 1]
    """
    form = Edges(automaton)
    clocks = len(form.periods)
    tighten = _discrete if discrete else tuple
    periodic = tuple((i + 1, 0, at_most(period)) for i, period in enumerate(form.periods) if period)
    stay = [bound_rows(tighten((*invariant, *periodic))) for invariant in form.invariants]
    moves = [
        [(e.target, bound_rows(tighten(e.bounds)), np.array(e.resets, np.int64)) for row in rows for e in row]
        for rows in form.by_symbol
    ]
    for i, period in enumerate(form.periods):
        if period:  # the end of a period: no symbol is read, the clock goes on at 0
            wrap = bound_rows(((i + 1, 0, at_most(period)), (0, i + 1, at_most(-period))))
            for q, row in enumerate(moves):
                row.append((q, wrap, np.array([i + 1])))
    lower, upper = form.ceilings
    if exact or form.differences:
        lower = upper = form.largest
    low, high = np.array((0, *lower)), np.array((0, *upper))
    sides = [(tighten((bound,)), tighten((negation(bound),))) for bound in form.differences]
    found: list[list[Zone]] = [[] for _ in automaton.locations]
    waiting: list[tuple[int, Zone]] = []

    def reached(q: int, zone: Zone) -> None:
        for part, decided in _split(zone, sides):
            extrapolate(part, low, high)
            meet(part, bound_rows(decided))
            if not any(contains(other, part) for other in found[q]):
                found[q] = [other for other in found[q] if not contains(part, other)]
                found[q].append(part)
                waiting.append((q, part))

    start = automaton.location_names.index(automaton.start)
    first = origin(clocks)
    elapse(first)
    meet(first, stay[start])
    reached(start, first)
    while waiting:
        q, zone = waiting.pop()
        if not any(zone is other for other in found[q]):
            continue  # a larger zone has come since
        for target, bounds, resets in moves[q]:
            after = zone.copy()
            if step(after, bounds, resets, stay[target]):
                reached(target, after)
    return tuple(tuple(zones) for zones in found)


def _split(
    zone: Zone, sides: list[tuple[tuple[Bound, ...], tuple[Bound, ...]]]
) -> list[tuple[Zone, tuple[Bound, ...]]]:
    """Return the parts of a zone on which each pair of sides is decided, with the sides that hold there."""
    parts: list[tuple[Zone, tuple[Bound, ...]]] = [(zone, ())]
    for pair in sides:
        halves = []
        for part, decided in parts:
            for side in pair:
                half = part.copy()
                if meet(half, bound_rows(side)):
                    halves.append((half, (*decided, *side)))
        parts = halves
    return parts


def reachable_locations(automaton: TimedAutomaton, discrete: bool = False) -> tuple[str, ...]:
    """Return the names of the locations that some timed word reaches, in their order.

    Parameters
    ----------
    automaton : TimedAutomaton
    discrete : bool
        As for `reachable_zones`.

    Examples
    --------
    >>> from krohn.automata.timed.automaton import Clock, Location, Transition
    >>> from krohn.automata.timed.guards import parse_guard
    >>> half = TimedAutomaton(
    ...     symbols=("go",),
    ...     clocks=(Clock("x"),),
    ...     locations=(Location("here"), Location("there")),
    ...     transitions=(Transition("here", "go", "there", parse_guard("x > 1 and x < 2")),),
    ...     start="here",
    ... )
    >>> reachable_locations(half), reachable_locations(half, discrete=True)
    (('here', 'there'), ('here',))
    """
    zones = reachable_zones(automaton, discrete)
    return tuple(name for name, found in zip(automaton.location_names, zones, strict=True) if found)
