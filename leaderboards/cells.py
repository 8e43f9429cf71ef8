"""The counts of a board's rows as columns, and what each training seed reached on each column of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ..evaluation.intervals import Z, least_words
from ..evaluation.results import Score

Column = tuple[str, str]
"""A task and a precision item: what rows are compared on."""
COUNTS = ("row", "column", "seed", "length", "correct", "total", "words", "squares")


class Count(NamedTuple):
    """What was counted at one length in one precision: the numbers of `krohn.evaluation.results.Score`, checked."""

    precision: str
    length: int
    correct: int
    total: int
    words_correct: int
    words: int
    squares: int


class Counted(NamedTuple):
    """The counts of one training of a row: a task and a seed."""

    task: str
    seed: int
    trained: bool
    """Whether the weights come from a training; constructed ones have no seed."""
    counts: list[Count]

    @property
    def scores(self) -> list[Score]:
        """The counts with what follows from them; not checked again."""
        return [Score.model_construct(**count._asdict()) for count in self.counts]


@dataclass(frozen=True)
class Cells:
    """Counts, one entry a row of the board, column, training seed and length.

    Attributes
    ----------
    rows : int
        Rows of the board.
    columns : tuple of (task, precision)
        What they are compared on.
    counts : mapping
        Integer arrays of one length under the names of `COUNTS`: `row` and `column` are numbers from 0, `seed`
        numbers a row's training seeds of a task, the rest is `krohn.evaluation.results.Score`'s.
    chances : mapping
        Task to the accuracy of the best constant answer, where it is known.
    """

    rows: int
    columns: tuple[Column, ...]
    counts: dict[str, NDArray[np.int64]]
    chances: dict[str, float]

    @cached_property
    def accuracy(self) -> NDArray[np.float64]:
        """Share of right labels."""
        return np.asarray(self.counts["correct"] / self.counts["total"])

    @cached_property
    def effective(self) -> NDArray[np.float64]:
        """`krohn.evaluation.intervals.effective_words` of every entry."""
        correct, total, words = (
            self.counts[name].astype(np.float64) for name in ("correct", "total", "words")
        )
        share, labels = correct / total, total / words
        variance = self.counts["squares"] / words / labels**2 - share**2
        binomial = share * (1 - share)
        with np.errstate(divide="ignore", invalid="ignore"):
            clustered = np.maximum(words, words * binomial / variance)
        found = np.where(variance <= binomial / labels, total, clustered)
        return np.where((correct == 0) | (correct == total), words, found)

    def reaches(self, threshold: float) -> NDArray[np.float64]:
        """Return how sure it is of every entry that its accuracy is at least a threshold.

        By the score test that Wilson's interval inverts: at least 0.975 exactly where the lower 95 % bound reaches
        the threshold, at least 0.025 exactly where the upper one does. Fewer words than it takes for a lower bound of
        the threshold, all right, show neither: at most 1/2.
        """
        spread = np.sqrt(threshold * (1 - threshold) / self.effective)
        sure = ndtr((self.accuracy - threshold) / spread)
        few = self.counts["words"] < least_words(threshold)
        return np.asarray(np.where(few, np.minimum(sure, 0.5), sure))

    @cached_property
    def normalised(self) -> NDArray[np.float64]:
        """Accuracy with chance as 0 and 1 as 1; NaN where chance is not known."""
        return np.asarray((self.accuracy - self._chance) / (1 - self._chance))

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Standard error of `normalised`, at the centre of Wilson's interval: all right is not without doubt."""
        trials = self.effective + Z * Z
        centre = (self.accuracy * self.effective + Z * Z / 2) / trials
        return np.asarray(np.sqrt(centre * (1 - centre) / trials) / (1 - self._chance))

    def chosen(self, rows: NDArray[np.bool_]) -> Cells:
        """Return the counts of some rows, which are numbered anew."""
        kept = rows[self.counts["row"]]
        counts = {name: column[kept] for name, column in self.counts.items()}
        counts["row"] = (np.cumsum(rows) - 1)[counts["row"]]
        return Cells(int(rows.sum()), self.columns, counts, self.chances)

    @property
    def _chance(self) -> NDArray[np.float64]:
        known = [self.chances.get(task, np.nan) for task, _ in self.columns] or [np.nan]
        return np.where(np.array(known) < 1, known, np.nan)[self.counts["column"]]


def cells_of(
    rows: Sequence[Sequence[Counted]], columns: Sequence[Column], chances: dict[str, float]
) -> Cells:
    """Return the counts of rows in some columns, as columns.

    Parameters
    ----------
    rows : sequence of sequence of Counted
        For every row its trainings.
    columns : sequence of (task, precision)
    chances : mapping
        Task to chance.
    """
    numbers = {column: number for number, column in enumerate(columns)}
    found: list[tuple[int, ...]] = []
    for number, runs in enumerate(rows):
        seeds: dict[str, int] = {}
        for run in runs:
            seed = seeds[run.task] = seeds.get(run.task, -1) + 1
            for item, length, correct, total, _, words, squares in run.counts:
                column = numbers.get((run.task, item))
                if column is not None:
                    found.append((number, column, seed, length, correct, total, words, squares))
    table = np.array(found, np.int64).reshape(-1, len(COUNTS))
    counts: dict[str, Any] = dict(zip(COUNTS, np.ascontiguousarray(table.T), strict=True))
    return Cells(len(rows), tuple(columns), counts, chances)
