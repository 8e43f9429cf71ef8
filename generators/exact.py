"""Exact uniform sampling of the words of a length that end in given states of a machine: the tables.

A word is drawn symbol by symbol. With r symbols to go from state q, symbol c comes with probability
N(r-1, delta(q, c)) / N(r, q), where N counts the words that end well. A uniform real U = 0.u u' u'' … is compared
with the cumulative probabilities digit by digit. Floating-point thresholds of known error settle almost every
first digit u; where one lies so near that they cannot, whole numbers decide with the same u and further digits.
So every word has probability 1 / N(n, start), exactly, and nothing is ever rejected.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from ..errors import RequestError

BITS = 30
"""Bits of the first digit."""
LARGEST_TABLE = 1 << 27
"""Thresholds, 4 bytes each."""


@dataclass(frozen=True, eq=False)
class ExactTable:
    """Thresholds for all lengths up to one.

    Parameters
    ----------
    machine : Machine
    ends : bool array, shape (states,)
        The states that words may end in.
    longest : int
    bits : int
        Bits of the first digit: 30, or fewer, so that a test sees ties.

    Raises
    ------
    RequestError
        Where the table would not fit into memory.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> machine = regex_machine("(ab)*")
    >>> table = ExactTable(machine, machine.outputs == 1, 6)
    >>> table.possible(1, 6).tolist()
    [2, 4, 6]
    """

    machine: Machine
    ends: NDArray[np.bool_]
    longest: int
    bits: int = BITS

    def __post_init__(self) -> None:
        machine = self.machine
        size = (self.longest + 1) * machine.states * machine.symbols
        if size > LARGEST_TABLE:
            raise RequestError(
                f"words of length {self.longest} from {machine.states} states and {machine.symbols} symbols "
                f"need a table of {size:,} numbers: expected at most {LARGEST_TABLE:,}"
            )

    @property
    def radius(self) -> int:
        """How near to a threshold a digit is unsure, in units of the digit.

        A sum of K counts is off by K roundings at most, relative to itself, more than the counts are: after n
        steps by n K 2^-53, which is n K 2^-23 units of 30 bits; the quotient and the cut to a whole number add
        one unit.
        """
        return 1 + math.ceil(self.longest * self.machine.symbols * 2.0 ** (self.bits - 53))

    @cached_property
    def _tables(self) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        machine = self.machine
        shape = (self.longest + 1, machine.states, machine.symbols - 1)
        thresholds = np.zeros(shape, np.int32)
        some = np.zeros((self.longest + 1, machine.states), np.bool_)
        fill_thresholds(machine.delta, self.ends, 1 << self.bits, self.radius, thresholds, some)
        return thresholds, some

    @property
    def thresholds(self) -> NDArray[np.int32]:
        """Cumulative probabilities in units of the digit, shape (longest + 1, states, symbols - 1).

        Entry (r, q, c) belongs to symbols 0 to c with r symbols to go; where these are certain or impossible,
        it is further outside the digits than the radius.
        """
        return self._tables[0]

    def possible(self, low: int, high: int) -> NDArray[np.int64]:
        """Return the lengths of words there are, from `low` to `high` (at most `longest`)."""
        return low + np.flatnonzero(self._tables[1][low : high + 1, self.machine.start])

    def some(self, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether there are words of each of these lengths."""
        found: NDArray[np.bool_] = self._tables[1][lengths, self.machine.start]
        return found

    def counts(self, length: int) -> list[int]:
        """Return how many words of a length end well, from each state, exactly."""
        rows = self.machine.delta.tolist()
        counts = [int(end) for end in self.ends]
        for _ in range(length):
            counts = [sum([counts[target] for target in row]) for row in rows]
        return counts

    def decide(self, state: int, left: int, digit: int, further: Any) -> int:
        """Return the symbol that a real number chooses, exactly.

        Parameters
        ----------
        state : int
        left : int
            Symbols to go, this one included.
        digit : int
            The first digit of the number.
        further : iterator of int
            Its further digits, of 64 bits each.
        """
        below = self.counts(left - 1)
        terms = [below[target] for target in self.machine.delta[state].tolist()]
        total, places = sum(terms), 1 << self.bits
        while True:
            # The number is in [digit, digit + 1) / places: in one symbol's interval as soon as it is fine enough.
            reach = 0
            for symbol, term in enumerate(terms):
                reach += term
                if (digit + 1) * total <= reach * places:
                    return symbol
                if digit * total < reach * places:
                    break
            digit, places = (digit << 64) | next(further), places << 64


@numba.njit(cache=True, nogil=True)
def fill_thresholds(delta, ends, places, radius, thresholds, some):  # type: ignore[no-untyped-def]
    """Fill the tables of `ExactTable`; counts are kept as floats with exponents of their own."""
    states, symbols = delta.shape
    value, power = np.zeros(states), np.zeros(states, np.int64)
    for q in range(states):
        value[q] = 0.5 if ends[q] else 0.0
        some[0, q] = ends[q]
    after, after_power = np.zeros(states), np.zeros(states, np.int64)
    terms = np.empty(symbols)
    for r in range(1, len(some)):
        for q in range(states):
            top = np.int64(-(1 << 60))
            last = -1
            for c in range(symbols):
                if value[delta[q, c]] > 0.0:
                    top = max(top, power[delta[q, c]])
                    last = c
            if last < 0:
                after[q] = 0.0
                continue
            some[r, q] = True
            total = 0.0
            for c in range(symbols):
                p = delta[q, c]
                terms[c] = 0.0
                if value[p] > 0.0 and power[p] - top > -1000:
                    terms[c] = math.ldexp(value[p], power[p] - top)
                total += terms[c]
            reach = 0.0
            begun = False
            for c in range(symbols - 1):
                reach += terms[c]
                begun = begun or value[delta[q, c]] > 0.0
                if c >= last:
                    thresholds[r, q, c] = places + radius + 1
                elif begun:
                    thresholds[r, q, c] = np.int32(math.floor(reach / total * places))
                else:
                    thresholds[r, q, c] = -radius - 1
            after[q], shift = math.frexp(total)
            after_power[q] = top + shift
        value[:], power[:] = after, after_power
