"""A dataset on disk: tokens a second from the command to closed files, and what of that is not generating.

Beside it: pyarrow writing as many random integers, in the same columns and with the same compression, and nothing else.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..generators.datasets import generate
from ..generators.shards import TOKENS_A_BATCH, Split
from ..generators.storage.columns import schema_of
from ..generators.task import Task
from ..generators.tasks import task as find_task
from .measure import Row, rate_rows, seconds

NAMES = ("parity", "word:S5", "reverse")
LENGTH = 256
WORDS = 1 << 15
ROUNDS = 3


def rows() -> list[Row]:
    """Measure a few tasks, one worker, Parquet."""
    found = []
    for task in map(find_task, NAMES):
        found += _rows(task)
    return found


def _rows(task: Task) -> list[Row]:
    folder = Path(tempfile.mkdtemp())
    split = Split("train", WORDS, LENGTH, LENGTH)
    step = TOKENS_A_BATCH // LENGTH

    def write() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        generate(task, folder, [split])

    def sample() -> None:
        for first in range(0, WORDS, step):
            task.sample(step, (LENGTH, LENGTH), first=first)

    def random_integers() -> None:
        _write_random(task, folder.with_suffix(".parquet"), step)

    try:
        times = seconds({"krohn": write, "pyarrow": random_integers, "generating": sample}, ROUNDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".parquet").unlink(missing_ok=True)
    generating = times.pop("generating")
    share = 1 - generating / times["krohn"]
    rate = rate_rows(task.name, "disk_tokens_per_second", "tokens/s", WORDS * LENGTH, times)
    return [*rate, Row(task.name, "disk_writing_share", share, "of the time", "generating alone", None)]


def _write_random(task: Task, path: Path, step: int) -> None:
    """Write columns of the same types and sizes, filled with random integers."""
    schema = schema_of(task)
    words = task.buffers(1, LENGTH)
    answers = words.labels.shape[1] - LENGTH or LENGTH
    random = np.random.default_rng(0)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for _ in range(0, WORDS, step):
            columns = []
            for width, high, field in (
                (LENGTH, task.model_inputs, "input_ids"),
                (answers, task.model_outputs, "labels"),
            ):
                kind = schema.field(field).type
                values = random.integers(0, high, step * width).astype(kind.value_type.to_pandas_dtype())
                offsets = (width * np.arange(step + 1)).astype(np.int32)
                columns.append(pa.ListArray.from_arrays(pa.array(offsets), pa.array(values, kind.value_type)))
            columns.append(pa.array(np.full(step, LENGTH, np.uint32)))
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
