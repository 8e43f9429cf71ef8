"""The leak column: which test words were training words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..generators.source import Words
from ..training.run import Run
from ..training.schedule import longest_word
from .details import Leak

STEPS = 64
"""Training steps whose words are drawn at a time."""


def leaks_of(run: Run, lengths: Sequence[int], words: int, seed: int) -> list[Leak]:
    """Return how many of the test words of each length the training has seen, as whole words.

    The training's words are drawn again. No word longer than those was seen; where nothing was trained, none was.

    Parameters
    ----------
    run : Run
    lengths : sequence of int
    words : int
        Test words of a length: the first of the split.
    seed : int
        Root seed of the test words.
    """
    task, config = run.task, run.config.training
    if config is None:
        return [Leak(length=length, words=words, seen=0) for length in dict.fromkeys(lengths)]
    tests = {
        length: _contents(task.sample(words, (length, length), seed, "test"))
        for length in dict.fromkeys(lengths)
        if config.lengths[0] <= length <= config.lengths[1]
    }
    wanted = {length: set(found) for length, found in tests.items()}
    seen: dict[int, set[bytes]] = {length: set() for length in tests}
    low, high = config.lengths
    shortest = int(task.lengths(low, high)[0])
    step = 0
    while tests and step < config.steps:
        longest = longest_word(config, step)
        last = step + 1
        while last < min(config.steps, step + STEPS) and longest_word(config, last) == longest:
            last += 1
        count, first = (last - step) * config.batch, step * config.batch
        drawn = task.sample(count, (low, min(high, max(shortest, longest))), config.seed, "train", first)
        for length in tests:
            rows = np.flatnonzero(drawn.lengths == length)
            part = drawn.symbols[rows, :length]
            delays = None if drawn.delays is None else drawn.delays[rows, :length]
            seen[length] |= wanted[length].intersection(_rows(part, delays))
        step = last
    return [
        Leak(length=length, words=words, seen=sum(word in seen[length] for word in tests.get(length, [])))
        for length in dict.fromkeys(lengths)
    ]


def _contents(words: Words) -> list[bytes]:
    length = int(words.lengths[0])
    return _rows(words.symbols[:, :length], None if words.delays is None else words.delays[:, :length])


def _rows(symbols: NDArray[Any], delays: NDArray[Any] | None) -> list[bytes]:
    inputs = [row.tobytes() for row in np.ascontiguousarray(symbols)]
    if delays is None:
        return inputs
    return [row + more.tobytes() for row, more in zip(inputs, np.ascontiguousarray(delays), strict=True)]
