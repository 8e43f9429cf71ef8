"""The columns of a dataset, and how words and labels stand in them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..kinds import Classes, Readout, SymbolSets, TimedSymbols, Vectors, VectorTargets
from ..source import Words
from ..task import Task


def schema_of(task: Task) -> pa.Schema:
    """Return the columns of a task's dataset.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> schema_of(task("parity")).names
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


def name_of_type(kind: pa.DataType) -> str:
    """Return the name of a column's type, such as ``list<uint8>``.

    Examples
    --------
    >>> name_of_type(pa.list_(pa.list_(pa.float64())))
    'list<list<double>>'
    """
    return f"list<{name_of_type(kind.value_type)}>" if pa.types.is_list(kind) else str(kind)


def type_called(name: str) -> pa.DataType:
    """Return the type with a name of `name_of_type`.

    Raises
    ------
    ValueError
        Where there is none.
    """
    if name.startswith("list<") and name.endswith(">"):
        return pa.list_(type_called(name[5:-1]))
    return pa.type_for_alias(name)


def table_of(words: Words, schema: pa.Schema) -> pa.Table:
    """Return words as rows: no padding, no position without a label."""
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    known = words.labelled
    columns = [
        _lists(_packed(words.symbols, inside), words.lengths, schema.field("input_ids").type),
        _lists(_packed(words.labels, known), known.sum(1), schema.field("labels").type),
        pa.array(words.lengths.astype(np.uint32)),
    ]
    if words.delays is not None:
        columns.append(_lists(_packed(words.delays, inside), words.lengths, schema.field("delays").type))
    return pa.Table.from_arrays(columns, schema=schema)


def _packed(array: NDArray[Any], kept: NDArray[np.bool_]) -> NDArray[Any]:
    if array.ndim == 3:
        return array[kept]
    packed = np.empty(array.size, array.dtype)
    return packed[: _pack(array.reshape(-1), kept.reshape(-1), packed)]


@numba.njit(cache=True, nogil=True)
def _pack(values, kept, out):  # type: ignore[no-untyped-def]
    """Write the values that are kept; return their number."""
    at = 0
    for i in range(len(values)):
        out[at] = values[i]
        at += kept[i]
    return at


def _lists(values: NDArray[Any], counts: NDArray[np.int64], kind: pa.DataType) -> pa.ListArray:
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    if values.ndim == 2:
        cells = _lists(values.ravel(), np.full(len(values), values.shape[1]), kind.value_type)
    else:
        cells = pa.array(values, kind.value_type)
    return pa.ListArray.from_arrays(pa.array(offsets), cells)


def flat(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return where the entries of each row begin and end, and all entries: shape (N,), or (N, size) for vectors.

    Examples
    --------
    >>> flat(pa.array([[4, 5], [], [6]]))
    (array([0, 2, 2, 3]), array([4, 5, 6]))
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    offsets = column.offsets.to_numpy().astype(np.int64)
    values = column.values.slice(offsets[0], offsets[-1] - offsets[0])
    if not pa.types.is_list(values.type):
        return offsets - offsets[0], values.to_numpy(zero_copy_only=False)
    ends = values.offsets.to_numpy()
    size = int(ends[1] - ends[0]) if len(values) else 1
    inner = values.values.slice(ends[0], ends[-1] - ends[0]).to_numpy(zero_copy_only=False)
    return offsets - offsets[0], inner.reshape(-1, size)


def words_of(task: Task, table: pa.Table) -> Words:
    """Return rows as a batch of words, padded as `Task.sample` does.

    Raises
    ------
    RequestError
        Where labels are missing between others and the task's rule cannot say where.
    """
    ends, symbols = flat(table.column("input_ids"))
    lengths = np.diff(ends)
    words = task.buffers(len(lengths), int(lengths.max()))
    width = words.symbols.shape[1]
    inside = np.arange(width) < lengths[:, None]
    words.symbols[:] = 0
    words.symbols[inside] = symbols
    if words.delays is not None:
        words.delays[:] = 0
        words.delays[inside] = flat(table.column("delays"))[1]
    labels = words.labels
    labels[:] = np.nan if isinstance(task.targets, VectorTargets) else -100
    label_ends, values = flat(table.column("labels"))
    counts = np.diff(label_ends)
    begins = {Readout.PREFIX: 0, Readout.FINAL: lengths - 1, Readout.SEQUENCE: lengths}[task.readout]
    if task.readout is Readout.SEQUENCE:
        ends_of_answers = lengths + task.source.answers(lengths)
        at = np.arange(width)
        words.symbols[(at >= lengths[:, None]) & (at < ends_of_answers[:, None])] = task.model_inputs - 1
    if task.readout is Readout.PREFIX and (counts != lengths).any():
        known = Words(words.symbols, lengths, task.label(words.symbols, lengths, words.delays)).labelled
    else:
        first = np.broadcast_to(np.asarray(begins), lengths.shape)[:, None]
        known = (np.arange(width) >= first) & (np.arange(width) < first + counts[:, None])
    labels[known] = values
    return Words(words.symbols, lengths, labels, words.delays)
