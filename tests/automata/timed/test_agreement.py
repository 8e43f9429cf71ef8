"""Zones, the machine of whole time steps and compiled runs, held to each other and to exact fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from krohn.automata.timed.automaton import Clock, Location, TimedAutomaton, Transition
from krohn.automata.timed.checks import overlap, timelock
from krohn.automata.timed.edges import Edges
from krohn.automata.timed.guards import Constraint, parse_guard
from krohn.automata.timed.runs import FIXED_POINT, TimedRuns
from krohn.automata.timed.steps import steps
from krohn.automata.timed.zones import reachable_locations, reachable_zones

ONE = Fraction(1)


def spaced(automaton: TimedAutomaton) -> TimedAutomaton:
    """The automaton whose symbols come at least one time unit apart."""
    transitions = tuple(
        replace(t, guard=(*t.guard, Constraint("z", ">=", 1)), resets=(*t.resets, "z"))
        for t in automaton.transitions
    )
    return replace(automaton, clocks=(*automaton.clocks, Clock("z")), transitions=transitions)


def names_of(found: dict[str, set[tuple[Fraction, ...]]]) -> tuple[str, ...]:
    return tuple(name for name, values in found.items() if values)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_discrete_time_zones_and_brute_force_agree(timed: SimpleNamespace, data: st.DataObject) -> None:
    automaton = data.draw(timed.automata())
    reference = timed.Reference(automaton)
    expected = names_of(reference.reach(lambda values: reference.wait(values, ONE)))
    assert reachable_locations(automaton, discrete=True) == expected


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_discrete_time_zones_and_the_machine_of_steps_agree(
    timed: SimpleNamespace, data: st.DataObject
) -> None:
    automaton = data.draw(timed.automata())
    assume(overlap(automaton) is None and timelock(automaton) is None)
    found = steps(automaton)
    reached = tuple(name for q, name in enumerate(automaton.location_names) if q in found.locations)
    assert reached == reachable_locations(spaced(automaton), discrete=True)
    reference = timed.Reference(automaton)
    assert reached == names_of(reference.reach(lambda v: reference.wait(v, ONE), wait_first=True))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_dense_time_zones_are_those_of_whole_steps_where_nothing_is_strict(
    timed: SimpleNamespace, data: st.DataObject
) -> None:
    # A closed automaton reaches no more locations with real delays than with whole ones. Reading a symbol just before
    # the end of a period is not closed, so no clock is periodic here.
    automaton = data.draw(timed.automata(closed=True, periodic=False))
    reference = timed.Reference(automaton)
    expected = names_of(reference.reach(lambda values: reference.wait(values, ONE)))
    assert reachable_locations(automaton) == expected


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_dense_time_zones_and_the_region_graph_agree(timed: SimpleNamespace, data: st.DataObject) -> None:
    automaton = data.draw(timed.automata())
    reference = timed.Reference(automaton)
    regions = reference.reach(reference.next_region)
    assert reachable_locations(automaton) == names_of(regions)
    # And every region that is reached lies in a zone of its location.
    for name, zones in zip(automaton.location_names, reachable_zones(automaton, exact=True), strict=True):
        for values in regions[name]:
            scaled = [int(12 * v) for v in values]
            assert any(
                all(
                    12 * (zone[i, j] >> 1) + (zone[i, j] & 1) > a - b
                    for i, a in enumerate([0, *scaled])
                    for j, b in enumerate([0, *scaled])
                    if zone[i, j] < 1 << 60
                )
                for zone in zones
            ), (name, values)


@given(data=st.data(), scale=st.sampled_from([1, 2, 3, 5, 12, FIXED_POINT]))
@settings(max_examples=80, deadline=None)
def test_runs_agree_with_fractions(timed: SimpleNamespace, data: st.DataObject, scale: int) -> None:
    automaton = timed.made_deterministic(data.draw(timed.automata()))
    runs = TimedRuns(automaton, scale)
    length = st.integers(1, 12)
    lengths = data.draw(st.lists(length, min_size=1, max_size=6))
    shape = (len(lengths), max(lengths))
    words = np.zeros(shape, np.uint8)
    delays = np.full(shape, -1, np.int64)  # what is past a word's end does not matter
    border = st.integers(0, 4).map(lambda whole: whole * scale)
    unit = st.one_of(border, border.map(lambda units: max(0, units - 1)), st.integers(0, 4 * scale))
    for b, stop in enumerate(lengths):
        size = st.integers(0, len(automaton.symbols) - 1)
        words[b, :stop] = data.draw(st.lists(size, min_size=stop, max_size=stop))
        delays[b, :stop] = data.draw(st.lists(unit, min_size=stop, max_size=stop))
    found = runs.locations(words, delays, lengths)
    labels = runs.labels(words, delays, lengths)
    outputs = [*automaton.outputs, automaton.stuck]
    for b, stop in enumerate(lengths):
        word = [
            (automaton.symbols[x], Fraction(int(d), scale))
            for x, d in zip(words[b, :stop], delays[b, :stop], strict=True)
        ]
        places = list(timed.Reference(automaton).run(word))
        numbers = [
            len(outputs) - 1 if place is None else automaton.location_names.index(place) for place in places
        ]
        assert found[b].tolist() == numbers + [-1] * (shape[1] - stop)
        assert labels[b].tolist() == [outputs[q] for q in numbers] + [-100] * (shape[1] - stop)
    if scale & (scale - 1) == 0:  # such times are floating-point numbers
        assert (runs.labels(words, delays / scale, lengths) == labels).all()


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_machine_of_steps_runs_as_the_automaton(timed: SimpleNamespace, data: st.DataObject) -> None:
    automaton = data.draw(timed.automata())
    assume(overlap(automaton) is None and timelock(automaton) is None)
    machine = steps(automaton).machine
    waits = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=12))
    word = data.draw(
        st.lists(st.integers(0, len(automaton.symbols) - 1), min_size=len(waits), max_size=len(waits))
    )
    letters = [x for symbol, wait in zip(word, waits, strict=True) for x in [0] * (wait - 1) + [symbol + 1]]
    ends = np.cumsum(waits) - 1
    labels = machine.labels([letters])[0, ends]
    assert labels.tolist() == TimedRuns(automaton).labels([word], [waits])[0].tolist()


def test_plain_widening_would_be_unsound_with_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    # After the automaton of Bouyer (STACS 2003): at l5 always x2 - x1 = x4 - x3, the time of the first symbol.
    automaton = TimedAutomaton(
        symbols=("s",),
        clocks=tuple(Clock(f"x{i}") for i in range(1, 5)),
        locations=tuple(Location(f"l{i}") for i in range(7)),
        transitions=(
            Transition("l0", "s", "l1", parse_guard("x3 <= 3"), ("x1", "x3")),
            Transition("l1", "s", "l2", parse_guard("x2 = 3"), ("x2",)),
            Transition("l2", "s", "l3", parse_guard("x1 = 2"), ("x1",)),
            Transition("l3", "s", "l2", parse_guard("x2 = 2"), ("x2",)),
            Transition("l3", "s", "l4", parse_guard("x2 = 2"), ("x2",)),
            Transition("l4", "s", "l5", parse_guard("x1 = 3"), ("x1",)),
            Transition("l5", "s", "l6", parse_guard("x2 - x1 > 2 and x4 - x3 < 2")),
        ),
        start="l0",
    )
    assert reachable_locations(automaton) == ("l0", "l1", "l2", "l3", "l4", "l5")
    monkeypatch.setattr(Edges, "differences", ())  # not split by the last guard
    assert "l6" in reachable_locations(automaton)
