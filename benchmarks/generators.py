"""krohn bench generators: labelled tokens a second of every family, from nothing to NumPy arrays."""

from __future__ import annotations

import numpy as np

from ..generators.families import Family
from ..generators.task import Symbols, Task
from ..generators.tasks import families
from .automata import numpy_labels
from .measure import Row, rate_rows, seconds

WORDS, LENGTH = 4096, 256


def _numpy(task: Task) -> None:
    # What a user writes first: uniform symbols, then a gather a position over the whole batch.
    assert isinstance(task.inputs, Symbols)
    assert task.machine is not None
    words = np.random.default_rng(0).integers(0, task.inputs.size, (WORDS, LENGTH), np.uint8)
    numpy_labels(task.machine, words)


def rows() -> list[Row]:
    """Measure every family's default instance against NumPy and against a memory copy of the same bytes."""
    found = []
    for family in families():
        found += _rows(family)
    return found


def _rows(family: Family) -> list[Row]:
    task = family.make(family.example, family.example.split(":")[1:])
    if task.machine is None or not isinstance(task.inputs, Symbols):
        return []
    symbols, labels = np.zeros((WORDS, LENGTH), np.uint8), np.zeros((WORDS, LENGTH), np.int32)
    times = seconds(
        {
            "krohn": lambda: task.sample(WORDS, (LENGTH, LENGTH)),
            "numpy": lambda: _numpy(task),
            "copy": lambda: (symbols.copy(), labels.copy()),
        }
    )
    return rate_rows(task.name, "tokens_per_second", "tokens/s", WORDS * LENGTH, times)
