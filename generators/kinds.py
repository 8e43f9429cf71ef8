"""The kinds of inputs, targets and readouts that a task can have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """Where a word carries labels: after every input, after the last, or on the symbols read after it."""

    PREFIX = "prefix"
    FINAL = "final"
    SEQUENCE = "sequence"
