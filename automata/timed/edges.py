"""A timed automaton by numbers: every guard a list of bounds on differences of clocks, 0 being the zeroth clock.

The bound x_i - x_j < c is coded as 2c, and <= c as 2c + 1, so that codes compare as bounds do (Bengtsson and Yi,
"Timed automata: semantics, algorithms and tools", 2004). Clock i of the automaton is number i + 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from .automaton import TimedAutomaton
from .guards import Constraint

Bound = tuple[int, int, int]
"""i, j and the code of an upper bound on x_i - x_j."""


def strictly(constant: int) -> int:
    """Return the code of ``< constant``."""
    return 2 * constant


def at_most(constant: int) -> int:
    """Return the code of ``<= constant``."""
    return 2 * constant + 1


def negation(bound: Bound) -> Bound:
    """Return the bound that holds exactly where `bound` does not.

    Examples
    --------
    >>> negation((1, 0, at_most(5))) == (0, 1, strictly(-5))
    True
    """
    i, j, code = bound
    return j, i, 1 - code


def bounds_of(parts: Iterable[Constraint], number: Mapping[str, int]) -> tuple[Bound, ...]:
    """Return the bounds that a conjunction says; `number` counts clocks from 1.

    Examples
    --------
    >>> from krohn.automata.timed.guards import parse_guard
    >>> bounds_of(parse_guard("x = 5"), {"x": 1}) == ((1, 0, at_most(5)), (0, 1, at_most(-5)))
    True
    """
    found: list[Bound] = []
    for part in parts:
        i, j, c = number[part.clock], number[part.minus] if part.minus else 0, part.constant
        if part.relation in ("<", "<=", "="):
            found.append((i, j, strictly(c) if part.relation == "<" else at_most(c)))
        if part.relation in (">", ">=", "="):
            found.append((j, i, strictly(-c) if part.relation == ">" else at_most(-c)))
    return tuple(found)


@dataclass(frozen=True)
class Edge:
    """A transition by numbers.

    Attributes
    ----------
    number : int
        Which of the automaton's transitions.
    source, symbol, target : int
    bounds : tuple of Bound
        All that makes it enabled: the guard, the invariant of the source, that of the target after the reset.
        Periodic clocks are below their periods.
    resets : tuple of int
        Clocks, counted from 1.
    """

    number: int
    source: int
    symbol: int
    target: int
    bounds: tuple[Bound, ...]
    resets: tuple[int, ...]


@dataclass(frozen=True)
class Edges:
    """The transitions and invariants of a timed automaton by numbers.

    Parameters
    ----------
    automaton : TimedAutomaton

    Attributes
    ----------
    periods : tuple of int
        Of each clock, 0 where it has none.
    invariants : tuple of tuple of Bound
        Of each location.
    edges : tuple of Edge
        In the order of the automaton's transitions; those that can never be enabled, as their target's
        invariant is false after the reset, are left out.
    """

    automaton: TimedAutomaton

    @cached_property
    def _number(self) -> dict[str, int]:
        return {name: i + 1 for i, name in enumerate(self.automaton.clock_names)}

    @cached_property
    def periods(self) -> tuple[int, ...]:
        """See above."""
        return tuple(clock.period or 0 for clock in self.automaton.clocks)

    @cached_property
    def below_periods(self) -> tuple[Bound, ...]:
        """What holds of periodic clocks."""
        return tuple((i + 1, 0, strictly(period)) for i, period in enumerate(self.periods) if period)

    @cached_property
    def invariants(self) -> tuple[tuple[Bound, ...], ...]:
        """See above."""
        return tuple(bounds_of(location.invariant, self._number) for location in self.automaton.locations)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """See above."""
        locations = {name: i for i, name in enumerate(self.automaton.location_names)}
        symbols = {name: i for i, name in enumerate(self.automaton.symbols)}
        found = []
        for number, transition in enumerate(self.automaton.transitions):
            source, target = locations[transition.source], locations[transition.target]
            resets = tuple(sorted({self._number[name] for name in transition.resets}))
            entry = _before_reset(self.invariants[target], resets)
            if entry is not None:
                guard = bounds_of(transition.guard, self._number)
                bounds = (*guard, *self.invariants[source], *entry, *self.below_periods)
                bounds = tuple(dict.fromkeys(bounds))
                found.append(Edge(number, source, symbols[transition.symbol], target, bounds, resets))
        return tuple(found)

    @cached_property
    def by_symbol(self) -> tuple[tuple[tuple[Edge, ...], ...], ...]:
        """The edges of each location, for each symbol."""
        table: list[list[list[Edge]]] = [
            [[] for _ in self.automaton.symbols] for _ in self.automaton.locations
        ]
        for edge in self.edges:
            table[edge.source][edge.symbol].append(edge)
        return tuple(tuple(tuple(cell) for cell in row) for row in table)

    @cached_property
    def differences(self) -> tuple[Bound, ...]:
        """Every bound on a difference of two clocks, each once."""
        bounds = [bound for row in self.invariants for bound in row]
        bounds += [bound for edge in self.edges for bound in edge.bounds]
        return tuple(dict.fromkeys(bound for bound in bounds if bound[0] and bound[1]))

    @cached_property
    def ceilings(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The largest constants of lower and of upper bounds for each clock, -1 where it has none.

        A difference counts for both clocks and both sides: after a reset it bounds the other clock. A period
        counts as a constant.
        """
        lower, upper = [period or -1 for period in self.periods], [period or -1 for period in self.periods]
        bounds = [bound for row in self.invariants for bound in row]
        bounds += [bound for edge in self.edges for bound in edge.bounds]
        for i, j, code in bounds:
            constant = code >> 1
            if i and j:
                for clock in (i, j):
                    lower[clock - 1] = max(lower[clock - 1], abs(constant))
                    upper[clock - 1] = max(upper[clock - 1], abs(constant))
            elif i:
                upper[i - 1] = max(upper[i - 1], constant)
            else:
                lower[j - 1] = max(lower[j - 1], -constant)
        return tuple(lower), tuple(upper)

    @cached_property
    def largest(self) -> tuple[int, ...]:
        """The largest constant that each clock is compared with, -1 where there is none."""
        return tuple(map(max, *self.ceilings)) if self.periods else ()


def _before_reset(invariant: tuple[Bound, ...], resets: tuple[int, ...]) -> tuple[Bound, ...] | None:
    """Return what must hold before a reset so that an invariant holds after it; None where nothing does."""
    found = []
    for i, j, code in invariant:
        i, j = (0 if i in resets else i), (0 if j in resets else j)
        if i != j:
            found.append((i, j, code))
        elif code <= 0:  # 0 < c or 0 <= c fails
            return None
    return tuple(found)
