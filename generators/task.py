"""What a task is: an input kind, a rule that labels words, a readout and an integer version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from ..automata.runs import IGNORED
from ..errors import RequestError
from ..names import positive
from .philox import draw_lengths, draw_symbols, stream_key


@dataclass(frozen=True)
class Symbols:
    """Inputs: one of `size` symbols a position."""

    size: int


@dataclass(frozen=True)
class TimedSymbols:
    """Inputs: one of `size` symbols and the delay since the symbol before, whole or real, in time units."""

    size: int
    dense: bool = False


@dataclass(frozen=True)
class Vectors:
    """Inputs: a real vector of `dimension` numbers a position."""

    dimension: int


@dataclass(frozen=True)
class Classes:
    """Targets: one of `size` classes; trained with cross-entropy."""

    size: int


@dataclass(frozen=True)
class SymbolSets:
    """Targets: the set of symbols that may come next, of `size`; trained with binary cross-entropy."""

    size: int


@dataclass(frozen=True)
class VectorTargets:
    """Targets: a real vector of `dimension` numbers; trained with the squared error."""

    dimension: int


Inputs = Symbols | TimedSymbols | Vectors
Targets = Classes | SymbolSets | VectorTargets


class Readout(StrEnum):
    """Where a word carries labels."""

    PREFIX = "prefix"
    FINAL = "final"
    SEQUENCE = "sequence"


@dataclass(frozen=True)
class Words:
    """A batch of labelled words, padded to the longest.

    Attributes
    ----------
    symbols : uint8 or uint16 array, shape (B, L)
        Padded with 0. For vectors: float64, shape (B, L, dimension).
    lengths : int64 array, shape (B,)
        Inputs in each word.
    labels : int32 array, shape (B, L)
        -100 where a position has no label. For sets and vectors a last axis holds the set or the vector.
    delays : int64 or float64 array, shape (B, L), or None
        For timed symbols only.
    """

    symbols: NDArray[np.generic]
    lengths: NDArray[np.int64]
    labels: NDArray[np.generic]
    delays: NDArray[np.generic] | None = None

    def __len__(self) -> int:
        return len(self.lengths)


Rule = Callable[[NDArray[np.generic], NDArray[np.int64]], NDArray[np.int32]]


@dataclass(frozen=True)
class Task:
    """A task on words of uniformly drawn symbols.

    Parameters
    ----------
    name : str
        With its parameters, such as ``count:5``.
    version : int
        Raised whenever a word or a label can change.
    inputs, targets
        The kinds above.
    readout : Readout
    rule : callable
        ``rule(symbols (B, L), lengths (B,))`` returns labels (B, L), int32, after every symbol; -100 where
        there is none. A final readout keeps the last one.
    machine : Machine, optional
        The finite machine that gives the labels, where there is one.

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
    rule: Rule
    machine: Machine | None = None

    @property
    def identity(self) -> str:
        """The name with the version, such as ``parity@1``: what random streams are keyed by."""
        return f"{self.name}@{self.version}"

    def label(self, symbols: NDArray[np.generic], lengths: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the labels of given words, shape (B, L), -100 where the readout has none."""
        labels = self.rule(symbols, lengths)
        if self.readout is Readout.FINAL:
            last = np.arange(labels.shape[1]) == lengths[:, None] - 1
            labels = np.where(last, labels, np.int32(IGNORED))
        return labels

    def sample(
        self, count: int, lengths: tuple[int, int], seed: int = 0, split: str = "train", first: int = 0
    ) -> Words:
        """Return words `first` to `first + count - 1` of a stream.

        Parameters
        ----------
        count : int
            B, at least 1.
        lengths : pair of int
            The shortest and the longest length, both possible; drawn uniformly for each word.
        seed : int
            Root seed, not negative.
        split : str
            Each split has random bits of its own.
        first : int
            Index of the first word, not negative.

        Raises
        ------
        RequestError
            For a count, seed, lengths or first word out of range, or inputs that are not symbols.
        """
        positive("count", count)
        low, high = checked_lengths(lengths)
        for name, value in (("seed", seed), ("first", first)):
            if value < 0:
                raise RequestError(f"{name} is {value}: expected a whole number of at least 0")
        if not isinstance(self.inputs, Symbols):
            raise RequestError(
                f"task {self.name!r} has {type(self.inputs).__name__} inputs: expected Symbols"
            )
        key = stream_key(seed, self.identity, split)
        drawn = draw_lengths(key, first, count, low, high)
        symbols = draw_symbols(key, first, drawn, int(drawn.max()), self.inputs.size)
        return Words(symbols, drawn, self.label(symbols, drawn))


def checked_lengths(lengths: tuple[int, int]) -> tuple[int, int]:
    """Return a pair of lengths that is in order.

    Raises
    ------
    RequestError
        Where the shortest is below 1 or above the longest.
    """
    low, high = lengths
    if low < 1 or high < low:
        raise RequestError(f"lengths are {low}-{high}: expected LO-HI with 1 <= LO <= HI, such as 1-40")
    return low, high


def machine_task(name: str, machine: Machine, readout: Readout, version: int = 1) -> Task:
    """Return the task of naming a machine's output."""
    return Task(
        name=name,
        version=version,
        inputs=Symbols(machine.symbols),
        targets=Classes(machine.classes),
        readout=readout,
        rule=machine.labels,
        machine=machine,
    )
