"""Which symbols may come next: words that begin a word of a language, and their sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numba
import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from .kinds import Readout
from .mixture import Mixture, Way
from .source import Key, Source, Words


@dataclass(frozen=True, eq=False)
class NextSymbols(Source):
    """Uniform words among those that begin an accepted word; after each symbol, those that may follow.

    Parameters
    ----------
    machine : Machine
    accepts : bool array, shape (states,)
    alive : bool array, shape (states,)
        The states that lead to one that accepts.
    """

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ("length", "first", "last", "bag", "fixed symbols"), "words are drawn from the language"
        ),
    }
    machine: Machine
    accepts: NDArray[np.bool_]
    alive: NDArray[np.bool_]

    @cached_property
    def sets(self) -> NDArray[np.int8]:
        """The set after each state, shape (states, symbols + 1): 1 where a symbol, or the end, may follow."""
        return np.concatenate([self.alive[self.machine.delta], self.accepts[:, None]], 1).astype(np.int8)

    @cached_property
    def _states(self) -> Machine:
        return Machine(self.machine.semiautomaton, self.machine.start, np.arange(self.machine.states))

    @cached_property
    def _words(self) -> Mixture:
        return Mixture(self._states, Readout.PREFIX, (Way(self.alive),))

    def lengths(self, low: int, high: int) -> NDArray[np.int64]:
        """See `Source`."""
        return self._words.lengths(low, high)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        states = np.empty(words.symbols.shape, np.int32)
        self._words.draw(key, first, Words(words.symbols, words.lengths, states))
        gather_sets(self.sets, states, words.lengths, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        gather_sets(self.sets, self._states.labels(words.symbols, words.lengths), words.lengths, words.labels)


@numba.njit(cache=True, nogil=True)
def gather_sets(sets, states, lengths, out):  # type: ignore[no-untyped-def]
    """Write the set of every state of a batch of runs."""
    for b in range(len(lengths)):
        for t in range(lengths[b]):
            for v in range(sets.shape[1]):
                out[b, t, v] = sets[states[b, t], v]
