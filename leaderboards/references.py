"""The rows that every board has: what is reached by chance, by a constant, by two symbols, by heart, and by the rule.

They are measured here, on drawn words, and not ranked: they say what a number is worth.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numba
import numpy as np
from numpy.typing import NDArray

from ..evaluation.counts import window_of
from ..generators.kinds import Classes, Symbols, VectorTargets
from ..generators.source import Words
from ..generators.task import Task
from .cells import Count, Counted
from .chances import known_task
from .suite import Suite

Counts = dict[str, dict[int, dict[str, int]]]
"""Reference to length to counts."""
LONGEST = 16_384
"""Longer words are not drawn for them."""
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


@dataclass(frozen=True)
class Reference:
    """A row that is measured and not ranked.

    Attributes
    ----------
    name : str
        Of `REFERENCES`.
    runs : list of Counted
        Counts by task; the same in every precision, for nothing is rounded.
    """

    name: str
    runs: list[Counted]

    @property
    def says(self) -> str:
        """What it answers."""
        return REFERENCES[self.name]


def references(suite: Suite, task: str | None = None, lengths: Sequence[int] = ()) -> list[Reference]:
    """Return the reference rows of a suite; in the open suite of a task, at lengths that its rows have.

    None where the task is a user's own, or its inputs or answers are vectors. Those of the frozen suites were counted
    once (`frozen_counts`); they are the same whoever counts them.

    Examples
    --------
    >>> from krohn.leaderboards.suite import suite
    >>> [reference.name for reference in references(suite("timed-v1"))]
    ['exact automaton', 'lookup table', 'bigram', 'constant', 'chance']
    """
    found = _shipped()[suite.name] if task is None else counts_of(task, tuple(lengths), suite)
    if not found:
        return []
    return [
        Reference(name, [_counted(task, rows[name], suite) for task, rows in found.items()])
        for name in REFERENCES
    ]


def counts_of(name: str, lengths: tuple[int, ...], suite: Suite) -> dict[str, Counts]:
    """Return the counts of all references on a task, by task, reference and length."""
    task, short = known_task(name), [length for length in lengths if length <= LONGEST]
    if task is None or _of_vectors(task) or not short:
        return {}
    training = suite.training_lengths or (1, 40)
    found = {length: _counts(task, length, training, suite.words) for length in short}
    return {name: {reference: {n: found[n][reference] for n in short} for reference in REFERENCES}}


def frozen_counts(suite: Suite) -> dict[str, Counts]:
    """Return the counts of all references on all tasks of a frozen suite, as ``references.json`` holds them."""
    found: dict[str, Counts] = {}
    for name in suite.task_names:
        found |= counts_of(name, tuple(suite.test_lengths or ()), suite)
    return found


@cache
def _shipped() -> dict[str, dict[str, Counts]]:
    text = (resources.files(__package__) / "references.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Counts]] = json.loads(text)
    return found


def _counted(task: str, counts: dict[int, dict[str, int]], suite: Suite) -> Counted:
    found = [
        Count(item, int(length), **numbers) for item in suite.precisions for length, numbers in counts.items()
    ]
    return Counted(task, 0, False, found)


def _of_vectors(task: Task) -> bool:
    return not isinstance(task.inputs, Symbols) or isinstance(task.targets, VectorTargets)


@cache
def _counts(task: Task, length: int, training: tuple[int, int], words: int) -> dict[str, dict[str, int]]:
    """Return the counts of every reference at one length."""
    drawn = task.sample(words, (length, length), seed=0, split="test")
    begin, end = window_of(task.readout, length, drawn.labels.shape[1])
    symbols, labels = drawn.symbols.astype(np.int64), _codes(drawn)
    counted = drawn.labelled
    found = {"exact automaton": counted[:, begin:end]}
    window, labels = counted[:, begin:end], labels[:, begin:end]
    for reference, learned in _learned(task, training).items():
        found[reference] = window & (learned.answers(symbols, begin, end) == labels)
    kinds = np.unique(labels[window])
    size = task.targets.size if isinstance(task.targets, Classes) else len(kinds)
    found["chance"] = window & (np.random.default_rng(0).integers(size, size=labels.shape) == labels)
    return {name: _sums(right, window) for name, right in found.items()}


def _sums(right: NDArray[np.bool_], counted: NDArray[np.bool_]) -> dict[str, int]:
    words, labels = right.sum(1), counted.sum(1)
    return {
        "correct": int(words.sum()),
        "total": int(labels.sum()),
        "words_correct": int((words == labels).sum()),
        "words": len(words),
        "squares": int((words**2).sum()),
    }


def _codes(words: Words) -> NDArray[np.int64]:
    """Return a number for every label; sets are told apart by their bits."""
    if words.labels.ndim == 2:
        return words.labels.astype(np.int64)
    bits = (words.labels == 1).astype(np.int64)
    return np.asarray((bits << np.arange(bits.shape[2])).sum(2))


@dataclass(frozen=True)
class Learned:
    """What is answered after what was seen: the most frequent label of the training words, or of all of them.

    Attributes
    ----------
    sees : str
        ``constant``: nothing, ``bigram``: the last two symbols, ``lookup table``: all symbols so far.
    seen : uint64 array, ascending
    answer : int64 array, of the same length
    otherwise : int
    """

    sees: str
    seen: NDArray[np.uint64]
    answer: NDArray[np.int64]
    otherwise: int

    longest: int
    """Symbols of the longest training word: no longer beginning was seen."""

    def answers(self, symbols: NDArray[np.int64], begin: int, end: int) -> NDArray[np.int64]:
        """Return the answers at positions `begin` to `end - 1`, shape (B, end - begin)."""
        if self.sees == "lookup table" and begin >= self.longest:
            return np.full((len(symbols), end - begin), self.otherwise)
        view = _views(self.sees, symbols, begin, end)
        at = np.minimum(np.searchsorted(self.seen, view), len(self.seen) - 1)
        return np.where(self.seen[at] == view, self.answer[at], self.otherwise)


@cache
def _learned(task: Task, training: tuple[int, int]) -> dict[str, Learned]:
    words = task.sample(LEARNED_WORDS, training, seed=0, split="train")
    symbols, labelled = words.symbols.astype(np.int64), words.labelled
    labels = _codes(words)[labelled]
    kinds, codes = np.unique(labels, return_inverse=True)
    otherwise = int(kinds[np.bincount(codes).argmax()])
    found = {}
    for sees in ("constant", "bigram", "lookup table"):
        seen, numbers = np.unique(_views(sees, symbols, 0, symbols.shape[1])[labelled], return_inverse=True)
        pairs, counts = np.unique(numbers * len(kinds) + codes, return_counts=True)
        order = np.lexsort((counts, pairs // len(kinds)))  # the last pair of each comes most often
        answer = np.zeros(len(seen), np.int64)
        answer[pairs[order] // len(kinds)] = kinds[pairs[order] % len(kinds)]
        found[sees] = Learned(sees, seen, answer, otherwise, symbols.shape[1])
    return found


def _views(sees: str, symbols: NDArray[np.int64], begin: int, end: int) -> NDArray[np.uint64]:
    """Return a number for what is seen at positions `begin` to `end - 1`."""
    out = np.zeros((len(symbols), end - begin), np.uint64)
    if sees == "bigram":
        before = symbols[:, max(0, begin - 1) : end - 1].astype(np.uint64) + np.uint64(1)
        out[:] = symbols[:, begin:end] + 1
        out[:, out.shape[1] - before.shape[1] :] += before << np.uint64(20)
    elif sees == "lookup table":
        _prefixes(symbols[:, :end], begin, out)
    return out


@numba.njit(cache=True, nogil=True)
def _prefixes(symbols, begin, out):  # type: ignore[no-untyped-def]
    for word in range(symbols.shape[0]):
        x = np.uint64(1)
        for t in range(symbols.shape[1]):
            x = (x ^ np.uint64(symbols[word, t] + 1)) * np.uint64(0x9E3779B97F4A7C15)
            x ^= x >> np.uint64(29)
            if t >= begin:
                out[word, t - begin] = x
