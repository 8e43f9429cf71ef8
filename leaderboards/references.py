"""The rows that every board has: what is reached by chance, by a constant, by two symbols, by heart, and by the rule.

They are measured here, on drawn words, and not ranked: they say what a number is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numba
import numpy as np
from numpy.typing import NDArray

from ..automata.runs import IGNORED
from ..evaluation.counts import window_of
from ..evaluation.results import Score
from ..generators.kinds import Classes, Readout, Symbols
from ..generators.task import Task
from .chances import known_task
from .records import Measured
from .suite import Suite

LEARNED_WORDS = 10_000
"""Training words that the constant, the bigram and the table learn from."""
REFERENCES = {
    "exact automaton": "the rule itself, which makes the labels",
    "lookup table": f"the most frequent label after every beginning of {LEARNED_WORDS:,} training words",
    "bigram": "the most frequent label after the last two symbols",
    "constant": "the most frequent label",
    "chance": "every label as often as any other",
}
"""What each of them answers. Where the last three have seen nothing alike, they answer as the constant does."""
Hash = Callable[[NDArray[np.int64], int], NDArray[np.uint64]]


@dataclass(frozen=True)
class Reference:
    """A row that is measured and not ranked.

    Attributes
    ----------
    name : str
        Of `REFERENCES`.
    measured : list of Measured
        Counts by task; the same in every precision, for nothing is rounded.
    """

    name: str
    measured: list[Measured]

    @property
    def says(self) -> str:
        """What it answers."""
        return REFERENCES[self.name]


def references(suite: Suite) -> list[Reference]:
    """Return the reference rows of a suite; in the open suite there are none without a task.

    Examples
    --------
    >>> [reference.name for reference in references(__import__("krohn").leaderboards.suite.suite("timed-v1"))][0]
    'exact automaton'
    """
    lengths, training = suite.test_lengths or [], suite.training_lengths or (1, 40)
    return [
        Reference(
            name,
            [
                of_task(task, name, tuple(lengths), training, tuple(suite.precisions), suite.words)
                for task in suite.task_names
            ],
        )
        for name in REFERENCES
    ]


@cache
def of_task(
    name: str,
    reference: str,
    lengths: tuple[int, ...],
    training: tuple[int, int],
    precisions: tuple[str, ...],
    words: int,
) -> Measured:
    """Return the counts of a reference on a task whose labels are classes."""
    task = known_task(name)
    assert task is not None
    counts = [_counts(task, length, training, words) for length in lengths]
    results = [
        Score(precision=item, length=length, **found[reference])
        for item in precisions
        for length, found in zip(lengths, counts, strict=True)
    ]
    return Measured(task=name, seed=0, results=results)


@cache
def _counts(task: Task, length: int, training: tuple[int, int], words: int) -> dict[str, dict[str, int]]:
    """Return the counts of every reference at one length."""
    drawn = task.sample(words, (length, length), seed=0, split="test")
    begin, end = window_of(task.readout, length, drawn.labels.shape[1])
    if task.readout is Readout.FINAL:
        labels = drawn.labels[np.arange(words), drawn.lengths - 1][:, None] if _wide(drawn.labels) else drawn.labels
        begin, end = length - 1, length
    else:
        labels = drawn.labels[:, begin:end] if task.readout is Readout.PREFIX else drawn.labels
    symbols = _codes(task, drawn.symbols)
    counted = labels != IGNORED
    found = {"exact automaton": counted}
    learned = _learned(task, training)
    for reference, table in learned.items():
        seen = _seen(reference, task, symbols, labels.shape[1], begin)
        found[reference] = counted & (_answers(table, seen) == labels)
    size = task.targets.size if isinstance(task.targets, Classes) else 2
    guesses = np.random.default_rng(0).integers(size, size=labels.shape)
    found["chance"] = counted & (guesses == labels)
    return {name: _sums(right, counted) for name, right in found.items()}
