"""Random timed automata, and their semantics in exact fractions: slow, and written from the definitions alone."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from krohn.automata.timed.automaton import Clock, Location, TimedAutomaton, Transition
from krohn.automata.timed.guards import Constraint, Guard

HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
FAR = 8
"""Beyond every constant below, and every difference of two."""

Values = dict[str, Fraction]
Reached = dict[str, set[tuple[Fraction, ...]]]


def holds(guard: Guard, values: Values) -> bool:
    return all(
        HOLDS[part.relation](values[part.clock] - (values[part.minus] if part.minus else 0), part.constant)
        for part in guard
    )


@dataclass(frozen=True)
class Reference:
    """What an automaton does, clock by clock, without a bound on anything."""

    automaton: TimedAutomaton

    def wait(self, values: Values, delay: Fraction) -> Values:
        after = {}
        for clock in self.automaton.clocks:
            value = values[clock.name] + delay
            after[clock.name] = value % clock.period if clock.period else value
        return after

    def enabled(self, location: str, symbol: str, values: Values) -> list[tuple[Transition, Values]]:
        found = []
        for transition in self.automaton.transitions:
            if (transition.source, transition.symbol) == (location, symbol) and holds(
                transition.guard, values
            ):
                after = {name: Fraction(0) if name in transition.resets else v for name, v in values.items()}
                if holds(self.automaton.location(transition.target).invariant, after):
                    found.append((transition, after))
        return found

    def run(self, word: Iterable[tuple[str, Fraction]]) -> Iterator[str | None]:
        """The location after each symbol, None where the run is stuck."""
        location: str | None = self.automaton.start
        values = dict.fromkeys(self.automaton.clock_names, Fraction(0))
        for symbol, delay in word:
            if location is not None:
                values = self.wait(values, delay)
                found = self.enabled(location, symbol, values)
                if not holds(self.automaton.location(location).invariant, values) or not found:
                    location = None
                else:
                    ((transition, values),) = found
                    location = transition.target
            yield location

    def near(self, values: Values) -> Values:
        """A valuation that guards cannot tell from this one, now or later, among finitely many."""
        free = [clock.name for clock in self.automaton.clocks if not clock.period]
        near = dict(values)
        if free:
            order = sorted(free, key=lambda name: near[name])
            while near[order[0]] > FAR + 1:
                near = {name: v - 1 if name in free else v for name, v in near.items()}
            for low, high in itertools.pairwise(order):
                while near[high] - near[low] > FAR + 1:
                    near[high] -= 1
        return near

    def reach(self, later: Callable[[Values], Values], wait_first: bool = False) -> Reached:
        """The valuations reached at each location, where `later` gives the next one as time goes by."""
        names = self.automaton.clock_names
        found: Reached = {name: set() for name in self.automaton.location_names}
        waiting = [(self.automaton.start, dict.fromkeys(names, Fraction(0)), False)]
        seen = set()
        while waiting:
            location, values, waited = waiting.pop()
            key = (location, tuple(values.values()), waited)
            if key in seen or not holds(self.automaton.location(location).invariant, values):
                continue
            seen.add(key)
            found[location].add(tuple(values.values()))
            waiting.append((location, self.near(later(values)), True))
            if waited or not wait_first:
                for symbol in self.automaton.symbols:
                    for transition, after in self.enabled(location, symbol, values):
                        waiting.append((transition.target, after, False))
        return found

    def next_region(self, values: Values) -> Values:
        """The representative of the region that follows as time goes by (Alur and Dill 1994)."""
        fractions = sorted({v % 1 for v in values.values()})
        step = 1 - fractions[-1] if fractions[0] > 0 else (1 - fractions[-1]) / 2
        after = self.wait(values, step)
        ranks = sorted({v % 1 for v in after.values()} | {Fraction(0)})
        return {name: v // 1 + Fraction(ranks.index(v % 1), len(ranks)) for name, v in after.items()}


def guards(clocks: tuple[Clock, ...], closed: bool, differences: bool, most: int) -> st.SearchStrategy[Guard]:
    relations = st.sampled_from(["<=", ">=", "="] if closed else list(HOLDS))
    names = st.sampled_from([clock.name for clock in clocks])
    single = st.builds(Constraint, names, relations, st.integers(0, 3))
    free = [clock.name for clock in clocks if clock.period is None]
    if differences and len(free) == 2:
        pair = st.builds(lambda r, c: Constraint(free[0], r, c, free[1]), relations, st.integers(-2, 2))
        single = st.one_of(single, pair)
    return st.lists(single, max_size=most).map(tuple)


@st.composite
def automata(
    draw: st.DrawFn,
    closed: bool = False,
    differences: bool = True,
    periodic: bool = True,
    count: int | None = None,
) -> TimedAutomaton:
    """Any automaton of up to three locations, two symbols and two clocks."""
    clocks = tuple(Clock(name) for name in "xy"[: count or draw(st.integers(1, 2))])
    if periodic and draw(st.booleans()):
        clocks = (*clocks[:-1], Clock(clocks[-1].name, draw(st.integers(1, 4))))
    places = [f"q{i}" for i in range(draw(st.integers(1, 3)))]
    symbols = ("a", "b")[: draw(st.integers(1, 2))]
    resets = st.lists(st.sampled_from([clock.name for clock in clocks]), unique=True).map(tuple)
    transition = st.builds(
        Transition,
        st.sampled_from(places),
        st.sampled_from(symbols),
        st.sampled_from(places),
        guards(clocks, closed, differences, 2),
        resets,
    )
    free = [clock.name for clock in clocks if clock.period is None]
    locations = []
    for i, name in enumerate(places):
        invariant: Guard = ()
        if free and draw(st.integers(0, 3)) == 0:
            relation = "<=" if closed else draw(st.sampled_from(["<", "<="]))
            invariant = (Constraint(draw(st.sampled_from(free)), relation, draw(st.integers(1, 3))),)
        locations.append(Location(name, i, invariant))
    transitions = draw(st.lists(transition, min_size=1, max_size=7))
    return TimedAutomaton(symbols, clocks, tuple(locations), tuple(transitions), "q0")


def made_deterministic(automaton: TimedAutomaton) -> TimedAutomaton:
    """The automaton without the transitions that are enabled with an earlier one, and without invariants."""
    places = tuple(replace(place, invariant=()) for place in automaton.locations)
    kept: list[Transition] = []
    grid = [Fraction(n, 4) for n in range(4 * (FAR - 2))]
    valuations: list[Values] = [{}]
    for clock in automaton.clocks:
        shown = [v for v in grid if not clock.period or v < clock.period]
        valuations = [{**values, clock.name: v} for values in valuations for v in shown]
    for new in automaton.transitions:
        rivals = [t for t in kept if (t.source, t.symbol) == (new.source, new.symbol)]
        if not any(holds(new.guard, v) and holds(old.guard, v) for old in rivals for v in valuations):
            kept.append(new)
    return replace(automaton, locations=places, transitions=tuple(kept))


@pytest.fixture(scope="session")
def timed() -> SimpleNamespace:
    return SimpleNamespace(
        automata=automata, holds=holds, made_deterministic=made_deterministic, Reference=Reference
    )
