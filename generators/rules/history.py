"""History-dependent systems: remember S vectors, then go on by a function of the last S.

Systems: Karuvally, Sejnowski and Siegelmann, "Hidden traveling waves bind working memory variables in recurrent neural
networks", ICML 2024; generalised Fibonacci, each new vector the sum of the last S, is their example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np
from numpy.typing import NDArray

from ...names import lookup
from ..families import register_task
from ..kinds import Readout, Vectors, VectorTargets
from ..source import Key, Source, Words
from ..task import Task
from .binding import LARGEST_DIMENSION, LARGEST_STEPS, draw_vectors
from .parameters import within

SUM, MEAN, PRODUCT = 0, 1, 2
INPUTS = {"signs": False, "real": True}
# Sums are whole numbers, of 1 or of 2^-23: float64 holds them exactly up to 2^53 of those.
LARGEST_SUM = {"signs": 1 << 53, "real": 1 << 30}


def longest_sum(steps: int, largest: int) -> int:
    """Return the longest word whose sums stay at most `largest`: that of vectors of ones.

    Examples
    --------
    >>> longest_sum(2, 8)
    6
    """
    history = [1] * steps
    length = steps
    while (total := sum(history)) <= largest and steps > 1:
        history = [*history[1:], total]
        length += 1
    return length


@numba.njit(cache=True, nogil=True)
def go_on(vectors, lengths, steps, rule, targets):  # type: ignore[no-untyped-def]
    """Write the targets of each word, NaN at the first `steps` positions."""
    dimension = vectors.shape[2]
    scale = 1.0 / steps if rule == MEAN else 1.0
    back, oldest = (
        np.uintp(dimension),
        np.uintp(steps * dimension),
    )  # unsigned: none is tested for being negative
    totals = np.empty(dimension)
    for i in range(len(lengths)):
        given, numbers = vectors[i].reshape(vectors[i].size), targets[i].reshape(targets[i].size)
        for k in range(steps * dimension):
            numbers[np.uintp(k)] = given[np.uintp(k)]
        for t in range(steps, lengths[i]):
            # Components side by side, the oldest vector first: each loop becomes vector instructions.
            begin = np.uintp(t * dimension)
            at = begin - oldest
            for c in range(dimension):
                totals[np.uintp(c)] = numbers[at + np.uintp(c)]
            for _ in range(steps - 1):
                at += back
                if rule == PRODUCT:
                    for c in range(dimension):
                        totals[np.uintp(c)] *= numbers[at + np.uintp(c)]
                else:
                    for c in range(dimension):
                        totals[np.uintp(c)] += numbers[at + np.uintp(c)]
            for c in range(dimension):
                numbers[begin + np.uintp(c)] = totals[np.uintp(c)] * scale
        for k in range(steps * dimension):
            numbers[np.uintp(k)] = np.nan


@dataclass(frozen=True)
class Histories(Source):
    """S random vectors, then zeros while the system goes on by itself."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "sums of few values come often",
        "length": "the step decides how much is summed",
        "first": "the state that all follows from stands first",
        "last": "short words are seen whole",
        "bag": "sums commute",
    }
    steps: int
    rule: int
    real: bool
    longest: int | None = None

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: one step after the S vectors at least; sums must stay exact."""
        return range(max(low, self.steps + 1), min(high, self.longest or high) + 1)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_vectors(key, first, words, self.steps, self.real)
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`: the first S vectors decide."""
        go_on(words.symbols, words.lengths, self.steps, self.rule, words.labels)

    def maps(self, dimension: int) -> NDArray[np.float64] | None:
        """Return what the vector k steps back is multiplied by, shape (S, D, D), k from 1; None for a product."""
        if self.rule == PRODUCT:
            return None
        return np.tile(np.eye(dimension) / (self.steps if self.rule == MEAN else 1), (self.steps, 1, 1))


def _task(name: str, rule: int, steps: int, dimension: int, inputs: str) -> Task:
    real = lookup("inputs", inputs, INPUTS)
    within(name, "S", steps, 2, LARGEST_STEPS)
    within(name, "D", dimension, 1, LARGEST_DIMENSION)
    longest = longest_sum(steps, LARGEST_SUM[inputs]) if rule == SUM else None
    source = Histories(steps, rule, real, longest)
    return Task(name, 1, Vectors(dimension), VectorTargets(dimension), Readout.PREFIX, source)


@register_task("fibonacci")
def fibonacci(S: int = 2, D: int = 8, INPUTS: str = "signs") -> Task:
    """S vectors of D components, then zeros; after the first S, the sum of the last S vectors.

    Components are fair signs, or ``real``: uniform from -1 to 1. The sums grow; lengths end where float64 would
    round them (S = 2: 78 steps with signs).
    """
    name = ":".join(["fibonacci", *_given((S, D, INPUTS), (2, 8, "signs"))])
    return _task(name, SUM, S, D, INPUTS)


@register_task("history", example="history:mean")
def history(RULE: str, S: int = 4, D: int = 8, INPUTS: str = "signs") -> Task:
    """S vectors of D components, then zeros; after the first S, the ``mean`` or the ``product`` of the last S vectors.

    Components are fair signs, or ``real``: uniform from -1 to 1. The product of signs is their sum modulo 2.
    """
    rule = lookup("rule", RULE, {"mean": MEAN, "product": PRODUCT})
    name = ":".join(["history", RULE, *_given((S, D, INPUTS), (4, 8, "signs"))])
    return _task(name, rule, S, D, INPUTS)


def _given(values: tuple[int | str, ...], defaults: tuple[int | str, ...]) -> list[str]:
    """Return the parameters as text, without the last ones that are the defaults."""
    kept = len(values)
    while kept and values[kept - 1] == defaults[kept - 1]:
        kept -= 1
    return [str(value) for value in values[:kept]]
