"""Words of symbols and delays over a timed automaton."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from ..automata.minimise import minimise
from ..automata.semiautomaton import Semiautomaton
from ..automata.timed.automaton import TimedAutomaton
from ..automata.timed.edges import Edges
from ..automata.timed.runs import FIXED_POINT, OneClock, TimedRuns
from ..automata.timed.steps import discretise
from ..errors import RequestError
from .delays import (
    BITS,
    aim_at_borders,
    borders_of,
    first_guesses,
    geometric_delays,
    geometric_survival,
    random_numbers,
    split_tickets,
    to_fixed_point,
)
from .fused_delays import draw_events
from .kinds import Readout
from .source import Key, Source, Words
from .uniform import UniformMachine

_SYMBOLS, _HIGH, _LOW, _FRACTION, _CHOICE = range(5)

PIECE = 1 << 19
"""Events that are drawn at a time, which bounds the memory that is needed on the way."""


class Delays(StrEnum):
    """How delays are drawn."""

    UNIFORM = "uniform"
    GEOMETRIC = "geometric"
    BORDERS = "borders"


LARGEST_TABLE = 1 << 22
"""Entries of a table of states, symbols and delays; beyond it, words are drawn and then labelled."""


def event_machine(automaton: TimedAutomaton, longest: int) -> Machine | None:
    """Return the machine that reads symbols and whole delays at one go, or None where its table would be large.

    Parameters
    ----------
    automaton : TimedAutomaton
    longest : int
        Symbol x after a delay d, 1 to `longest`, is the machine's symbol ``x * longest + d - 1``.

    Examples
    --------
    >>> from krohn.automata.timed.machines import timeout
    >>> event_machine(timeout(3), 4).labels([[2, 0, 3, 0]]).tolist()  # delays 3, 1, 4, 1
    [[0, 0, 1, 1]]
    """
    form = Edges(automaton)
    clocks = [period or largest + 2 for period, largest in zip(form.periods, form.largest, strict=True)]
    entries = math.prod(clocks) * len(automaton.locations) * len(automaton.symbols) * longest
    if form.differences or entries > LARGEST_TABLE:
        return None
    steps = discretise(automaton)
    table = np.empty((steps.states, len(automaton.symbols), longest), np.int32)
    state = np.arange(steps.states)
    for d in range(longest):
        table[:, :, d] = steps.delta[state, 1:]
        state = steps.delta[state, 0]
    delta = table.reshape(steps.states, -1)
    return minimise(Machine(Semiautomaton(delta), steps.start, steps.outputs, steps.classes))


@dataclass(frozen=True, eq=False)
class TimedWords(Source):
    """Symbols drawn uniformly, each after a random delay, labelled by a deterministic timed automaton.

    Let K be the largest constant of the automaton, periods included. Delays are drawn one by one:

    - uniform: a whole number from 1 to K + 1, all equally likely;
    - geometric: a whole number d from 1 on with chance (1 - p)^(d - 1) p, p = 1 / mean: as if each time unit had
      a symbol with chance p (to the nearest 2^-32);
    - borders: with chance 1/2 uniform. Otherwise a clock and a constant that it is compared with (or the end of
      its period) are chosen uniformly, and the delay is such that the clock comes exactly there, just before or
      just after, with chance 1/3 each; where that is past already, the delay is uniform after all.

    In dense time a uniform part of a time unit, in [0, 1), is taken off a uniform or geometric delay, and "just" is a
    uniform part, in (0, 1]; in discrete time it is one time unit. Real delays are multiples of 2^-16, so that they
    are exact numbers and labels are too. No delay is 0.

    Parameters
    ----------
    automaton : TimedAutomaton
        Deterministic; number of symbols times K + 1 at most 65,536 unless delays are geometric.
    delays : Delays
    dense : bool
        Whether delays are real numbers.
    mean : int
        Of geometric delays, at least 2.

    Raises
    ------
    RequestError
        From `check_runs`, or for constants or a mean out of range.

    Examples
    --------
    >>> from krohn.automata.timed.machines import relative
    >>> source = TimedWords(relative(5), Delays.BORDERS)
    >>> words = Words(
    ...     np.empty((1, 4), np.uint8), np.array([4]), np.empty((1, 4), np.int32), np.empty((1, 4), np.int64)
    ... )
    >>> source.draw(np.zeros(2, np.uint32), 0, words)
    >>> bool((words.labels[words.symbols == 1] == 1).all() and (words.delays > 0).all())
    True
    """

    nested: ClassVar[bool] = True
    hints: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("constant", "length", "first", "last", "bag"), "delays are drawn as clocks want them, not for labels"
    )
    automaton: TimedAutomaton
    delays: Delays
    dense: bool = False
    mean: int = 2

    def __post_init__(self) -> None:
        if self.mean < 2:
            raise RequestError(f"mean delay is {self.mean}: expected at least 2")
        most = BITS // len(self.automaton.symbols)
        if self.delays is not Delays.GEOMETRIC and self._longest > most:
            raise RequestError(
                f"largest constant of the timed automaton is {self._longest - 1}: expected at most {most - 1} "
                f"where delays are {self.delays.value}"
            )
        borders = len(self._borders)
        if self.delays is Delays.BORDERS and borders > BITS // 6:
            raise RequestError(
                f"the timed automaton has {borders} borders: expected at most {BITS // 6} to aim delays at"
            )

    @cached_property
    def runs(self) -> TimedRuns:
        """What labels the words."""
        return TimedRuns(self.automaton, FIXED_POINT if self.dense else 1)

    @cached_property
    def _longest(self) -> int:
        return max((0, *self.runs.form.largest)) + 1

    @cached_property
    def _tickets(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """The symbol and the delay of each ticket."""
        size = len(self.automaton.symbols)
        symbols = np.arange(size, dtype=np.uint8 if size <= 256 else np.uint16)
        return np.repeat(symbols, self._longest), np.tile(np.arange(1, self._longest + 1), size)

    @cached_property
    def _events(self) -> UniformMachine | None:
        """What draws symbols with whole uniform delays, and labels them, at one go; None where it does not."""
        if self.dense or self.delays is not Delays.UNIFORM:
            return None
        machine = event_machine(self.automaton, self._longest)
        return UniformMachine(machine, Readout.PREFIX) if machine is not None else None

    @cached_property
    def _one_clock(self) -> OneClock | None:
        """What draws symbols with real uniform delays, and labels them, at one go; None where it does not."""
        fits = self.dense and self.delays is Delays.UNIFORM and self.runs.regions
        return self.runs.one_clock(self.runs.outputs) if fits else None

    @cached_property
    def _survival(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        survival = geometric_survival(self.mean)
        return survival, first_guesses(survival)

    @cached_property
    def _borders(self) -> NDArray[np.int64]:
        return borders_of(self.runs.form)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        one = self._one_clock
        if one is not None:
            draw_events(
                words.symbols,
                words.delays,
                words.labels,
                words.lengths,
                first,
                key,
                *self._tickets,
                one.table,
                one.start,
                one.cap,
                one.period,
                one.regions,
            )
            return
        count = max(1, PIECE // words.symbols.shape[1])
        for begin in range(0, len(words), count):
            rows = slice(begin, begin + count)
            delays = words.delays[rows] if words.delays is not None else None
            piece = Words(words.symbols[rows], words.lengths[rows], words.labels[rows], delays)
            self._draw(key, first + begin, piece)

    def _draw(self, key: Key, first: int, words: Words) -> None:
        assert words.delays is not None
        lengths, size = words.lengths, len(self.automaton.symbols)

        def numbers(stream: int, below: int) -> NDArray[Any]:
            return random_numbers(key, stream, first, words, below)

        if self._events is not None:
            tickets = np.empty(words.symbols.shape, np.uint8 if len(self._tickets[0]) <= 256 else np.uint16)
            self._events.draw(key, first, Words(tickets, lengths, words.labels))
            split_tickets(tickets, lengths, *self._tickets, words.symbols, words.delays)
            return
        units = np.empty(words.symbols.shape, np.int64) if self.dense else words.delays
        if self.delays is Delays.GEOMETRIC:
            words.symbols[:] = numbers(_SYMBOLS, size)
            geometric_delays(numbers(_HIGH, BITS), numbers(_LOW, BITS), lengths, *self._survival, units)
        else:
            tickets = numbers(_SYMBOLS, size * self._longest)
            split_tickets(tickets, lengths, *self._tickets, words.symbols, units)
        fractions = numbers(_FRACTION, BITS) if self.dense else None
        if fractions is not None:
            to_fixed_point(units, lengths, fractions)
        borders = self._borders
        if self.delays is Delays.BORDERS and len(borders):
            choices = numbers(_CHOICE, 6 * len(borders))
            symbols, labels = words.symbols, words.labels
            aim_at_borders(self.runs, borders, choices, fractions, symbols, lengths, units, labels)
        else:
            self.runs.labels(words.symbols, units, lengths, words.labels)
        if self.dense:
            np.multiply(units, 1 / FIXED_POINT, out=words.delays)

    def label(self, words: Words) -> None:
        """See `Source`; real delays are rounded to multiples of 2^-16."""
        assert words.delays is not None
        self.runs.labels(words.symbols, words.delays, words.lengths, words.labels)
