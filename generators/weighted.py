"""Words whose symbols are not all equally likely, labelled by a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numba
import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from ..automata.semiautomaton import Semiautomaton
from ..errors import RequestError
from .kinds import Readout
from .philox import draw_symbols
from .source import Key, Source, Words
from .uniform import UniformMachine

MOST_TICKETS = 65_536
LARGEST_TABLE = 1 << 22
"""Entries of a table of states and tickets; beyond it, words are drawn and then labelled."""


@numba.njit(cache=True, nogil=True)
def _rename(tickets, lengths, table, out):  # type: ignore[no-untyped-def]
    for b in range(tickets.shape[0]):
        for t in range(lengths[b]):
            out[b, t] = table[tickets[b, t]]


@dataclass(frozen=True, eq=False)
class WeightedMachine(Source):
    """Symbols drawn one by one with whole-number weights, each labelled with a machine's output.

    Exactly: one of ``sum(weights)`` tickets is drawn uniformly, and symbol x has ``weights[x]`` of them.

    Parameters
    ----------
    machine : Machine
    weights : tuple of int
        One for each symbol, not negative; their sum is 1 to 65,536.

    Raises
    ------
    RequestError
        For weights out of range.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> words = Words(np.empty((1, 5), np.uint8), np.array([5]), np.empty((1, 5), np.int32))
    >>> WeightedMachine(counter(3), (0, 5)).draw(np.zeros(2, np.uint32), 0, words)
    >>> words.symbols.tolist(), words.labels.tolist()
    ([[1, 1, 1, 1, 1]], [[1, 2, 0, 1, 2]])
    """

    hints: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("constant", "length", "first", "last", "bag", "duplicates", "overlap"),
        "some symbols come more often",
    )
    nested: ClassVar[bool] = True
    machine: Machine
    weights: tuple[int, ...]

    def __post_init__(self) -> None:
        fits = len(self.weights) == self.machine.symbols and min(self.weights) >= 0
        if not fits or not 1 <= sum(self.weights) <= MOST_TICKETS:
            raise RequestError(
                f"weights are {self.weights}: expected one for each of {self.machine.symbols} symbols, "
                f"whole numbers whose sum is 1 to {MOST_TICKETS}"
            )

    @cached_property
    def tickets(self) -> NDArray[Any]:
        """The symbol of each ticket."""
        kind = np.uint8 if len(self.weights) <= 256 else np.uint16
        return np.repeat(np.arange(len(self.weights), dtype=kind), self.weights)

    @cached_property
    def over_tickets(self) -> Machine:
        """The machine that reads tickets."""
        delta = self.machine.delta[:, self.tickets]
        return Machine(Semiautomaton(delta), self.machine.start, self.machine.outputs, self.machine.classes)

    @cached_property
    def _uniform(self) -> UniformMachine | None:
        small = self.machine.states * len(self.tickets) <= LARGEST_TABLE
        return UniformMachine(self.over_tickets, Readout.PREFIX) if small else None

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        size = len(self.tickets)
        if self._uniform is None:
            tickets = draw_symbols(key, first, words.lengths, words.symbols.shape[1], size)
            _rename(tickets, words.lengths, self.tickets, words.symbols)
            self.label(words)
            return
        same = set(self.weights) == {1}
        kind = np.uint8 if size <= 256 else np.uint16
        tickets = words.symbols if same else np.empty(words.symbols.shape, kind)
        self._uniform.draw(key, first, Words(tickets, words.lengths, words.labels))
        if not same:
            _rename(tickets, words.lengths, self.tickets, words.symbols)

    def label(self, words: Words) -> None:
        """See `Source`."""
        self.machine.labels(words.symbols, words.lengths, words.labels)
