"""What can be known of a label without the rule: from nothing, the length, the first or last symbols, the bag of all.

Each predictor answers, for what it sees, the label most frequent with it in one half of the words, and is scored on
the other half; where it never saw the like, it answers the label most frequent of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from .examples import Examples

PREDICTORS = ("constant", "length", "first-1", "first-2", "first-4", "last-1", "last-2", "last-4", "bag")


@dataclass(frozen=True)
class Score:
    """How many of the words were right."""

    correct: int
    total: int

    @property
    def value(self) -> float:
        """The share."""
        return self.correct / self.total

    def interval(self, z: float) -> tuple[float, float]:
        """Return Wilson's interval, z standard deviations wide to either side.

        Examples
        --------
        >>> low, high = Score(50, 100).interval(1.96)
        >>> round(low, 3), round(high, 3)
        (0.404, 0.596)
        """
        n, p = self.total, self.value
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, centre - half), min(1.0, centre + half)


def scores(examples: Examples) -> dict[str, Score]:
    """Return the score of every predictor.

    Examples
    --------
    >>> from krohn.generators.audit.examples import examples_of
    >>> from krohn.generators.tasks import task
    >>> found = scores(examples_of(task("last"), task("last").sample(1000, (9, 30))))
    >>> found["last-1"].value, found["first-4"].value < 0.6
    (1.0, True)
    """
    return {name: _score(seen_by(name, examples), examples.labels) for name in PREDICTORS}


def seen_by(name: str, examples: Examples) -> NDArray[np.uint64]:
    """Return a number for what a predictor sees of each word; all but `constant` see the place in the answer."""
    kind, _, width = name.partition("-")
    begins, seen = examples.ends[:-1], examples.seen
    out = np.zeros(len(examples), np.uint64)
    if kind == "constant":
        return out
    if kind == "length":
        out = seen.astype(np.uint64)
    elif kind == "bag":
        _bags(examples.symbols, begins, begins + seen, out)
    else:
        first = begins if kind == "first" else np.maximum(begins, begins + seen - int(width))
        last = np.minimum(begins + seen, begins + int(width)) if kind == "first" else begins + seen
        hash_windows(examples.symbols, first, last, out)
    return out * np.uint64(1 << 20) + examples.places.astype(np.uint64) if examples.places.any() else out


def _score(seen: NDArray[np.uint64], labels: NDArray[np.int64]) -> Score:
    learned, tested = np.arange(len(labels)) % 2 == 0, np.arange(len(labels)) % 2 == 1
    kinds, codes = np.unique(labels, return_inverse=True)
    features, numbers = np.unique(seen, return_inverse=True)
    pairs, counts = np.unique(numbers[learned] * len(kinds) + codes[learned], return_counts=True)
    order = np.lexsort((counts, pairs // len(kinds)))  # the last pair of each feature comes most often
    answers = np.full(len(features), np.bincount(codes[learned]).argmax())
    answers[pairs[order] // len(kinds)] = pairs[order] % len(kinds)
    right = answers[numbers[tested]] == codes[tested]
    return Score(int(right.sum()), int(tested.sum()))


@numba.njit(cache=True, nogil=True)
def hash_windows(symbols, begins, ends, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        state = np.uint64(ends[i] - begins[i])
        for t in range(begins[i], ends[i]):
            state = _mixed(state ^ np.uint64(symbols[t]))
        out[i] = state


@numba.njit(cache=True, nogil=True)
def _bags(symbols, begins, ends, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        state = np.uint64(0)
        for t in range(begins[i], ends[i]):
            state += _mixed(np.uint64(symbols[t]))
        out[i] = state


@numba.njit(cache=True, nogil=True)
def _mixed(x):  # type: ignore[no-untyped-def]
    x += np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
