"""A task as a peer has it: one row of facts, and the source that dresses Krohn's words by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numba
import numpy as np
from numpy.typing import NDArray

from ...automata.machine import Machine
from ..audit.allowed import allowed
from ..kinds import Classes, Readout, Symbols
from ..source import Key, Lengths, Source, Words
from ..task import Task
from ..tasks import task as find_task
from .lengths import SAME, LengthRule

Answer = Literal["last", "each", "after", "within", "fed"]
"""Where labels stand: at the last input; at every one; read after the word while `compute` is fed; read within the
input, zeros (``within``) or the answer itself (``fed``) being fed."""

READOUTS = {"last": Readout.FINAL, "after": Readout.SEQUENCE}


@dataclass(frozen=True)
class Row:
    """What a peer makes of a task.

    Attributes
    ----------
    inner : callable
        Returns the task whose words and labels these are, under Krohn's numbers.
    symbols : tuple of int
        The peer's number of each symbol.
    alphabet : int
        Numbers that the peer's model reads, padding included.
    labels : tuple of int, or None
        The peer's number of each class; None where they are counts or positions as they are.
    classes : int
        Numbers that the peer's model answers with.
    lengths : LengthRule
    after : tuple of int
        What stands after every word.
    answer : Answer
    chance : float
        What the peer takes for chance.
    rule : str
        The rule in a line.
    """

    inner: Callable[[], Task]
    symbols: tuple[int, ...]
    alphabet: int
    labels: tuple[int, ...] | None
    classes: int
    chance: float
    rule: str
    lengths: LengthRule = SAME
    after: tuple[int, ...] = ()
    answer: Answer = "last"

    def task(self, name: str, convention: str) -> Task:
        """Return the task under a name."""
        inner = self.inner()
        readout = READOUTS.get(self.answer, Readout.PREFIX)
        source = Dressed(inner, self)
        return Task(
            name,
            inner.version,
            Symbols(self.alphabet),
            Classes(self.classes),
            readout,
            source,
            None,
            convention,
        )


def named(name: str) -> Callable[[], Task]:
    """Return what finds a task of Krohn's by its name."""
    return partial(find_task, name)


@dataclass(frozen=True, eq=False)
class Dressed(Source):
    """The words of a task in a peer's dress."""

    inner: Task
    row: Row

    @cached_property
    def hints(self) -> Mapping[str, str]:  # type: ignore[override]
        """See `Source`: those of the rule, but that a peer takes labels for balanced."""
        return {kind: why for kind, why in allowed(self.inner).items() if kind != "constant"}

    @property
    def delimiters(self) -> tuple[int, ...]:  # type: ignore[override]
        """See `Source`."""
        fed = (0,) if self.row.answer == "within" else ()
        known = len(self.row.symbols)
        inner = tuple(self.row.symbols[x] for x in self.inner.source.delimiters if x < known)
        return (*self.row.after, *fed, *inner)

    def lengths(self, low: int, high: int) -> NDArray[np.int64]:
        """See `Source`: one for every length that the peer knows, so that some come twice."""
        found = self.row.lengths.inputs(low, high)
        if not len(found):
            return found
        return self._outer(found[np.isin(found, self.inner.source.lengths(int(found[0]), int(found[-1])))])

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`."""
        return self.inner.source.answers(lengths) if self.row.answer == "after" else np.zeros_like(lengths)

    def count(self, length: int) -> int | None:
        """See `Source`: as of the words that are dressed."""
        if len(set(self.row.symbols)) < len(self.row.symbols):
            return None
        return self.inner.source.count(int(self._inner(np.array([length]))[0]))

    def uniform(self) -> tuple[Machine, int] | None:
        """See `Source`."""
        found = self.inner.source.uniform()
        return (found[0], len(self.row.after)) if found else None

    def chance(self, length: int) -> float:
        """See `Source`: what the peer takes for it."""
        return self.row.chance

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        inner = self._buffers(words)
        self.inner.source.draw(key, first, inner)
        self._dress(inner, words)
        self._answer(inner, words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        inner = self._buffers(words)
        back = np.zeros(1 << (8 * words.symbols.itemsize), inner.symbols.dtype)
        back[list(self.row.symbols)] = np.arange(len(self.row.symbols))
        width = min(inner.symbols.shape[1], words.symbols.shape[1])
        inner.symbols[:, :width] = back[words.symbols[:, :width]]
        self.inner.source.label(inner)
        self._answer(inner, Words(words.symbols.copy(), words.lengths, words.labels))

    def _outer(self, inner: Lengths) -> Lengths:
        within = self.inner.source.answers(inner) - 1 if self.row.answer in ("within", "fed") else 0
        return inner + len(self.row.after) + within

    def _inner(self, outer: Lengths) -> Lengths:
        if self.row.answer not in ("within", "fed"):
            return outer - len(self.row.after)
        return (outer - len(self.row.after) + 1) // 2  # as many answers as symbols

    def _buffers(self, words: Words) -> Words:
        lengths = self._inner(words.lengths)
        memory = self.inner.buffers(len(words), int(lengths.max()))
        return Words(memory.symbols, lengths, memory.labels)

    def _dress(self, inner: Words, words: Words) -> None:
        numbers = np.zeros(1 << (8 * inner.symbols.itemsize), words.symbols.dtype)
        numbers[: len(self.row.symbols)] = self.row.symbols
        width = int(inner.lengths.max())
        words.symbols[:, :width] = numbers[inner.symbols[:, :width]]
        rows = np.arange(len(words))
        for place, symbol in enumerate(self.row.after):
            words.symbols[rows, inner.lengths + place] = symbol

    def _answer(self, inner: Words, words: Words) -> None:
        rows, n = np.arange(len(words)), inner.lengths
        answer = self.row.answer
        if answer == "last":
            words.labels[rows, words.lengths - 1] = self._told(inner.labels[rows, n - 1])
        elif answer == "each":
            width = int(n.max())
            words.labels[:, :width] = self._told(inner.labels[:, :width])
        elif answer == "after":
            width = min(inner.labels.shape[1], words.labels.shape[1])
            words.labels[:, :width] = self._told(inner.labels[:, :width])
        else:
            told = self._told(inner.labels)
            feed_answers(told, n, len(self.row.after), answer == "fed", words.symbols, words.labels)

    def _told(self, labels: NDArray[Any]) -> NDArray[np.int32]:
        if self.row.labels is None:
            return labels.astype(np.int32)
        told = np.array([*self.row.labels, -100], np.int32)
        inside = (labels >= 0) & (labels < len(told) - 1)
        return told[np.where(inside, labels, len(told) - 1)]


@numba.njit(cache=True, nogil=True)
def feed_answers(answers, lengths, after, fed, symbols, labels):  # type: ignore[no-untyped-def]
    """Write each answer as labels, one place before where it would stand, and as inputs where it is fed."""
    for i in range(len(lengths)):
        n = lengths[i]
        begin = n + after
        labels[i, : begin - 1] = -100
        for t in range(n):
            labels[i, begin - 1 + t] = answers[i, n + t]
            if t < n - 1:
                symbols[i, begin + t] = answers[i, n + t] if fed else 0
