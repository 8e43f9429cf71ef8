"""The finite machine that whole time steps give: one symbol a time unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...errors import RequestError
from ..labels import Names
from ..machine import Machine
from ..semiautomaton import Semiautomaton
from .automaton import TimedAutomaton
from .checks import check_runs
from .edges import Bound, Edges

LARGEST_STEPS = 1 << 18
"""Most states of a discretised machine."""

NULL = "null"
"""What the empty step is called: a time unit goes by without a symbol."""

Clocks = tuple[int, ...]


@dataclass(frozen=True)
class Steps:
    """A discretised machine with what its states stand for; `steps` makes it.

    Attributes
    ----------
    machine : Machine
        As `discretise` returns it.
    locations : tuple of int
        The location of each state, as a number; that of a run that is stuck is the number of locations.
    clocks : tuple of tuple of int
        What each clock shows in each state; one more than the largest constant it is compared with stands for
        all larger values.
    """

    machine: Machine
    locations: tuple[int, ...]
    clocks: tuple[Clocks, ...]


@dataclass(frozen=True)
class _Counter:
    """Clocks in whole time units, capped at one more than the largest constant, and differences, capped too.

    A difference of two clocks stays the same as time goes by, beyond the caps of both; only a reset changes it, to the
    other clock's value with or without a minus, whose cap lies beyond the difference's largest constant.
    """

    form: Edges

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The pairs (i, j), i < j, of clocks, from 1, whose difference a guard compares."""
        return tuple(sorted({(min(i, j), max(i, j)) for i, j, _ in self.form.differences}))

    @cached_property
    def caps(self) -> Clocks:
        """The largest value that each clock shows."""
        rows = zip(self.form.periods, self.form.largest, strict=True)
        return tuple(period - 1 if period else largest + 1 for period, largest in rows)

    def start(self) -> tuple[Clocks, Clocks]:
        return (0,) * len(self.form.periods), (0,) * len(self.pairs)

    def wait(self, values: Clocks) -> Clocks:
        rows = zip(values, self.form.periods, self.caps, strict=True)
        return tuple((v + 1) % period if period else min(v + 1, cap) for v, period, cap in rows)

    def reset(self, values: Clocks, gaps: Clocks, resets: Sequence[int]) -> tuple[Clocks, Clocks]:
        if not resets:
            return values, gaps
        new = tuple(0 if i + 1 in resets else v for i, v in enumerate(values))
        changed = (
            new[i - 1] - new[j - 1] if i in resets or j in resets else gap
            for (i, j), gap in zip(self.pairs, gaps, strict=True)
        )
        return new, tuple(changed)

    def holds(self, bounds: Sequence[Bound], values: Clocks, gaps: Clocks) -> bool:
        for i, j, code in bounds:
            if i and j:
                difference = gaps[self.pairs.index((i, j))] if i < j else -gaps[self.pairs.index((j, i))]
            else:
                difference = values[i - 1] if i else -values[j - 1]
            if 2 * difference >= code:  # code is 2c for < c, 2c + 1 for <= c
                return False
        return True


def steps(automaton: TimedAutomaton, empty: str | None = NULL) -> Steps:
    """Return the finite machine of `discretise` with the location and clocks behind each of its states.

    Examples
    --------
    >>> from krohn.automata.timed.machines import relative
    >>> found = steps(relative(2))
    >>> found.machine.states, found.locations[:2], found.clocks[:2]
    (8, (0, 0), ((0,), (1,)))
    """
    check_runs(automaton)
    form = Edges(automaton)
    counter = _Counter(form)
    stuck = len(automaton.locations)
    start = (automaton.location_names.index(automaton.start), *counter.start())
    number = {start: 0}
    found = [start]
    table: list[list[int]] = []
    # The list grows while it is walked: breadth-first.
    for q, values, gaps in found:
        targets = []
        later = counter.wait(values)
        alive = q != stuck and counter.holds(form.invariants[q], later, gaps)
        dead = (stuck, *counter.start())
        if empty is not None:
            targets.append((q, later, gaps) if alive else dead)
        for x in range(len(automaton.symbols)):
            target = dead
            for edge in form.by_symbol[q][x] if alive else ():
                if counter.holds(edge.bounds, later, gaps):
                    target = (edge.target, *counter.reset(later, gaps, edge.resets))
                    break
            targets.append(target)
        for target in targets:
            if target not in number:
                number[target] = len(found)
                found.append(target)
        if len(found) > LARGEST_STEPS:
            raise RequestError(
                f"the machine of whole time steps has more than {LARGEST_STEPS} states: expected smaller constants"
            )
        table.append([number[target] for target in targets])
    symbols = automaton.symbols if empty is None else (empty, *automaton.symbols)
    outputs = [*automaton.outputs, automaton.stuck]
    numbered = automaton.classes == tuple(map(str, range(len(automaton.classes))))
    classes = () if numbered else automaton.classes
    machine = Machine(
        Semiautomaton(np.array(table, np.int32)),
        0,
        [outputs[q] for q, _, _ in found],
        len(automaton.classes),
        Names(symbols, tuple(_state_name(automaton, counter, *state) for state in found), classes),
    )
    return Steps(machine, tuple(q for q, _, _ in found), tuple(values for _, values, _ in found))


def _state_name(automaton: TimedAutomaton, counter: _Counter, q: int, values: Clocks, gaps: Clocks) -> str:
    if q == len(automaton.locations):
        return "stuck"
    names = automaton.clock_names
    parts = []
    for name, value, period, cap in zip(names, values, counter.form.periods, counter.caps, strict=True):
        if cap > 0 or period:
            above = value == cap and not period
            parts.append(f"{name} > {cap - 1}" if above else f"{name} = {value}")
    for (i, j), gap in zip(counter.pairs, gaps, strict=True):
        parts.append(f"{names[i - 1]} - {names[j - 1]} = {gap}")
    return ", ".join((automaton.location_names[q], *parts))


def discretise(automaton: TimedAutomaton, empty: str | None = NULL) -> Machine:
    """Return the finite machine of words with one symbol a time step.

    A time unit goes by, then the symbol is read, the first one at time 1. Clocks are capped at one more than
    the largest constant they are compared with, which no guard can tell from what is above.

    Parameters
    ----------
    automaton : TimedAutomaton
        Deterministic.
    empty : str or None
        The name of a further symbol, number 0, that stands for a step without a symbol; None: there is none, and
        every step has a symbol.

    Returns
    -------
    Machine
        Its states are numbered breadth-first from the start and all reached; it need not be minimal.

    Raises
    ------
    RequestError
        From `check_runs`, or where there would be more than 2^18 states.

    Examples
    --------
    >>> from krohn.automata.minimise import minimise
    >>> from krohn.automata.timed.machines import periodic, relative
    >>> minimise(discretise(relative(5))).states, minimise(discretise(periodic(10), empty=None)).states
    (12, 16)
    >>> discretise(relative(5)).names.states[:2]
    ('0, x = 0', '0, x = 1')
    """
    return steps(automaton, empty).machine
