"""krohn bench generators: labelled tokens a second of every task on one core, and what exact sampling costs first.

Tokens are inputs; symbols, labels and all that stands beside them are written into memory that is there already,
as the memory copy's are. There is more of it than a cache holds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..automata.languages.random_machines import random_machine
from ..generators.exact import ExactTable
from ..generators.kinds import Vectors
from ..generators.source import Words
from ..generators.task import Task
from ..generators.tasks import families
from ..generators.tasks import task as find_task
from ..generators.uniform import UniformMachine
from . import datasets
from .automata import numpy_labels
from .measure import Row, rate_rows, seconds, time_rows

TOKENS = 1 << 23
"""For tasks whose speed is that of the memory; the others take a quarter of it."""
SHORT_TOKENS = 1 << 18
LENGTH = 256
SHORT = (16, 40)
MORE = ("flipflop:4", "word:A5", "word:S3", "random:50:4", "count:300")
ROUNDS = 5


def rows() -> list[Row]:
    """Measure every family's default instance, and some more, against a memory copy and, where it is easy, NumPy."""
    names = [*dict.fromkeys([*(family.example for family in families()), *MORE])]
    found = []
    for task in map(find_task, names):
        found += _rows(task, LENGTH, TOKENS, "tokens_per_second")
    for length in SHORT:
        for task in map(find_task, names):
            found += _rows(task, length, SHORT_TOKENS, "short_tokens_per_second")
    return [*found, _set_up(), *datasets.rows()]


def _rows(task: Task, length: int, tokens: int, metric: str) -> list[Row]:
    possible = task.source.lengths(length, length + 4)
    nearest = int(possible[0] if len(possible) else task.source.lengths(1, length)[-1])
    unit = "tokens/s" if nearest == LENGTH else f"tokens/s at length {nearest}"
    if isinstance(task.inputs, Vectors):  # as many bytes as a copy moves: no rule can be faster than that
        unit += f" of {8 * (task.model_inputs + task.model_outputs)} bytes"
    length = nearest
    uniform = isinstance(task.source, UniformMachine)
    count = (tokens if uniform or length < LENGTH else tokens // 4) // length
    memory = task.buffers(count, length)
    contenders: dict[str, Callable[[], object]] = {
        "krohn": lambda: task.sample(count, (length, length), out=memory),
        "copy": _copy(memory),
    }
    if uniform and task.model_inputs <= 256:
        contenders["numpy"] = lambda: _numpy(task, count, length)
    return rate_rows(task.name, metric, unit, count * length, seconds(contenders, ROUNDS))


def _copy(memory: Words) -> Callable[[], None]:
    arrays = [array for array in (memory.symbols, memory.labels, memory.delays) if array is not None]
    sources = [np.ones_like(array) for array in arrays]

    def copy() -> None:
        for array, source in zip(arrays, sources, strict=True):
            np.copyto(array, source)

    return copy


def _numpy(task: Task, count: int, length: int) -> None:
    # What a user writes first: uniform symbols, then a gather a position over the whole batch.
    assert task.machine is not None
    words = np.random.default_rng(0).integers(0, task.machine.symbols, (count, length), np.uint8)
    numpy_labels(task.machine, words)


def _set_up() -> Row:
    machine = random_machine(20, 2, 0)
    table = ExactTable(machine, machine.outputs == 1, 10_000)
    contenders: dict[str, Callable[[], object]] = {
        "krohn": lambda: ExactTable(machine, table.ends, table.longest).thresholds,
        "counting with whole numbers": lambda: table.counts(table.longest),
    }
    (row,) = time_rows(
        "exact sampling, 20 states, length 10,000", "setup_seconds", seconds(contenders, ROUNDS)
    )
    return row
