"""The Parquet files of a dataset: which words each holds, how it is written, and the hash of what it says."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..automata.runs import IGNORED
from ..errors import RequestError
from ..names import positive
from ..user_code import load_user_code
from .task import Symbols, Words, checked_lengths
from .tasks import task as find_task

TOKENS_A_SHARD = 1 << 24
TOKENS_A_BATCH = 1 << 20


@dataclass(frozen=True)
class Split:
    """A split to make.

    Attributes
    ----------
    name : str
    count : int
        Words.
    low, high : int
        The shortest and the longest length.
    """

    name: str
    count: int
    low: int
    high: int


def parse_split(text: str) -> Split:
    """Return the split written as ``NAME:COUNT:LO-HI``.

    Raises
    ------
    RequestError
        For another form, a count of zero, or lengths out of order.

    Examples
    --------
    >>> parse_split("train:10000:1-40")
    Split(name='train', count=10000, low=1, high=40)
    """
    match = re.fullmatch(r"([A-Za-z0-9_]+):(-?\d+):(-?\d+)(?:-(-?\d+))?", text)
    if match is None:
        raise RequestError(f"split {text!r}: expected NAME:COUNT:LO-HI, such as train:10000:1-40")
    name, count, low, high = match.groups()
    lengths = checked_lengths((int(low), int(high or low)))
    return Split(name, positive(f"count of split {name!r}", int(count)), *lengths)


@dataclass(frozen=True)
class Shard:
    """One Parquet file to write: words `first` to `first + count - 1` of a split."""

    task: str
    seed: int
    split: Split
    first: int
    count: int
    path: Path


def shards_of(split: Split, task: str, seed: int, folder: Path) -> list[Shard]:
    """Cut a split into shards."""
    # The cut depends on the request alone, never on the number of workers.
    words = max(1, TOKENS_A_SHARD // split.high)
    number = -(-split.count // words)
    return [
        Shard(
            task,
            seed,
            split,
            index * words,
            min(words, split.count - index * words),
            folder / f"{split.name}-{index:05d}-of-{number:05d}.parquet",
        )
        for index in range(number)
    ]


def write_shard(shard: Shard, imports: list[str]) -> None:
    """Write one shard (in a worker process: after loading the user's files)."""
    for spec in imports:
        load_user_code(spec)
    task = find_task(shard.task)
    assert isinstance(task.inputs, Symbols)
    small = pa.uint8() if task.inputs.size <= 256 else pa.uint16()
    schema = pa.schema(
        [("input_ids", pa.list_(small)), ("labels", pa.list_(pa.int32())), ("length", pa.uint32())]
    )
    step = max(1, TOKENS_A_BATCH // shard.split.high)
    lengths = (shard.split.low, shard.split.high)
    with pq.ParquetWriter(shard.path, schema, compression="zstd") as writer:
        for first in range(shard.first, shard.first + shard.count, step):
            count = min(step, shard.first + shard.count - first)
            words = task.sample(count, lengths, shard.seed, shard.split.name, first)
            writer.write_table(_table(words, schema))


def _table(words: Words, schema: pa.Schema) -> pa.Table:
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    known = words.labels != IGNORED
    columns = [
        _lists(words.symbols[inside], inside.sum(1), schema.field("input_ids").type),
        _lists(words.labels[known], known.sum(1), schema.field("labels").type),
        pa.array(words.lengths.astype(np.uint32)),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _lists(values: NDArray[Any], counts: NDArray[np.int64], kind: pa.DataType) -> pa.ListArray:
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values, kind.value_type))


def summary_of(folder: Path, split: Split) -> dict[str, Any]:
    """Read a split back from disk; return its words, tokens and content hash."""
    words = tokens = 0
    digest = hashlib.sha256()
    for path in sorted((folder / "data").glob(f"{split.name}-[0-9]*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=1 << 16):
            symbols, labels = batch.column("input_ids"), batch.column("labels")
            digest.update(
                pack_rows(
                    symbols.offsets.to_numpy(),
                    symbols.values.to_numpy(),
                    labels.offsets.to_numpy(),
                    labels.values.to_numpy(),
                ).tobytes()
            )
            words += batch.num_rows
            tokens += int(np.asarray(batch.column("length")).sum())
    return {"words": words, "tokens": tokens, "sha256": digest.hexdigest()}


@numba.njit(cache=True, nogil=True)
def pack_rows(symbol_offsets, symbols, label_offsets, labels):  # type: ignore[no-untyped-def]
    """Return the bytes that the content hash is of, as uint32.

    Each row is its length, its symbols, its number of labels, its labels (int32, two's complement).
    """
    rows = len(symbol_offsets) - 1
    held = symbol_offsets[rows] - symbol_offsets[0] + label_offsets[rows] - label_offsets[0]
    out = np.empty(2 * rows + held, np.dtype("<u4"))
    at = 0
    for row in range(rows):
        begin, end = symbol_offsets[row], symbol_offsets[row + 1]
        out[at] = end - begin
        at += 1
        for index in range(begin, end):
            out[at] = symbols[index]
            at += 1
        begin, end = label_offsets[row], label_offsets[row + 1]
        out[at] = end - begin
        at += 1
        for index in range(begin, end):
            out[at] = np.uint32(labels[index])
            at += 1
    return out
