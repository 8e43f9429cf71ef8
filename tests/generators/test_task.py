"""The task object: what its source has to write and what the task writes around it, for every kind and readout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from krohn.errors import RequestError
from krohn.generators.kinds import (
    Classes,
    Inputs,
    Readout,
    Symbols,
    SymbolSets,
    Targets,
    TimedSymbols,
    Vectors,
    VectorTargets,
)
from krohn.generators.philox import draw_symbols
from krohn.generators.source import Key, Lengths, Source, Words
from krohn.generators.task import Task


@dataclass(frozen=True, eq=False)
class Reversed(Source):
    """Words of odd lengths, at least 3, and then their inputs backwards, but the last."""

    def lengths(self, low: int, high: int) -> range:
        low = max(3, low)
        return range(low + (low + 1) % 2, high + 1, 2)

    def answers(self, lengths: Lengths) -> Lengths:
        return lengths - 1

    def draw(self, key: Key, first: int, words: Words) -> None:
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], 5, words.symbols)
        self.label(words)

    def label(self, words: Words) -> None:
        for b, length in enumerate(words.lengths):
            words.labels[b, length : 2 * length - 1] = words.symbols[b, : length - 1][::-1]


@dataclass(frozen=True, eq=False)
class Filled(Source):
    """Writes the number of the word wherever a source has to."""

    readout: Readout
    nested: ClassVar[bool] = True

    def draw(self, key: Key, first: int, words: Words) -> None:
        for b, length in enumerate(words.lengths):
            words.symbols[b, :length] = (first + b) % 2
            if words.delays is not None:
                words.delays[b, :length] = first + b
        self.label(words)

    def label(self, words: Words) -> None:
        for b, length in enumerate(words.lengths):
            begin = length - 1 if self.readout is Readout.FINAL else 0
            words.labels[b, begin:length] = (
                words.symbols[b, begin:length][..., :1] if words.symbols.ndim == 3 else 1
            )


def filled(inputs: Inputs, targets: Targets, readout: Readout) -> Task:
    return Task("filled", 1, inputs, targets, readout, Filled(readout))


REVERSED = Task("reversed", 1, Symbols(5), Classes(5), Readout.SEQUENCE, Reversed())


def test_answers_follow_the_inputs_while_compute_symbols_are_read() -> None:
    words = REVERSED.sample(200, (1, 8), seed=2)
    assert set(words.lengths.tolist()) == {3, 5, 7}
    assert words.symbols.shape == words.labels.shape == (200, 13)
    for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        assert (symbols[:length] < 5).all()
        assert (symbols[length : 2 * length - 1] == 5).all()
        assert (symbols[2 * length - 1 :] == 0).all()
        assert (labels[:length] == -100).all()
        assert labels[length : 2 * length - 1].tolist() == symbols[: length - 1][::-1].tolist()
        assert (labels[2 * length - 1 :] == -100).all()
    assert (REVERSED.model_inputs, REVERSED.model_outputs) == (6, 5)
    # Inputs alone are enough for the labels: the array grows to hold the answers.
    given = REVERSED.label(np.array([[1, 2, 3, 9], [1, 2, 3, 9]]), np.array([3, 3]))
    assert given.tolist() == [[-100, -100, -100, 2, 1]] * 2


KINDS: list[tuple[Inputs, Targets, Any, Any, int, int]] = [
    (Symbols(2), Classes(2), np.uint8, np.int32, 2, 2),
    (Symbols(256), Classes(2), np.uint8, np.int32, 256, 2),
    (Symbols(257), Classes(2), np.uint16, np.int32, 257, 2),
    (Symbols(2), SymbolSets(3), np.uint8, np.int8, 2, 3),
    (TimedSymbols(2), Classes(2), np.uint8, np.int32, 3, 2),
    (TimedSymbols(4, dense=True), Classes(2), np.uint8, np.int32, 5, 2),
    (Vectors(3), VectorTargets(4), np.float64, np.float64, 3, 4),
]


@pytest.mark.parametrize("readout", [Readout.PREFIX, Readout.FINAL])
@pytest.mark.parametrize(("inputs", "targets", "symbol", "label", "fed", "answered"), KINDS)
def test_what_is_no_input_and_no_label_is_blank(
    inputs: Inputs, targets: Targets, symbol: Any, label: Any, fed: int, answered: int, readout: Readout
) -> None:
    task = filled(inputs, targets, readout)
    assert (task.model_inputs, task.model_outputs) == (fed, answered)
    memory = task.buffers(9, 8)
    for array in (memory.symbols, memory.labels, memory.delays):
        if array is not None:
            array[:] = 77
    words = task.sample(8, (1, 7), seed=1, first=3, out=memory)
    assert (words.symbols.dtype, words.labels.dtype) == (symbol, label)
    longest = words.lengths.max()
    assert words.symbols.shape[:2] == words.labels.shape[:2] == (8, longest)
    assert (words.delays is not None) == isinstance(inputs, TimedSymbols)
    known = ~np.isnan(words.labels) if label is np.float64 else words.labels != -100
    for b, length in enumerate(words.lengths):
        assert (words.symbols[b, length:] == 0).all()
        assert (words.symbols[b, :length] == (b + 3) % 2).all()
        if words.delays is not None:
            assert words.delays.dtype == (np.float64 if getattr(inputs, "dense", 0) else np.int64)
            assert words.delays[b].tolist() == [b + 3] * length + [0] * (longest - length)
        labelled = range(length - 1 if readout is Readout.FINAL else 0, length)
        assert np.flatnonzero(known[b].reshape(longest, -1).all(1)).tolist() == list(labelled)
        assert np.flatnonzero(known[b].reshape(longest, -1).any(1)).tolist() == list(labelled)
    again = task.label(words.symbols, words.lengths, words.delays)
    assert np.array_equal(again, words.labels, equal_nan=label is np.float64)


def test_memory_is_used_again() -> None:
    memory = REVERSED.buffers(20, 9)
    for first in (0, 100):
        words = REVERSED.sample(10, (3, 7), first=first, out=memory)
        fresh = REVERSED.sample(10, (3, 7), first=first)
        assert np.shares_memory(words.symbols, memory.symbols)
        assert np.shares_memory(words.labels, memory.labels)
        assert words.symbols.tolist() == fresh.symbols.tolist()
        assert words.labels.tolist() == fresh.labels.tolist()


def _sample(count: int, lengths: tuple[int, int], out: Words | None = None) -> Any:
    return lambda: REVERSED.sample(count, lengths, out=out)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (_sample(1, (4, 4)), "task 'reversed' has no words of length 4: expected such as 3 or 5"),
        (_sample(1, (1, 2)), "task 'reversed' has no words of lengths 1-2: expected such as 3"),
        (
            _sample(3, (9, 9), REVERSED.buffers(2, 9)),
            "out holds uint8 of shape (2, 17): expected writable contiguous uint8, at least of shape (3, 17)",
        ),
        (
            _sample(1, (9, 9), filled(Vectors(1), Classes(2), Readout.FINAL).buffers(9, 99)),
            "out holds float64 of shape (9, 99, 1): "
            "expected writable contiguous uint8, at least of shape (1, 17)",
        ),
        (
            lambda: Source().label(REVERSED.buffers(1, 3)),
            "this task labels the words that it draws only",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
