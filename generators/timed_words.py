"""Words of symbols and delays over a timed automaton."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..automata.timed.automaton import TimedAutomaton
from ..automata.timed.runs import FIXED_POINT, TimedRuns
from ..errors import RequestError
from .delays import (
    BITS,
    aim_at_borders,
    borders_of,
    geometric_delays,
    geometric_survival,
    random_bits,
    split_tickets,
    to_fixed_point,
)
from .philox import draw_symbols
from .source import Key, Source, Words

_HIGH, _LOW, _FRACTION, _CHOICE, _SIDE = range(1, 6)


class Delays(StrEnum):
    """How delays are drawn."""

    UNIFORM = "uniform"
    GEOMETRIC = "geometric"
    BORDERS = "borders"


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

    @cached_property
    def runs(self) -> TimedRuns:
        """What labels the words."""
        return TimedRuns(self.automaton, FIXED_POINT if self.dense else 1)

    @cached_property
    def _longest(self) -> int:
        return max((0, *self.runs.form.largest)) + 1

    @cached_property
    def _survival(self) -> NDArray[np.int64]:
        return geometric_survival(self.mean)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        assert words.delays is not None
        shape, lengths, size = words.symbols.shape, words.lengths, len(self.automaton.symbols)

        def bits(stream: int) -> NDArray[np.uint16]:
            return random_bits(key, stream, first, lengths, shape[1])

        units = np.empty(shape, np.int64) if self.dense else words.delays
        if self.delays is Delays.GEOMETRIC:
            draw_symbols(key, first, lengths, shape[1], size, words.symbols)
            geometric_delays(bits(_HIGH), bits(_LOW), lengths, self._survival, units)
        else:
            tickets = draw_symbols(key, first, lengths, shape[1], size * self._longest)
            split_tickets(tickets, lengths, self._longest, words.symbols, units)
        if self.dense:
            to_fixed_point(units, lengths, bits(_FRACTION))
        if self.delays is Delays.BORDERS and len(borders_of(self.runs.form)):
            chance = (bits(_CHOICE), bits(_SIDE), bits(_FRACTION))
            aim_at_borders(self.runs, words.symbols, lengths, units, words.labels, chance)
        else:
            self.runs.labels(words.symbols, units, lengths, words.labels)
        if self.dense:
            np.multiply(units, 1 / FIXED_POINT, out=words.delays)

    def label(self, words: Words) -> None:
        """See `Source`; real delays are rounded to multiples of 2^-16."""
        assert words.delays is not None
        self.runs.labels(words.symbols, words.delays, words.lengths, words.labels)
