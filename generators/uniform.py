"""Uniform words labelled by a machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from ..automata.machine import Machine
from ..errors import RequestError
from .codes import Codes, codes_of, width_of
from .fused import PIECE, draw_codes, draw_steps
from .kinds import Readout
from .source import Key, Source, Words

GROUP = 16
"""Words that are drawn side by side."""
LARGEST_ALPHABET = 1 << 16


@dataclass(frozen=True, eq=False)
class UniformMachine(Source):
    """Symbols drawn uniformly and independently, labelled with a machine's outputs.

    Parameters
    ----------
    machine : Machine
    readout : Readout
        Prefix or final.
    """

    nested: ClassVar[bool] = True
    walk: ClassVar[bool] = True
    machine: Machine
    readout: Readout

    def __post_init__(self) -> None:
        if self.machine.symbols > LARGEST_ALPHABET:
            raise RequestError(
                f"a machine of {self.machine.symbols} symbols: expected at most {LARGEST_ALPHABET}"
            )

    @cached_property
    def codes(self) -> Codes:
        """The tables of a small machine, read several symbols at a time."""
        return codes_of(self.machine, self._width)

    @cached_property
    def _width(self) -> int:
        return width_of(self.machine.states, self.machine.symbols, self.machine.classes)

    def uniform(self) -> tuple[Machine, int]:
        """See `Source`."""
        return self.machine, 0

    def count(self, length: int) -> int:
        """See `Source`."""
        return int(self.machine.symbols**length)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        final = self.readout is Readout.FINAL
        group = min(GROUP, -(-len(words) // 4) * 4)
        given = (words.symbols, words.labels, words.lengths, final, np.uint64(first), key, group)
        if self._width > 1:
            codes = self.codes
            count, start = np.uint32(codes.count), np.uint32(codes.start)
            small = np.empty((2, group, PIECE), np.uint8)
            packed = small.view(codes.symbols.dtype)
            draw_codes(*given, count, start, codes.bases, codes.labels, codes.symbols, small, packed)
        else:
            machine = self.machine
            table = machine.semiautomaton.compact.ravel()
            outputs = machine.outputs
            named = not np.array_equal(outputs, np.arange(len(outputs)))
            states = np.empty((group, PIECE), table.dtype)
            symbols = np.empty((group, PIECE), words.symbols.dtype)
            count, start = np.uint32(machine.symbols), np.uint32(machine.start)
            draw_steps(*given, count, start, table, outputs, named, symbols, states)

    def label(self, words: Words) -> None:
        """See `Source`.

        Raises
        ------
        RequestError
            For a symbol outside the alphabet.
        """
        width = words.symbols.shape[1]
        self.machine.labels(words.symbols, words.lengths, words.labels[:, :width])
