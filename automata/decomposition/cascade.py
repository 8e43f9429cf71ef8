"""A cascade of simple groups and flip-flops, as tables: what it is, how it runs, the proof that it emulates.

Reading a symbol, level i looks up what to do to its coordinate x in ``action[c]`` and what to carry to the next
level in ``carry[c, x]``, x being its coordinate before the symbol. The coordinates together name a state:
``place[d, x]`` goes down the levels from place 0, the last place is a state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import KrohnError, RequestError
from ..batches import prepared
from ..semiautomaton import Semiautomaton
from .level import Level, Prime
from .run import run_cascade

Table = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Cascade:
    """A cascade that emulates a semiautomaton.

    Attributes
    ----------
    levels : tuple of Level
        From the input on.
    first : int32 array, shape (symbols,)
        What each symbol carries into the first level.
    states : int32 array, shape (last places,)
        The state that each last place is.
    start : tuple of int
        The coordinates before the first symbol.
    method : str
        How it was found: ``holonomy``, or ``congruences`` where invariant partitions were taken out first.

    Examples
    --------
    >>> from krohn.automata.group_automata import group_automaton
    >>> from krohn.automata.group_names import group
    >>> from krohn.automata.decomposition import decompose
    >>> decompose(group_automaton(group("S4"))).names
    ('C2', 'C3', 'C2', 'C2')
    """

    levels: tuple[Level, ...]
    first: Table
    states: Table
    start: tuple[int, ...]
    method: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cascade) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.levels, self.start, self.first.tobytes(), self.states.tobytes()))

    @property
    def primes(self) -> tuple[Prime, ...]:
        """The simple groups and flip-flops from the input on."""
        return tuple(prime for level in self.levels for prime in level.primes)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, such as ``('C2', 'flip-flop(3)')``."""
        return tuple(prime.name for prime in self.primes)

    @property
    def groups(self) -> int:
        """How many primes are groups."""
        return sum(prime.is_group for prime in self.primes)

    @property
    def product(self) -> int:
        """The product of the sizes of all levels' coordinates."""
        return math.prod(level.size for level in self.levels)

    @property
    def largest_table(self) -> int:
        """Entries of the largest dependency table."""
        return max((level.entries for level in self.levels), default=0)

    @cached_property
    def _flat(self) -> tuple[NDArray[np.int64], Table]:
        """All tables in one array, and where each begins: what the compiled loop reads."""
        rows, parts, at = [], [], 0
        for level in self.levels:
            row = [level.size]
            for part in (level.after, level.carry, level.place):
                row.append(at)
                parts.append(part.ravel())
                at += part.size
            rows.append(row)
        flat = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        return np.array(rows, np.int64).reshape(-1, 4), flat

    def run(self, words: ArrayLike, lengths: ArrayLike | None = None) -> Table:
        """Return the state of the emulated machine after each symbol.

        Parameters
        ----------
        words : int array, shape (B, L)
        lengths : int array, shape (B,), optional
            Inputs in each word; L where not given.

        Returns
        -------
        int32 array, shape (B, L)
            -1 at positions at or past a word's length.

        Raises
        ------
        RequestError
            For a symbol outside the alphabet, or a length below 0 or above L.

        Examples
        --------
        >>> from krohn.automata.counters import counter
        >>> from krohn.automata.decomposition import decompose
        >>> decompose(counter(6)).run([[1] * 7]).tolist()
        [[1, 2, 3, 4, 5, 0, 1]]
        """
        batch = prepared(words, lengths)
        out = batch.buffer(None)
        rows, flat = self._flat
        start = np.array(self.start, np.int32)
        fault = run_cascade(rows, flat, self.first, self.states, start, batch.words, batch.lengths, out)
        batch.check(fault, len(self.first))
        return out

    def verify(self, semiautomaton: Semiautomaton, start: int) -> int:
        """Prove that the cascade emulates a semiautomaton, whatever the word; return how many cases were checked.

        For every symbol, all combinations of a carried value with the places before and after it are followed
        down the levels. Where each ends in a state q before and delta[q, symbol] after, the coordinates step
        as the states do, on every word; and the primes of each level are proved to make it. That is a proof:
        no sample, and no product of all coordinates.

        Parameters
        ----------
        semiautomaton : Semiautomaton
        start : int
            The state that the start coordinates stand for.

        Raises
        ------
        KrohnError
            Where it does not emulate, with a symbol and states.
        """
        if len(self.first) != semiautomaton.symbols:
            raise RequestError(
                f"the cascade reads {len(self.first)} symbols: expected {semiautomaton.symbols}, the machine's"
            )
        symbols = np.arange(semiautomaton.symbols)
        zeros = np.zeros_like(symbols)
        cases = np.stack([symbols, self.first.astype(np.int64), zeros, zeros], axis=1)
        checked = 0
        begin = 0
        for level, x in zip(self.levels, self.start, strict=True):
            begin = int(level.place[begin, x])
            cases = _down(level, cases)
            checked += len(cases) + level.verify()
        before, after = self.states[cases[:, 2]], self.states[cases[:, 3]]
        expected = semiautomaton.delta[before, cases[:, 0]]
        wrong = np.flatnonzero(after != expected)
        if len(wrong):
            q, x = int(before[wrong[0]]), int(cases[wrong[0], 0])
            raise KrohnError(
                f"the cascade goes from state {q} by symbol {x} to {int(after[wrong[0]])}: wrong"
            )
        if int(self.states[begin]) != start:
            raise KrohnError(f"the cascade starts in state {int(self.states[begin])}: expected {start}")
        return checked

    def to_json(self) -> dict[str, Any]:
        """Return all that is needed to build the cascade again, as JSON values."""
        return {
            "method": self.method,
            "levels": [level.to_json() for level in self.levels],
            "first": self.first.tolist(),
            "states": self.states.tolist(),
            "start": list(self.start),
        }


def _down(level: Level, cases: NDArray[np.int64]) -> NDArray[np.int64]:
    """Follow every case (symbol, carried, place before, place after) through a level, for every coordinate."""
    x = np.tile(np.arange(level.size), len(cases))
    symbol, c, d, e = np.repeat(cases, level.size, axis=0).T
    below = np.stack(
        [symbol, level.carry[c, x], level.place[d, x], level.place[e, level.after[c, x]]], axis=1
    )
    below = below[level.place[d, x] >= 0]
    if (below < 0).any():
        raise KrohnError("the cascade has no entry for a coordinate that can be: it is damaged")
    return np.unique(below, axis=0)
