"""What a timed automaton must keep, and a clock valuation that shows where it does not."""

from __future__ import annotations

from fractions import Fraction

from ...errors import RequestError
from .automaton import TimedAutomaton, Transition
from .dbm import Zone, all_valuations, bound_rows, contains, free, meet, past
from .edges import Bound, Edges, at_most
from .guards import guard_text
from .valuations import bounds_in, cut, left_over, valuation, valuation_text
from .zones import reachable_zones

Shown = dict[str, Fraction]


def overlap(automaton: TimedAutomaton) -> tuple[Transition, Transition, Shown] | None:
    """Return two transitions on one symbol that are enabled at once, and a valuation where; None if there are none.

    Every valuation counts that keeps the invariant, reached or not.

    Examples
    --------
    >>> from krohn.automata.timed.machines import timeout
    >>> overlap(timeout(3)) is None
    True
    """
    form = Edges(automaton)
    every = all_valuations(len(form.periods))
    for row in form.by_symbol:
        for edges in row:
            for n, second in enumerate(edges):
                for first in edges[:n]:
                    both = cut(every, (*first.bounds, *second.bounds))
                    if both is not None:
                        pair = (automaton.transitions[edge.number] for edge in (first, second))
                        return (*pair, valuation(both, automaton))  # type: ignore[return-value]
    return None


def gap(automaton: TimedAutomaton) -> tuple[str, str, Shown] | None:
    """Return a location, a symbol and a valuation for which no transition is enabled; None if there are none.

    Every valuation counts that keeps the invariant, reached or not.

    Examples
    --------
    >>> from krohn.automata.timed.machines import timeout
    >>> gap(timeout(3)) is None
    True
    """
    form = Edges(automaton)
    every = all_valuations(len(form.periods))
    for name, invariant, row in zip(automaton.location_names, form.invariants, form.by_symbol, strict=True):
        inside = cut(every, (*invariant, *form.below_periods))
        for symbol, edges in zip(automaton.symbols, row, strict=True):
            rest = left_over([] if inside is None else [inside], [edge.bounds for edge in edges])
            if rest:
                return name, symbol, valuation(rest[0], automaton)
    return None


def timelock(automaton: TimedAutomaton) -> tuple[str, Shown] | None:
    """Return a location and a valuation, which some word reaches, that the invariant traps; None if there are none.

    There time cannot go on for ever, and no transition is enabled now or later. Clocks that nothing is compared
    with are not shown.

    Examples
    --------
    >>> from krohn.automata.timed.machines import timeout
    >>> timelock(timeout(3)) is None
    True
    """
    form = Edges(automaton)
    bounded = [any(j == 0 for _, j, _ in invariant) for invariant in form.invariants]
    if not any(bounded):
        return None
    zones = reachable_zones(automaton, exact=True)
    for q, name in enumerate(automaton.location_names):
        if bounded[q] and zones[q]:
            ways_out = [bounds_in(zone) for zone in _ways_out(form, q)]
            trapped = left_over(zones[q], ways_out)
            if trapped:
                shown = valuation(trapped[0], automaton)
                compared = zip(automaton.clock_names, form.largest, strict=True)
                return name, {clock: shown[clock] for clock, largest in compared if largest >= 0}
    return None


def _ways_out(form: Edges, q: int) -> list[Zone]:
    """Return zones that hold the valuations from which, waiting within the invariant, a transition is enabled."""
    clocks = len(form.periods)
    periodic = tuple((i + 1, 0, at_most(period)) for i, period in enumerate(form.periods) if period)
    stay: tuple[Bound, ...] = (*form.invariants[q], *periodic)
    found: list[Zone] = []
    waiting = [cut(all_valuations(clocks), edge.bounds) for row in form.by_symbol[q] for edge in row]
    while waiting:
        zone = waiting.pop()
        if zone is None:
            continue
        past(zone)
        if not meet(zone, bound_rows(stay)) or any(contains(other, zone) for other in found):
            continue
        found.append(zone)
        for i, period in enumerate(form.periods):
            if period:  # a periodic clock comes to 0 from the end of its period
                before = cut(zone, ((i + 1, 0, at_most(0)),))
                if before is not None:
                    free(before, i + 1)
                    end = ((i + 1, 0, at_most(period)), (0, i + 1, at_most(-period)))
                    waiting.append(cut(before, end))
    return found


def check_deterministic(automaton: TimedAutomaton) -> None:
    """Check that never two transitions on one symbol are enabled at once.

    Raises
    ------
    RequestError
        Naming two that are, and a valuation where.

    Examples
    --------
    >>> from krohn.automata.timed.automaton import Clock, Location, Transition
    >>> from krohn.automata.timed.guards import parse_guard
    >>> torn = TimedAutomaton(
    ...     ("go",), (Clock("x"),), (Location("here"), Location("there")),
    ...     (Transition("here", "go", "here", parse_guard("x < 4")),
    ...      Transition("here", "go", "there", parse_guard("x > 2"))),
    ...     "here",
    ... )
    >>> check_deterministic(torn)  # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: here --go--> here (x < 4) and here --go--> there (x > 2)
        are both enabled at x = 2.5: expected one at most
    """
    found = overlap(automaton)
    if found is not None:
        first, second = (f"{t} ({guard_text(t.guard) or 'always'})" for t in found[:2])
        raise RequestError(
            f"{first} and {second} are both enabled at {valuation_text(found[2])}: expected one at most"
        )


def check_complete(automaton: TimedAutomaton) -> None:
    """Check that some transition is enabled for every location, symbol and valuation within the invariant.

    Raises
    ------
    RequestError
        Naming a location, a symbol and a valuation for which none is.
    """
    found = gap(automaton)
    if found is not None:
        name, symbol, shown = found
        raise RequestError(
            f"location {name!r} has no transition for symbol {symbol!r} at {valuation_text(shown)}: "
            "expected one for every valuation"
        )


def check_no_timelock(automaton: TimedAutomaton) -> None:
    """Check that no invariant traps a run.

    Raises
    ------
    RequestError
        Naming a location and a valuation from which time cannot go on and no transition leaves.
    """
    found = timelock(automaton)
    if found is not None:
        name, shown = found
        invariant = guard_text(automaton.location(name).invariant)
        raise RequestError(
            f"location {name!r} has invariant '{invariant}' and no transition is enabled "
            f"at {valuation_text(shown)} or later: expected a way out, or no upper bound"
        )


def check_runs(automaton: TimedAutomaton) -> None:
    """Check that words have one run each: what labelling and `discretise` need.

    Raises
    ------
    RequestError
        From `check_deterministic` and `check_no_timelock`.
    """
    check_deterministic(automaton)
    check_no_timelock(automaton)
