"""Anyone's data: Parquet, JSON lines or CSV with a column of words and one of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...errors import DamagedFileError, RequestError
from ...names import nearest
from .examples import Examples, examples_of_rows

SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".csv")


def read_examples(path: Path, word: str, label: str, limit: int, size: int | None = None) -> Examples:
    """Return the first words of a file.

    A word is a list of whole numbers, a text of numbers separated by spaces, or a text of which every character is a
    symbol (numbered in the order of the alphabet, in use); a label is a number, a text, or a list of either as a
    word is.

    Parameters
    ----------
    path : Path
    word, label : str
        Names of the two columns.
    limit : int
        Most words to read.
    size : int, optional
        Symbols in the alphabet, where it is known.

    Raises
    ------
    RequestError
        Where there is no such file, it has another suffix, or lacks a column; the nearest that it has is named. Where
        a row is no word, or has a symbol outside the alphabet.
    DamagedFileError
        Where it cannot be read.
    """
    if not path.is_file():
        raise RequestError(f"no file {path}")
    if path.suffix not in SUFFIXES:
        raise RequestError(f"{path} ends in {path.suffix!r}: expected one of {', '.join(SUFFIXES)}")
    try:
        table = _read(path, (word, label)).slice(0, limit)
    except (pa.ArrowInvalid, OSError) as error:
        raise DamagedFileError(f"{path} is damaged: {str(error).splitlines()[0]}") from None
    for column in (word, label):
        if column not in table.column_names:
            near = nearest(column, table.column_names)
            hint = f"; did you mean {near!r}?" if near else ""
            raise RequestError(
                f"{path} has no column {column!r}: expected one of {', '.join(table.column_names)}{hint}"
            )
    if not len(table):
        raise RequestError(f"{path} holds no words: expected at least one")
    ends, symbols = _numbers(path, word, table.column(word), True)
    label_ends, labels = _numbers(path, label, table.column(label), False)
    _check(path, word, ends, symbols, size)
    if (np.diff(label_ends) == 0).any():
        raise RequestError(
            f"{path}, row {int((np.diff(label_ends) == 0).argmax())}: column {label!r} is empty"
        )
    return examples_of_rows(symbols, ends, labels, label_ends)


def _read(path: Path, columns: tuple[str, str]) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    if path.suffix == ".csv":  # a word 0110 is no number
        options = pa.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()))
        return pa.csv.read_csv(path, convert_options=options)
    return pa.json.read_json(path)


def _check(
    path: Path, word: str, ends: NDArray[np.int64], symbols: NDArray[np.int64], size: int | None
) -> None:
    empty = np.diff(ends) == 0
    if empty.any():
        raise RequestError(f"{path}, row {int(empty.argmax())}: column {word!r} is empty")
    outside = (symbols < 0) | (symbols >= (size or np.iinfo(np.int64).max))
    if outside.any():
        at = int(outside.argmax())
        row = int(np.searchsorted(ends, at, side="right")) - 1
        expected = f"0 to {size - 1}" if size else "whole numbers from 0 on"
        raise RequestError(
            f"{path}, row {row}: column {word!r} has the symbol {symbols[at]}: expected {expected}"
        )


def _numbers(
    path: Path, name: str, column: pa.ChunkedArray, is_word: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each row begins and ends, and all numbers."""
    values = pa.concat_arrays(column.chunks)
    _refuse_missing(path, name, values, np.arange(len(values) + 1), "is missing")
    if _is_text(values):
        values = _from_text(values, is_word)
        if is_word and _is_text(values):
            return _characters(values)
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        lengths = pc.list_value_length(values).to_numpy().astype(np.int64)
        ends, values = np.concatenate([[0], np.cumsum(lengths)]), values.flatten()
        _refuse_missing(path, name, values, ends, "is ragged: a symbol is missing")
    else:
        ends = np.arange(len(values) + 1)
    if pa.types.is_list(values.type):
        raise RequestError(f"{path}: column {name!r} holds lists of lists: expected one list a row")
    return ends, _whole(path, name, values)


def _refuse_missing(path: Path, name: str, values: pa.Array, ends: NDArray[np.int64], what: str) -> None:
    if values.null_count:
        at = int(np.argmax(values.is_null().to_numpy(zero_copy_only=False)))
        row = int(np.searchsorted(ends, at, side="right")) - 1
        raise RequestError(f"{path}, row {row}: column {name!r} {what}")


def _is_text(values: pa.Array) -> bool:
    return bool(pa.types.is_string(values.type) or pa.types.is_large_string(values.type))


def _whole(path: Path, name: str, values: pa.Array) -> NDArray[np.int64]:
    if _is_text(values):
        return np.unique(values.to_numpy(zero_copy_only=False), return_inverse=True)[1].astype(np.int64)
    found: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type):
        return found.astype(np.int64)
    if not pa.types.is_floating(values.type) or (found != np.round(found)).any():
        raise RequestError(f"{path}: column {name!r} holds {values.type}: expected whole numbers or text")
    return found.astype(np.int64)


def _from_text(values: pa.Array, is_word: bool) -> pa.Array:
    """Turn ``0 1 1``, ``[0, 1, 1]`` and ``0,1,1`` into lists of numbers, and labels that are numbers into these."""
    bare = pc.utf8_trim(values, "[]() ")
    if not pc.all(pc.match_substring_regex(bare, r"^-?\d+([\s,;]+-?\d+)*$")).as_py():
        return values
    if pc.any(pc.match_substring_regex(bare, r"[\s,;]")).as_py():
        parts = pc.split_pattern_regex(bare, r"[\s,;]+")
        return pa.ListArray.from_arrays(parts.offsets, parts.values.cast(pa.int64()))
    return values if is_word else bare.cast(pa.int64())


def _characters(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ends = np.concatenate([[0], np.cumsum(pc.utf8_length(values).to_numpy().astype(np.int64))])
    codes = np.frombuffer("".join(values.to_pylist()).encode("utf-32-le"), np.uint32).astype(np.int64)
    if len(codes) and codes.min() >= 48 and codes.max() <= 57:  # digits are numbers
        return ends, codes - 48
    return ends, np.unique(codes, return_inverse=True)[1].astype(np.int64)
