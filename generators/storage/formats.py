"""The file formats of a dataset: Parquet, and JSON lines and CSV for people without it.

In CSV the numbers of a list are separated by spaces, and vectors by ``;``.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

ROWS_A_BATCH = 1 << 14
BYTES_A_BATCH = 1 << 24


class Format(ABC):
    """A file format; `suffix` is also its name, `media` its media type."""

    suffix: ClassVar[str]
    media: ClassVar[str]

    @abstractmethod
    def writing(self, path: Path, schema: pa.Schema) -> Any:
        """Return a context that yields ``write(table)``."""

    @abstractmethod
    def batches(self, path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield a file's rows in their order, within bounded memory."""


class Parquet(Format):
    """Columns, compressed with zstd."""

    suffix, media = "parquet", "application/x-parquet"

    @contextmanager
    def writing(self, path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
        """See `Format`."""
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            yield writer.write_table

    def batches(self, path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """See `Format`."""
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=ROWS_A_BATCH)


class Text(Format):
    """Rows as lines of text."""

    header: ClassVar[bool]

    @contextmanager
    def writing(self, path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
        """See `Format`."""
        with path.open("wb") as file:
            if self.header:
                file.write((",".join(schema.names) + "\n").encode())

            def write(table: pa.Table) -> None:
                for batch in table.to_batches(max_chunksize=ROWS_A_BATCH):
                    lines = self.lines(batch)
                    ends = np.frombuffer(lines.buffers()[1], np.int32)
                    file.write(memoryview(lines.buffers()[2])[: ends[len(lines)]])

            yield write

    def batches(self, path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """See `Format`."""
        with path.open("rb") as file:
            if self.header:
                file.readline()
            while block := file.readlines(BYTES_A_BATCH):
                yield from self.parsed(io.BytesIO(b"".join(block)), schema).to_batches()

    @abstractmethod
    def lines(self, batch: pa.RecordBatch) -> pa.StringArray:
        """Return the lines of rows, ends of lines included."""

    @abstractmethod
    def parsed(self, block: io.BytesIO, schema: pa.Schema) -> pa.Table:
        """Return the rows of some lines."""


class JsonLines(Text):
    """A JSON object a row."""

    suffix, media, header = "jsonl", "application/jsonlines", False

    def lines(self, batch: pa.RecordBatch) -> pa.StringArray:
        """See `Text`."""
        parts: list[Any] = []
        for number, name in enumerate(batch.schema.names):
            parts += [f'{", " if number else "{"}"{name}": ', _text(batch.column(name), ", ", ("[", "]"))]
        return pc.binary_join_element_wise(*parts, "}\n", "")

    def parsed(self, block: io.BytesIO, schema: pa.Schema) -> pa.Table:
        """See `Text`."""
        options = pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        reading = pa.json.ReadOptions(block_size=max(1, block.getbuffer().nbytes))
        return pa.json.read_json(block, reading, options).select(schema.names).cast(schema)


class Csv(Text):
    """Lists as numbers separated by spaces."""

    suffix, media, header = "csv", "text/csv", True

    def lines(self, batch: pa.RecordBatch) -> pa.StringArray:
        """See `Text`."""
        parts: list[Any] = []
        for number, name in enumerate(batch.schema.names):
            column = batch.column(name)
            nested = pa.types.is_list(column.type) and pa.types.is_list(column.type.value_type)
            parts += ["," if number else "", _text(column, ";" if nested else " ", ("", ""))]
        return pc.binary_join_element_wise(*parts, "\n", "")

    def parsed(self, block: io.BytesIO, schema: pa.Schema) -> pa.Table:
        """See `Text`."""
        kinds = {name: pa.string() for name in schema.names}
        table = pa.csv.read_csv(
            block,
            pa.csv.ReadOptions(column_names=schema.names, block_size=max(1, block.getbuffer().nbytes)),
            convert_options=pa.csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        )
        columns = [
            _numbers(table.column(name).combine_chunks(), schema.field(name).type) for name in schema.names
        ]
        return pa.Table.from_arrays(columns, schema=schema)


FORMATS: dict[str, Format] = {kind.suffix: kind for kind in (Parquet(), JsonLines(), Csv())}


def _text(column: pa.Array, between: str, around: tuple[str, str]) -> pa.StringArray:
    """Return each entry as text; lists with what stands between two numbers and around all."""
    if not pa.types.is_list(column.type):
        return column.cast(pa.string())
    inner = between if between == ", " else " "
    offsets = pc.subtract(column.offsets, column.offsets[0])
    texts = pa.ListArray.from_arrays(offsets, _text(column.flatten(), inner, around))
    return pc.binary_join_element_wise(around[0], pc.binary_join(texts, between), around[1], "")


def _numbers(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_list(kind):
        return texts.cast(kind)
    between = ";" if pa.types.is_list(kind.value_type) else " "
    parts = pc.split_pattern(texts, between)
    empty = pc.equal(texts, "")
    if pc.any(empty).as_py():  # splitting no text gives one empty part
        parts = pc.if_else(empty, pa.array([[]], pa.list_(pa.string()))[0], parts)
    return pa.ListArray.from_arrays(parts.offsets, _numbers(parts.values, kind.value_type))
