"""What a task is: input and target kinds, a readout, a source of labelled words, an integer version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from ..automata.runs import IGNORED
from ..errors import RequestError
from ..names import whole
from .asked import checked_count, checked_lengths, checked_split, too_many
from .kinds import (
    Classes,
    Inputs,
    Readout,
    Symbols,
    SymbolSets,
    Targets,
    TimedSymbols,
    Vectors,
    VectorTargets,
)
from .philox import draw_lengths, stream_key
from .source import Lengths, Source, Words
from .uniform import UniformMachine

__all__ = [
    "Classes",
    "Inputs",
    "Readout",
    "Source",
    "SymbolSets",
    "Symbols",
    "Targets",
    "Task",
    "TimedSymbols",
    "VectorTargets",
    "Vectors",
    "Words",
    "machine_task",
]


@dataclass(frozen=True, eq=False)
class Task:
    """A task: which words there are, and what a model is to answer.

    Parameters
    ----------
    name : str
        With its parameters, such as ``count:5``.
    version : int
        Raised whenever a word or a label can change.
    inputs, targets
        Kinds of `kinds.py`.
    readout : Readout
        Where a word carries labels.
    source : Source
        Draws words and labels them.
    machine : Machine, optional
        The finite machine behind the labels, where there is one.
    convention : str
        Whose alphabet, delimiters, lengths and labels these are.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> parity = machine_task("parity", counter(2), Readout.PREFIX)
    >>> words = parity.sample(3, lengths=(2, 5), seed=0)
    >>> bool((words.labels[0, 0] == words.symbols[0, 0] % 2).all())
    True
    """

    name: str
    version: int
    inputs: Inputs
    targets: Targets
    readout: Readout
    source: Source
    machine: Machine | None = None
    convention: str = "krohn"

    @property
    def identity(self) -> str:
        """The name with the version, such as ``parity@1``: what random streams are keyed by."""
        others = "" if self.convention == "krohn" else f"/{self.convention}"
        return f"{self.name}@{self.version}{others}"

    @property
    def model_inputs(self) -> int:
        """What a model is built for: symbols (one more, `compute`, for `sequence`), or numbers a position.

        Timed symbols are fed as vectors: one number for each symbol, and the delay.
        """
        if isinstance(self.inputs, Vectors):
            return self.inputs.dimension
        timed = isinstance(self.inputs, TimedSymbols)
        return self.inputs.size + (timed or self.readout is Readout.SEQUENCE)

    @property
    def model_outputs(self) -> int:
        """What a model is built for: classes, symbols of a set, or the dimension of vectors."""
        return self.targets.dimension if isinstance(self.targets, VectorTargets) else self.targets.size

    def lengths(self, low: int, high: int) -> range | Lengths:
        """Return the lengths from `low` to `high` that words can have, ascending.

        Raises
        ------
        RequestError
            Where the two are out of order, or there is none; the nearest that words can have are named.
        """
        low, high = checked_lengths((low, high))
        found = self.source.lengths(low, high)
        if len(found):
            return found
        below, above = self.source.lengths(1, low), self.source.lengths(high, high + 64)
        near = [str(length) for length in (*below[-1:], *above[:1])]
        given = f"length {low}" if low == high else f"lengths {low}-{high}"
        expected = f": expected such as {' or '.join(near)}" if near else ""
        raise RequestError(f"task {self.name!r} has no words of {given}{expected}")

    def buffers(self, count: int, longest: int) -> Words:
        """Return memory for `count` words of at most `longest` inputs, which `sample` can write to."""
        return self._words(np.full(count, longest))

    def label(
        self, symbols: NDArray[Any], lengths: Lengths, delays: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Return the labels of given words.

        Parameters
        ----------
        symbols, lengths, delays
            As in `Words`; what stands past a word's end does not matter.

        Returns
        -------
        array, shape (B, W) or (B, W, size)
            As in `Words`; W as in `symbols`, or more where answers do not fit.

        Raises
        ------
        RequestError
            Where the rule is not defined on a word.
        """
        expected = "(B, L, dimension)" if isinstance(self.inputs, Vectors) else "(B, L)"
        if symbols.ndim != 2 + isinstance(self.inputs, Vectors):
            raise RequestError(
                f"task {self.name!r} was given symbols of shape {symbols.shape}: expected {expected}"
            )
        ends = lengths + self.source.answers(lengths)
        width = max(symbols.shape[1], int(ends.max()))
        words = Words(symbols, lengths, self._empty_labels(len(lengths), width), delays)
        self.source.label(words)
        self._blank_labels(words)
        return words.labels

    def sample(
        self,
        count: int,
        lengths: tuple[int, int],
        seed: int = 0,
        split: str = "train",
        first: int = 0,
        out: Words | None = None,
    ) -> Words:
        """Return words `first` to `first + count - 1` of a stream.

        Parameters
        ----------
        count : int
            B, at least 1.
        lengths : pair of int
            The shortest and the longest; each word's is drawn uniformly among those that words can have.
        seed : int
            Root seed, not negative.
        split : str
            Each split has random bits of its own.
        first : int
            Number of the first word, not negative.
        out : Words, optional
            From `buffers`: its memory is written to and is that of the result, which spares the system new
            pages; large enough for the request.

        Raises
        ------
        RequestError
            For a count, seed or first word out of range, lengths that words cannot have, or `out` too small.
        """
        low, high = checked_lengths(lengths)
        count, first = checked_count(count, first, high)
        key = stream_key(whole("seed", seed), self.identity, checked_split(split))
        try:
            return self._sampled(count, self.lengths(low, high), key, first, out)
        except MemoryError:
            raise too_many(count, high) from None

    def _sampled(
        self, count: int, possible: range | Lengths, key: NDArray[np.uint32], first: int, out: Words | None
    ) -> Words:
        chosen = draw_lengths(key, first, count, 0, len(possible) - 1)
        if isinstance(possible, range):
            drawn = possible.start + possible.step * chosen
        else:
            drawn = possible[chosen]
        words = self._words(drawn, out)
        self.source.draw(key, first, words)
        self._blank_labels(words)
        self._pad(words)
        return words

    def _words(self, lengths: Lengths, out: Words | None = None) -> Words:
        count, width = len(lengths), int((lengths + self.source.answers(lengths)).max())
        symbols, labels, delays = (out.symbols, out.labels, out.delays) if out else (None, None, None)
        shape = (count, width)
        if isinstance(self.inputs, Vectors):
            symbols = _part(symbols, (*shape, self.inputs.dimension), np.float64)
        else:
            symbols = _part(symbols, shape, np.uint8 if self.model_inputs <= 256 else np.uint16)
        if isinstance(self.inputs, TimedSymbols):
            delays = _part(delays, shape, np.float64 if self.inputs.dense else np.int64)
        return Words(symbols, lengths, self._empty_labels(count, width, labels), delays)

    def _empty_labels(self, count: int, width: int, memory: NDArray[Any] | None = None) -> NDArray[Any]:
        if isinstance(self.targets, Classes):
            return _part(memory, (count, width), np.int32)
        kind = np.int8 if isinstance(self.targets, SymbolSets) else np.float64
        return _part(memory, (count, width, self.model_outputs), kind)

    def _blank_labels(self, words: Words) -> None:
        blank = np.nan if isinstance(self.targets, VectorTargets) else IGNORED
        ends = words.lengths + self.source.answers(words.lengths)
        if self.readout is not Readout.PREFIX:
            _fill(words.labels, 0, words.lengths - (self.readout is Readout.FINAL), blank)
        _fill(words.labels, ends, words.labels.shape[1], blank)

    def _pad(self, words: Words) -> None:
        width, ends = words.symbols.shape[1], words.lengths
        if self.readout is Readout.SEQUENCE:
            ends = words.lengths + self.source.answers(words.lengths)
            _fill(words.symbols, words.lengths, ends, self.model_inputs - 1)
        _fill(words.symbols, ends, width, 0)
        if words.delays is not None:
            _fill(words.delays, words.lengths, width, 0)


def _part(memory: NDArray[Any] | None, shape: tuple[int, ...], kind: type[np.generic]) -> NDArray[Any]:
    if memory is None:
        return np.empty(shape, kind)
    size = int(np.prod(shape))
    fits = memory.dtype == kind and memory.flags.c_contiguous and memory.flags.writeable
    if not fits or memory.size < size:
        raise RequestError(
            f"out holds {memory.dtype} of shape {memory.shape}: "
            f"expected writable contiguous {np.dtype(kind)}, at least of shape {shape}"
        )
    return memory.reshape(-1)[:size].reshape(shape)


def _fill(array: NDArray[Any], begins: Lengths | int, ends: Lengths | int, value: float) -> None:
    """Write `value` to positions begin to end - 1 of each word."""
    begins, ends = (np.broadcast_to(np.asarray(x, np.int64), len(array)) for x in (begins, ends))
    if (begins < ends).any():
        cells = array[0, 0].size
        flat = array.reshape(len(array), -1)
        _fill_rows(flat, begins * cells, ends * cells, array.dtype.type(value))


@numba.njit(cache=True, nogil=True)
def _fill_rows(rows, begins, ends, value):  # type: ignore[no-untyped-def]
    for b in range(len(rows)):
        rows[b, begins[b] : ends[b]] = value


def machine_task(name: str, machine: Machine, readout: Readout, version: int = 1) -> Task:
    """Return the task of naming a machine's output along uniformly drawn words."""
    return Task(
        name=name,
        version=version,
        inputs=Symbols(machine.symbols),
        targets=Classes(machine.classes),
        readout=readout,
        source=UniformMachine(machine, readout),
        machine=machine,
    )
