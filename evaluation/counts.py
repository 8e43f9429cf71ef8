"""What is counted of a model's answers: right labels by length, first errors, accuracy by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..generators.kinds import Readout
from .details import Clock, Position
from .results import WINDOW, Score
from .words import Block, TestWords

KEYS = ("correct", "total", "words_correct", "words", "squares")
CLOCK = ("dependent_correct", "dependent_total", "independent_correct", "independent_total")


def window_of(readout: Readout, length: int, width: int) -> tuple[int, int]:
    """Return the positions whose labels count at a length.

    Examples
    --------
    >>> window_of(Readout.PREFIX, 1000, 1000), window_of(Readout.FINAL, 1000, 1000)
    ((744, 1000), (999, 1000))
    """
    if readout is Readout.SEQUENCE:
        return length, width
    return (length - 1 if readout is Readout.FINAL else max(0, length - WINDOW)), length


def position_edges(width: int) -> list[int]:
    """Return where groups of positions begin, and the end: single ones up to 8, then two an octave.

    Examples
    --------
    >>> position_edges(40)
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 40]
    """
    edges, size = list(range(min(8, width))), 8
    while size < width:
        edges += [edge for edge in (size, size + size // 2) if edge < width]
        size *= 2
    return [*edges, width]


@dataclass
class Counts:
    """Sums over words, in one precision: they can be added, saved and read back.

    Attributes
    ----------
    scores : dict
        Length to `KEYS`.
    clock : dict
        Length to `CLOCK`, of timed tasks.
    errors : list of (position, failed)
        One a word of the longest length run, in the order of the words: how many positions stood before its first
        error, and whether there was one.
    positions : dict
        Where a group of positions begins to right labels and labels.
    """

    scores: dict[int, dict[str, int]] = field(default_factory=dict)
    clock: dict[int, dict[str, int]] = field(default_factory=dict)
    errors: list[tuple[int, bool]] = field(default_factory=list)
    positions: dict[int, list[int]] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Add the words of another."""
        for own, more in ((self.scores, other.scores), (self.clock, other.clock)):
            for length, sums in more.items():
                mine = own.setdefault(length, dict.fromkeys(sums, 0))
                for key, value in sums.items():
                    mine[key] += value
        self.errors += other.errors
        for begin, (right, labels) in other.positions.items():
            group = self.positions.setdefault(begin, [0, 0])
            group[0] += right
            group[1] += labels

    def score(self, length: int, **echo: str) -> Score:
        """Return the row of a length."""
        return Score.model_validate({"length": length, **echo, **self.scores[length]})

    def clocks(self, precision: str, lengths: Sequence[int]) -> list[Clock]:
        """Return the rows of timed tasks: accuracy apart where the clock matters."""
        return [
            Clock.model_validate({"precision": precision, "length": length, **self.clock[length]})
            for length in lengths
            if length in self.clock
        ]

    def by_position(self) -> list[Position]:
        """Return the accuracy of groups of positions, from the left to the right."""
        begins = sorted(self.positions)
        longest = max((length for length in self.scores), default=0)
        ends = [*begins[1:], longest]
        return [
            Position(begin=begin, end=end, correct=self.positions[begin][0], total=self.positions[begin][1])
            for begin, end in zip(begins, ends, strict=True)
            if self.positions[begin][1]
        ]

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "scores": {str(length): sums for length, sums in self.scores.items()},
            "clock": {str(length): sums for length, sums in self.clock.items()},
            "errors": [[position, failed] for position, failed in self.errors],
            "positions": {str(begin): pair for begin, pair in self.positions.items()},
        }

    @staticmethod
    def from_json(document: dict[str, Any]) -> Counts:
        """Return the counts of a document."""
        return Counts(
            {int(length): sums for length, sums in document["scores"].items()},
            {int(length): sums for length, sums in document["clock"].items()},
            [(position, failed) for position, failed in document["errors"]],
            {int(begin): pair for begin, pair in document["positions"].items()},
        )


class Counter:
    """Counts one batch of words, block by block.

    Parameters
    ----------
    test : TestWords
    count : int
        Words.
    follow : bool
        Whether these words are the longest asked for, whose first errors and positions are kept.
    """

    def __init__(self, test: TestWords, count: int, follow: bool) -> None:
        self.test = test
        readout = test.task.readout
        self.windows = {length: window_of(readout, length, test.width) for length in test.counted}
        self.right = {length: np.zeros((2, count), np.int64) for length in test.counted}
        self.clock = {length: np.zeros(4, np.int64) for length in test.counted}
        self.follow = follow and readout is Readout.PREFIX
        self.first = np.full(count, test.width)
        self.edges = np.array(position_edges(test.width))
        self.groups = np.zeros((2, len(self.edges) - 1), np.int64)

    @property
    def begins(self) -> int:
        """The first position whose answer is looked at."""
        return 0 if self.follow else min(low for low, _ in self.windows.values())

    def see(self, begin: int, right: NDArray[np.bool_], known: NDArray[np.bool_], block: Block) -> None:
        """Take answers to columns from `begin` on: which are right and which are labelled, both (B, T)."""
        end = begin + right.shape[1]
        for length, (low, high) in self.windows.items():
            low, high = max(low, begin), min(high, end)
            if low < high:
                part = slice(low - begin, high - begin)
                self.right[length] += np.stack([right[:, part].sum(1), known[:, part].sum(1)])
                if block.matters is not None:
                    matters = block.matters[:, low - block.begin : high - block.begin]
                    self.clock[length] += _apart(right[:, part], known[:, part], matters)
        if self.follow:
            wrong = known & ~right
            failed = wrong.any(1) & (self.first == self.test.width)
            self.first[failed] = begin + wrong[failed].argmax(1)
            group = np.searchsorted(self.edges, np.arange(begin, end), "right") - 1
            for row, counted in zip(self.groups, (right, known), strict=True):
                row += np.bincount(group, counted.sum(0), len(row)).astype(np.int64)

    def sums(self) -> dict[str, NDArray[Any]]:
        """Return all that was counted so far: arrays that are changed where they stand."""
        found = {"first": self.first, "groups": self.groups}
        found |= {f"right {length}": array for length, array in self.right.items()}
        return found | {f"clock {length}": array for length, array in self.clock.items()}

    def take(self, sums: dict[str, NDArray[Any]]) -> None:
        """Go on from what `sums` of another counter of the same words returned."""
        for name, array in self.sums().items():
            array[...] = sums[name]

    def counts(self) -> Counts:
        """Return what was counted."""
        found = Counts()
        for length, (right, labels) in self.right.items():
            sums = (
                right.sum(),
                labels.sum(),
                (right == labels).sum(),
                right.size,
                (right * right).sum(),
            )
            found.scores[length] = {key: int(value) for key, value in zip(KEYS, sums, strict=True)}
            if self.test.timed:
                found.clock[length] = dict(
                    zip(CLOCK, (int(value) for value in self.clock[length]), strict=True)
                )
        if self.follow:
            found.errors = [(int(first), bool(first < self.test.width)) for first in self.first]
            found.positions = {
                int(begin): [int(right), int(labels)]
                for begin, right, labels in zip(self.edges, *self.groups, strict=False)
            }
        return found


def _apart(
    right: NDArray[np.bool_], known: NDArray[np.bool_], matters: NDArray[np.bool_]
) -> NDArray[np.int64]:
    return np.array(
        [(right & matters).sum(), (known & matters).sum(), (right & ~matters).sum(), (known & ~matters).sum()]
    )
