"""Words with one label each, as the audit looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Classes, Readout, Symbols
from ..source import Words
from ..task import Task


@dataclass(frozen=True, eq=False)
class Examples:
    """Words, and of each one label: the last where every position has one, otherwise each in turn.

    Attributes
    ----------
    symbols : int64 array
        Of all words, end to end.
    ends : int64 array, shape (B + 1,)
        Word i is ``symbols[ends[i] : ends[i + 1]]``.
    seen : int64 array, shape (B,)
        Symbols of the word up to the position that the label stands at.
    labels : int64 array, shape (B,)
    places : int64 array, shape (B,)
        The label's place in an answer of several; otherwise 0.
    every_label : int64 array
        All labels.
    """

    symbols: NDArray[np.int64]
    ends: NDArray[np.int64]
    seen: NDArray[np.int64]
    labels: NDArray[np.int64]
    places: NDArray[np.int64]
    every_label: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Symbols in each word, shape (B,)."""
        return np.diff(self.ends)

    def __len__(self) -> int:
        return len(self.labels)

    def chosen(self, rows: NDArray[np.bool_]) -> Examples:
        """Return some of the words; `every_label` holds those looked at."""
        lengths = self.lengths[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        inside = np.repeat(rows, self.lengths)
        labels = self.labels[rows]
        return Examples(self.symbols[inside], ends, self.seen[rows], labels, self.places[rows], labels)


def examples_of(task: Task, words: Words) -> Examples:
    """Return the words of a task; vectors and sets are told apart by numbers."""
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    symbols, labels = words.symbols[inside], words.labels[words.labelled]
    if words.delays is not None:
        symbols = np.column_stack([symbols, words.delays[inside]])
    plain = isinstance(task.inputs, Symbols), isinstance(task.targets, Classes)
    counts = words.labelled.sum(1)
    ends = np.concatenate([[0], np.cumsum(words.lengths)])
    at = np.nonzero(words.labelled)[1]
    return _examples(
        symbols if plain[0] else _numbers(symbols),
        ends,
        labels if plain[1] else _numbers(labels),
        counts,
        None if task.readout is Readout.SEQUENCE else at,
    )


def examples_of_rows(
    symbols: NDArray[np.int64],
    ends: NDArray[np.int64],
    labels: NDArray[np.int64],
    label_ends: NDArray[np.int64],
) -> Examples:
    """Return rows of anyone's: as many labels as symbols stand beside them, others after the word."""
    counts, lengths = np.diff(label_ends), np.diff(ends)
    beside = bool((counts == lengths).all()) and bool((counts > 1).any())
    at = np.arange(len(labels)) - np.repeat(label_ends[:-1], counts) if beside else None
    return _examples(symbols, ends, labels, counts, at)


def _examples(
    symbols: NDArray[Any],
    ends: NDArray[np.int64],
    labels: NDArray[Any],
    counts: NDArray[np.int64],
    at: NDArray[np.int64] | None,
) -> Examples:
    """`at` holds the position of every label in its word; None: they are read after the word."""
    lengths = np.diff(ends)
    begins = np.concatenate([[0], np.cumsum(counts)])[:-1]
    has = counts > 0
    turns = np.arange(len(counts)) % np.maximum(counts, 1)
    if at is None:
        places, chosen = turns, np.where(has, begins + turns, 0)
        seen = lengths
    else:
        places = np.zeros_like(counts)
        chosen = np.where(has, begins + np.where(counts < lengths, turns, counts - 1), 0)
        seen = at[chosen] + 1 if len(at) else lengths
    found = Examples(
        symbols.astype(np.int64),
        ends,
        seen,
        labels.astype(np.int64)[chosen] if len(labels) else np.zeros(len(counts), np.int64),
        places,
        labels.astype(np.int64),
    )
    if has.all():
        return found
    kept = found.chosen(has)
    return Examples(kept.symbols, kept.ends, kept.seen, kept.labels, kept.places, found.every_label)


def _numbers(rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return a number for each row, the same for equal ones."""
    bits = np.ascontiguousarray(rows.astype(np.float64) + 0.0).view(np.uint64).reshape(len(rows), -1)
    found = np.zeros(len(rows), np.uint64)
    for column in bits.T:
        found = (found ^ column) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return np.unique(found, return_inverse=True)[1].astype(np.int64)
