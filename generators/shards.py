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

from ..errors import RequestError
from ..names import positive
from ..user_code import load_user_code
from .kinds import Classes, SymbolSets, TimedSymbols, Vectors
from .source import Words
from .task import Task, checked_lengths
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
    schema = schema_of(task)
    step = max(1, TOKENS_A_BATCH // shard.split.high)
    lengths = (shard.split.low, shard.split.high)
    with pq.ParquetWriter(shard.path, schema, compression="zstd") as writer:
        for first in range(shard.first, shard.first + shard.count, step):
            count = min(step, shard.first + shard.count - first)
            words = task.sample(count, lengths, shard.seed, shard.split.name, first)
            writer.write_table(_table(words, schema))


def schema_of(task: Task) -> pa.Schema:
    """Return the columns of a task's dataset.

    Examples
    --------
    >>> schema_of(find_task("parity")).names
    ['input_ids', 'labels', 'length']
    """
    if isinstance(task.inputs, Vectors):
        symbol = pa.list_(pa.float64())
    else:
        symbol = pa.uint8() if task.inputs.size <= 256 else pa.uint16()
    label = pa.int32()
    if not isinstance(task.targets, Classes):
        label = pa.list_(pa.int8() if isinstance(task.targets, SymbolSets) else pa.float64())
    columns = [("input_ids", pa.list_(symbol)), ("labels", pa.list_(label)), ("length", pa.uint32())]
    if isinstance(task.inputs, TimedSymbols):
        columns.append(("delays", pa.list_(pa.float64() if task.inputs.dense else pa.int64())))
    return pa.schema(columns)


def _table(words: Words, schema: pa.Schema) -> pa.Table:
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    known = words.labelled
    columns = [
        _lists(words.symbols[inside], inside.sum(1), schema.field("input_ids").type),
        _lists(words.labels[known], known.sum(1), schema.field("labels").type),
        pa.array(words.lengths.astype(np.uint32)),
    ]
    if words.delays is not None:
        columns.append(_lists(words.delays[inside], inside.sum(1), schema.field("delays").type))
    return pa.Table.from_arrays(columns, schema=schema)


def _lists(values: NDArray[Any], counts: NDArray[np.int64], kind: pa.DataType) -> pa.ListArray:
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    if values.ndim == 2:
        cells = _lists(values.ravel(), np.full(len(values), values.shape[1]), kind.value_type)
    else:
        cells = pa.array(values, kind.value_type)
    return pa.ListArray.from_arrays(pa.array(offsets), cells)


def summary_of(folder: Path, split: Split) -> dict[str, Any]:
    """Read a split back from disk; return its words, tokens and content hash."""
    words = tokens = 0
    digest = hashlib.sha256()
    for path in sorted((folder / "data").glob(f"{split.name}-[0-9]*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=1 << 16):
            fields = [_cells(batch.column(name)) for name in ("input_ids", "labels")]
            timed = "delays" in batch.schema.names
            delays = _cells(batch.column("delays")) if timed else (fields[0][0], _NONE)
            digest.update(pack_rows(*fields[0], *delays, *fields[1]).tobytes())
            words += batch.num_rows
            tokens += int(np.asarray(batch.column("length")).sum())
    return {"words": words, "tokens": tokens, "sha256": digest.hexdigest()}


_NONE = np.zeros((0, 0), np.uint32)


def _cells(column: pa.ListArray) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """Return where each row begins and ends, and its entries as rows of 32-bit words."""
    offsets, values = column.offsets.to_numpy(), column.values
    size = 1
    if pa.types.is_list(values.type):
        ends = values.offsets.to_numpy()
        size = int(ends[1] - ends[0]) if len(values) else 1
        values = values.values[int(ends[0]) :]
    flat = values.to_numpy()
    if flat.dtype.itemsize == 8:
        return offsets, flat.view(np.uint32).reshape(-1, 2 * size)
    # Narrow numbers are widened; -1 is 2^32 - 1, as in int32.
    return offsets, flat.astype(np.int64).astype(np.uint32).reshape(-1, size)


@numba.njit(cache=True, nogil=True)
def pack_rows(symbol_ends, symbols, delay_ends, delays, label_ends, labels):  # type: ignore[no-untyped-def]
    """Return the 32-bit words that the content hash is of.

    Each row is its length, its symbols (vectors), its delays where `delays` has columns, its number of
    labels, its labels. Each of the three is an array (entries, words an entry).
    """
    rows = len(symbol_ends) - 1
    held = (symbol_ends[rows] - symbol_ends[0]) * (symbols.shape[1] + delays.shape[1])
    held += (label_ends[rows] - label_ends[0]) * labels.shape[1]
    out = np.empty(2 * rows + held, np.dtype("<u4"))
    at = 0
    for row in range(rows):
        out[at] = symbol_ends[row + 1] - symbol_ends[row]
        at = _copy(out, at + 1, symbols, symbol_ends[row], symbol_ends[row + 1])
        at = _copy(out, at, delays, delay_ends[row], delay_ends[row + 1])
        out[at] = label_ends[row + 1] - label_ends[row]
        at = _copy(out, at + 1, labels, label_ends[row], label_ends[row + 1])
    return out


@numba.njit(cache=True, nogil=True)
def _copy(out, at, entries, begin, end):  # type: ignore[no-untyped-def]
    if entries.shape[1] == 1:
        for index in range(begin, end):
            out[at + index - begin] = entries[index, 0]
        return at + end - begin
    for index in range(begin, end):
        for word in range(entries.shape[1]):
            out[at] = entries[index, word]
            at += 1
    return at
