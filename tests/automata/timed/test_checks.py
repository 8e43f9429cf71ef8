"""What a timed automaton must keep: found exactly, shown by a valuation, said in one line."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata.timed.automaton import Clock, Location, TimedAutomaton, Transition
from krohn.automata.timed.checks import (
    check_complete,
    check_deterministic,
    check_no_timelock,
    gap,
    overlap,
    timelock,
)
from krohn.automata.timed.guards import Constraint, parse_guard
from krohn.automata.timed.machines import debouncer, periodic, relative, time_of_day, timeout, watchdog
from krohn.automata.timed.runs import TimedRuns
from krohn.automata.timed.steps import discretise
from krohn.errors import RequestError

HERE, THERE = Location("here"), Location("there", 1)


def automaton(*transitions: Transition, **changed: Any) -> TimedAutomaton:
    parts: dict[str, Any] = {
        "symbols": ("go", "stop"),
        "clocks": (Clock("x"), Clock("y"), Clock("day", 24)),
        "locations": (HERE, THERE),
        "transitions": transitions,
        "start": "here",
    }
    return TimedAutomaton(**{**parts, **changed})


def go(guard: str = "", source: str = "here", target: str = "there", **rest: Any) -> Transition:
    return Transition(source, "go", target, parse_guard(guard), **rest)


def grid(given: TimedAutomaton) -> list[dict[str, Fraction]]:
    """Valuations in quarters: one at least for each region of two clocks, as no constant is above 3."""
    shown = [Fraction(n, 4) for n in range(4 * 6)]
    rows = [[v for v in shown if not clock.period or v < clock.period] for clock in given.clocks]
    return [dict(zip(given.clock_names, values, strict=True)) for values in itertools.product(*rows)]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_overlaps_and_gaps_are_those_on_a_grid(timed: SimpleNamespace, data: st.DataObject) -> None:
    given = data.draw(timed.automata())
    reference = timed.Reference(given)
    counts = [
        len(reference.enabled(place.name, symbol, values))
        for values in grid(given)
        for place in given.locations
        if timed.holds(place.invariant, values)
        for symbol in given.symbols
    ]
    both, none = overlap(given), gap(given)
    assert (both is None) == (max(counts, default=1) <= 1)
    assert (none is None) == (min(counts, default=1) >= 1)
    if both is not None:
        first, second, values = both
        assert first is not second
        enabled = [t for t, _ in reference.enabled(first.source, first.symbol, values)]
        assert first in enabled
        assert second in enabled
        assert timed.holds(given.location(first.source).invariant, values)
    if none is not None:
        place, symbol, values = none
        assert reference.enabled(place, symbol, values) == []
        assert timed.holds(given.location(place).invariant, values)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_timelocks_are_those_of_the_region_graph(timed: SimpleNamespace, data: st.DataObject) -> None:
    given = data.draw(timed.automata())
    bounded = tuple(
        replace(place, invariant=(*place.invariant, Constraint("x", "<=", 3)))
        if i == 0 and given.clocks[0].period is None
        else place
        for i, place in enumerate(given.locations)
    )
    given = replace(given, locations=bounded)
    reference = timed.Reference(given)

    def trapped(place: str, shown: tuple[Fraction, ...]) -> bool:
        invariant = given.location(place).invariant
        values = dict(zip(given.clock_names, shown, strict=True))
        if not invariant:
            return False
        while timed.holds(invariant, values):
            if any(reference.enabled(place, symbol, values) for symbol in given.symbols):
                return False
            values = reference.next_region(values)
        return True

    found = timelock(given)
    regions = reference.reach(reference.next_region)
    expected = any(trapped(place, shown) for place, reached in regions.items() for shown in reached)
    assert (found is not None) == expected
    if found is not None:
        values = {**dict.fromkeys(given.clock_names, Fraction(0)), **found[1]}
        assert trapped(found[0], tuple(reference.near(values).values()))


@pytest.mark.parametrize(
    "given",
    [relative(5), periodic(10), time_of_day(4, 3), timeout(3), watchdog(2, 5), watchdog(0, 1), debouncer(2)],
    ids=lambda given: given.location_names[0] + given.symbols[0],
)
def test_the_named_machines_keep_everything(given: TimedAutomaton) -> None:
    check_deterministic(given)
    check_complete(given)
    check_no_timelock(given)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: automaton(go("z > 3")),
            "guard of transition here --go--> there is 'z > 3': unknown clock 'z': expected one of day, x, y",
        ),
        (
            lambda: automaton(go("z > 3"), clocks=()),
            "guard of transition here --go--> there is 'z > 3': clock 'z' is not declared, nor any other",
        ),
        (
            lambda: automaton(go("xx - y > 3")),
            "guard of transition here --go--> there is 'xx - y > 3': unknown clock 'xx': "
            "expected one of day, x, y; did you mean 'x'?",
        ),
        (
            lambda: automaton(locations=(Location("here", 0, parse_guard("z <= 3")), THERE)),
            "invariant of location 'here' is 'z <= 3': unknown clock 'z': expected one of day, x, y",
        ),
        (
            lambda: automaton(go("x < -1")),
            "guard 'x < -1' has a negative constant: expected a whole number of at least 0",
        ),
        (
            lambda: Constraint("x", "<", 1.5),  # type: ignore[arg-type]
            "guard 'x < 1.5' has constant 1.5: expected a whole number",
        ),
        (lambda: Constraint("x", "!=", 1), "relation is '!=': expected one of <=, >=, <, >, ="),
        (
            lambda: Constraint("x", "<", 1, "x"),
            "guard 'x - x < 1' compares a clock with itself: expected two clocks",
        ),
        (
            lambda: Constraint("x", "<", 1 << 40),
            "guard 'x < 1099511627776': expected a constant of at most 1073741824",
        ),
        (
            lambda: parse_guard("x < 3 and 4 < y"),
            "guard '4 < y': expected comparisons with whole numbers, such as 'x > 5 and x - y <= 3'",
        ),
        (
            lambda: automaton(go(target="their")),
            "transition here --go--> their: unknown target 'their': "
            "expected one of here, there; did you mean 'there'?",
        ),
        (
            lambda: automaton(go(resets=("z",))),
            "transition here --go--> there: unknown reset 'z': expected one of day, x, y",
        ),
        (
            lambda: automaton(Transition("here", "stp", "there")),
            "transition here --stp--> there: unknown symbol 'stp': expected one of go, stop; did you mean 'stop'?",
        ),
        (
            lambda: automaton(start="her"),
            "unknown start 'her': expected one of here, there; did you mean 'here'?",
        ),
        (
            lambda: automaton(locations=(HERE, HERE)),
            "location 'here' is declared twice: expected names of their own",
        ),
        (
            lambda: automaton(locations=(HERE, Location("there", -1))),
            "location 'there' puts out -1: expected a class from 0 to 0",
        ),
        (lambda: automaton(stuck=5, classes=("no", "yes")), "stuck is 5: expected a class from 0 to 1"),
        (
            lambda: automaton(go("day - x > 3")),
            "guard of transition here --go--> there is 'day - x > 3', a difference with a periodic clock: "
            "expected clocks without a period",
        ),
        (
            lambda: automaton(locations=(Location("here", 0, parse_guard("day < 3")), THERE)),
            "invariant of location 'here' names the periodic clock 'day': "
            "expected clocks without a period; guards may name it",
        ),
        (
            lambda: automaton(locations=(Location("here", 0, parse_guard("x > 3")), THERE)),
            "invariant of location 'here' is 'x > 3': expected one that holds at the start, where clocks are 0",
        ),
        (lambda: automaton(symbols=()), "timed automaton: expected at least one symbol and one location"),
        (lambda: Clock("x", 0), "clock 'x' has period 0: expected a whole number of at least 1"),
        (lambda: periodic(7), "period is 7: expected an even number, so that it has two halves"),
        (lambda: periodic(0), "period is 0: expected a whole number of at least 1"),
        (lambda: relative(0), "threshold is 0: expected a whole number of at least 1"),
        (lambda: time_of_day(1), "number of states is 1: expected 2 to 256"),
        (lambda: watchdog(3, 3), "watchdog's window is 3 to 3: expected 0 <= early < late"),
        (lambda: timeout(1 << 31), "limit is 2147483648: expected at most 1073741824"),
    ],
)
def test_messages(make: Callable[[], object], text: str) -> None:
    with pytest.raises(RequestError) as caught:
        make()
    assert str(caught.value) == text


def test_two_transitions_at_once_are_shown() -> None:
    torn = automaton(go("x <= 4 and y > 1"), go("x > 2", target="here"), go("x > 9 and x - y = 0"))
    expected = (
        "here --go--> there (x <= 4 and y > 1) and here --go--> here (x > 2) are both enabled "
        "at x = 2.5, y = 1.5, day = 0: expected one at most"
    )
    for use in (check_deterministic, TimedRuns, discretise):
        with pytest.raises(RequestError) as caught:
            use(torn)
        assert str(caught.value) == expected


def test_a_missing_transition_is_shown() -> None:
    with pytest.raises(RequestError) as caught:
        check_complete(automaton(go("x <= 4"), go("x > 5")))
    assert str(caught.value) == (
        "location 'here' has no transition for symbol 'go' at x = 4.5, y = 0, day = 0: expected one for every valuation"
    )


def test_an_invariant_that_no_one_can_leave_is_shown() -> None:
    bounded = (Location("here", 0, parse_guard("x <= 5")), THERE)
    trap = automaton(go("x < 3"), locations=bounded)
    expected = (
        "location 'here' has invariant 'x <= 5' and no transition is enabled at x = 3, day = 3 or later: "
        "expected a way out, or no upper bound"
    )
    for use in (check_no_timelock, TimedRuns, discretise):
        with pytest.raises(RequestError) as caught:
            use(trap)
        assert str(caught.value) == expected
    check_no_timelock(automaton(go("x >= 3"), locations=bounded))
    check_no_timelock(automaton(go("day = 5"), locations=bounded, clocks=(Clock("x"), Clock("day", 24))))
    with pytest.raises(RequestError, match="no transition is enabled at x = 0"):
        check_no_timelock(automaton(go("day = 6"), locations=bounded, clocks=(Clock("x"), Clock("day", 24))))
    # The hour 1 of the third day is time 5: the clock has come to 0 twice before it.
    check_no_timelock(
        automaton(go("day = 1 and x > 4"), locations=bounded, clocks=(Clock("x"), Clock("day", 2)))
    )


def test_a_machine_that_would_be_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("krohn.automata.timed.steps.LARGEST_STEPS", 30)
    assert discretise(relative(13)).states == 30
    with pytest.raises(RequestError) as caught:
        discretise(relative(14))
    assert str(caught.value) == (
        "the machine of whole time steps has more than 30 states: expected smaller constants"
    )
