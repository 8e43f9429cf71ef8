"""Test words by the block: as many columns as are looked at, whatever the length of the words."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..generators.clock_positions import clock_matters
from ..generators.kinds import Classes, Readout
from ..generators.source import Words
from ..generators.step_words import StepWords
from ..generators.task import Task
from ..generators.timed_words import TimedWords

HELD = 1 << 21
"""Tokens of words that are held in memory; what is more goes through a temporary file."""
BLOCK = 1 << 18
"""Tokens of a block."""


class Block(NamedTuple):
    """Columns `begin` to `end` of a batch of words.

    Attributes
    ----------
    begin, end : int
    words : Words
        Inputs only; its labels are empty.
    labels : array, shape (B, end - begin) or (B, end - begin, size)
    matters : bool array, shape (B, end - begin), or None
        Where the clock of a timed task matters.
    """

    begin: int
    end: int
    words: Words
    labels: NDArray[Any]
    matters: NDArray[np.bool_] | None


@dataclass(frozen=True)
class TestWords:
    """Words of one length of the split ``test``, and the lengths that are counted on them.

    Parameters
    ----------
    task : Task
    length : int
    counted : sequence of int
        `length`, and shorter ones where the task's words are nested.
    seed : int
        Root seed.
    held : int
        Tokens held in memory at most, where a word is not longer.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> words = TestWords(task("parity"), 1000, [10, 1000], seed=0)
    >>> blocks = list(words.blocks(first=0, count=3))
    >>> blocks[0].labels.shape
    (3, 1000)
    """

    __test__ = False  # not a class of tests

    task: Task
    length: int
    counted: Sequence[int]
    seed: int
    held: int = field(default=HELD, compare=False)

    @property
    def width(self) -> int:
        """Positions that a model runs over."""
        return self.length + int(self.task.source.answers(np.array([self.length]))[0])

    @property
    def timed(self) -> bool:
        """Whether the task has a clock."""
        return isinstance(self.task.source, StepWords | TimedWords)

    def blocks(self, first: int, count: int, multiple: int = 1) -> Iterator[Block]:
        """Yield words `first` to `first + count - 1`, from the left to the right, cut at multiples of a number."""
        step = multiple * max(1, min(self.width, BLOCK // count) // multiple)
        if count * self.width <= self.held:
            columns = self._columns(first, count)
            for begin in range(0, self.width, step):
                end = min(self.width, begin + step)
                yield self._block(begin, end, {name: a[:, begin:end] for name, a in columns.items()})
            return
        with _Spill() as spill:
            rows = max(1, self.held // self.width)
            for row in range(0, count, rows):
                spill.add(self._columns(first + row, min(rows, count - row)))
            for begin in range(0, self.width, step):
                end = min(self.width, begin + step)
                yield self._block(begin, end, spill.columns(begin, end))

    def _block(self, begin: int, end: int, columns: Mapping[str, NDArray[Any]]) -> Block:
        symbols = columns["symbols"]
        lengths = np.full(len(symbols), min(max(self.length - begin, 0), end - begin))
        words = Words(symbols, lengths, np.empty((len(symbols), 0)), columns.get("delays"))
        labels = columns["labels"]
        if isinstance(self.task.targets, Classes):
            labels = labels.astype(np.int32)
        return Block(begin, end, words, labels, columns.get("matters"))

    def _columns(self, first: int, count: int) -> dict[str, NDArray[Any]]:
        task, length = self.task, self.length
        words = task.sample(count, (length, length), self.seed, "test", first)
        labels = words.labels
        if task.readout is Readout.FINAL:
            for shorter in self.counted:
                delays = None if words.delays is None else words.delays[:, :shorter]
                found = task.label(words.symbols[:, :shorter], np.full(count, shorter), delays)
                labels[:, shorter - 1] = found[:, shorter - 1]
        columns = {"symbols": words.symbols, "labels": self._narrow(labels)}
        if words.delays is not None:
            columns["delays"] = words.delays
        if self.timed:
            columns["matters"] = clock_matters(task, words)
        return columns

    def _narrow(self, labels: NDArray[Any]) -> NDArray[Any]:
        if isinstance(self.task.targets, Classes) and self.task.targets.size <= 128:
            return labels.astype(np.int8)
        return labels


class _Spill:
    """Arrays of rows on disk, read back by columns."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._files: dict[str, Any] = {}
        self._shapes: dict[str, tuple[int, tuple[int, ...], np.dtype[Any]]] = {}
        self._rows = 0

    def __enter__(self) -> _Spill:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, columns: Mapping[str, NDArray[Any]]) -> None:
        for name, array in columns.items():
            if name not in self._files:
                self._files[name] = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
                self._shapes[name] = (array.shape[1], array.shape[2:], array.dtype)
            self._files[name].write(np.ascontiguousarray(array).data)
        self._rows += len(columns["symbols"])

    def columns(self, begin: int, end: int) -> dict[str, NDArray[Any]]:
        found = {}
        for name, (width, cell, dtype) in self._shapes.items():
            file = self._files[name]
            file.flush()
            size = dtype.itemsize * int(np.prod(cell))
            parts = [
                os.pread(file.fileno(), (end - begin) * size, (row * width + begin) * size)
                for row in range(self._rows)
            ]
            found[name] = np.frombuffer(bytearray().join(parts), dtype).reshape(
                self._rows, end - begin, *cell
            )
        return found
