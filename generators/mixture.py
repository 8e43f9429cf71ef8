"""Words of a machine drawn in several ways, so that its labels are balanced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from .edits import edit
from .exact import ExactTable
from .kinds import Readout
from .philox import draw_lengths
from .source import Key, Source, Words
from .walk import draw_exactly

WAYS = 5
"""Purpose: which way a word is drawn in."""


@dataclass(frozen=True, eq=False)
class Way:
    """A way to draw words: uniformly among those of a length that end in given states, and edited or not.

    Attributes
    ----------
    ends : bool array, shape (states,)
    weight : int
        Its chance, over the sum of those that have words of a length.
    edited : bool
        Whether one or more edits follow.
    otherwise : int or None
        For edited words whose last label has to be 0: the way for those where no edits were found.
    """

    ends: NDArray[np.bool_]
    weight: int = 1
    edited: bool = False
    otherwise: int | None = None


@dataclass(frozen=True, eq=False)
class Mixture(Source):
    """Words drawn in one of several ways, labelled with a machine's outputs.

    Parameters
    ----------
    machine : Machine
    readout : Readout
        Prefix or final.
    ways : tuple of Way
    together : bool
        Whether a length needs words in every way; otherwise the ways that have words share it.
    """

    walk: ClassVar[bool] = True
    machine: Machine
    readout: Readout
    ways: tuple[Way, ...]
    together: bool = False
    _tables: dict[bytes, ExactTable] = field(default_factory=dict, repr=False)

    @property
    def hints(self) -> Mapping[str, str]:  # type: ignore[override]
        """See `Source`: classes are alike at the last symbol only, and where each has a way of its own."""
        drawn = "words are drawn by what they are in the language"
        kinds = ["length", "first", "last", "bag", "duplicates", "overlap", "fixed symbols"]
        alike = self.readout is Readout.FINAL and (self.together or len(self.ways) == self.machine.classes)
        return dict.fromkeys(kinds if alike else ["constant", *kinds], drawn)

    def table(self, ends: NDArray[np.bool_], longest: int) -> ExactTable:
        """Return the table of words that end in given states, up to at least a length; made once."""
        name = ends.tobytes()
        found = self._tables.get(name)
        if found is None or found.longest < longest:
            found = ExactTable(self.machine, ends, max(longest, 64))
            self._tables[name] = found
        return found

    def lengths(self, low: int, high: int) -> NDArray[np.int64]:
        """See `Source`."""
        each = [np.isin(np.arange(low, high + 1), way) for way in self._possible(low, high)]
        return low + np.flatnonzero(np.all(each, axis=0) if self.together else np.any(each, axis=0))

    def _possible(self, low: int, high: int) -> list[NDArray[np.int64]]:
        return [self.table(way.ends, high).possible(low, high) for way in self.ways]

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        longest = int(words.lengths.max())
        possible = [self.table(way.ends, longest).some(words.lengths) for way in self.ways]
        weights = np.array([way.weight for way in self.ways])[:, None] * np.array(possible)
        reach = weights.cumsum(0)
        drawn = np.zeros(len(words), np.int64)
        for total in np.unique(reach[-1]):
            alike = reach[-1] == total
            drawn[alike] = draw_lengths(key, first, len(words), 0, int(total) - 1, WAYS)[alike]
        chosen = (drawn >= reach).sum(0)
        for index, way in enumerate(self.ways):
            rows = np.flatnonzero(chosen == index)
            if len(rows):
                self._draw(way, key, first, rows, words, longest)

    def _draw(
        self, way: Way, key: Key, first: int, rows: NDArray[np.int64], words: Words, longest: int
    ) -> None:
        table = self.table(way.ends, longest)
        if not way.edited:
            draw_exactly(table, key, first, rows, words)
            return
        draw_exactly(table, key, first, rows, words, np.arange(self.machine.states, dtype=np.int32))
        failed = edit(self.machine, key, first, rows, words, way.otherwise is not None)
        other = way if way.otherwise is None else self.ways[way.otherwise]
        if len(failed):
            draw_exactly(self.table(other.ends, longest), key, first, failed, words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        width = words.symbols.shape[1]
        self.machine.labels(words.symbols, words.lengths, words.labels[:, :width])
