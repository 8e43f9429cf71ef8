"""What a split says: its content hash, its labels, and its words as numbers that two splits can be compared by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .columns import flat

MOST_WORDS = 1 << 22
"""Words of a split that are kept to compare it with others; of more, every second is, or every fourth, …."""

NONE = np.zeros((0, 0), np.uint32)


def bin_of(length: int | NDArray[np.int64]) -> Any:
    """Return the number of the length's bin: 1-2, 3-4, 5-8, 9-16, ….

    Examples
    --------
    >>> [int(bin_of(n)) for n in (1, 2, 3, 4, 5, 8, 9, 256)]
    [0, 0, 1, 1, 2, 2, 3, 7]
    """
    return np.maximum(np.ceil(np.log2(length)).astype(np.int64), 1) - 1


def name_of_bin(number: int, low: int = 1, high: int | None = None) -> str:
    """Return the lengths of a bin, such as ``9-16``, cut to those from `low` to `high`.

    Examples
    --------
    >>> name_of_bin(3), name_of_bin(0), name_of_bin(5, high=40)
    ('9-16', '1-2', '33-40')
    """
    first = max(low, (1 << number) + 1 if number else 1)
    last = min(1 << (number + 1), high or 1 << 62)
    return f"{first}-{last}" if first < last else str(first)


@dataclass(frozen=True, eq=False)
class Content:
    """What the rows of a split say.

    Attributes
    ----------
    words, tokens : int
    sha256 : str
        Of the rows, as `docs/datasets.md` defines it.
    labels : int64 array, shape (bins, classes), or None
        How often each class is a label, by length; only where labels are classes.
    hashed : (uint64 array, int64 array)
        Hash and length of the words whose lengths were asked for.
    kept : int
        Of these one in so many is kept, the same in every split: those whose hash is a multiple of it.
    """

    words: int
    tokens: int
    sha256: str
    labels: NDArray[np.int64] | None
    hashed: tuple[NDArray[np.uint64], NDArray[np.int64]]
    kept: int

    def overlap(self, other: Content) -> dict[int, float]:
        """Return the share of this split's words that stand in another too, by length bin."""
        step = max(self.kept, other.kept)
        (mine, lengths), theirs = self._every(step), np.unique(other._every(step)[0])
        found = np.isin(mine, theirs)
        bins = bin_of(lengths) if len(lengths) else lengths
        return {int(b): float(found[bins == b].mean()) for b in np.unique(bins)}

    def _every(self, step: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        hashes, lengths = self.hashed
        chosen = hashes % np.uint64(step) == 0
        return hashes[chosen], lengths[chosen]


def content_of(
    batches: Iterable[pa.RecordBatch], classes: int | None = None, compared: tuple[int, int] = (1, 0)
) -> Content:
    """Read the rows of a split once, in their order.

    Parameters
    ----------
    batches : iterable of RecordBatch
    classes : int, optional
        Where labels are classes.
    compared : pair of int
        Shortest and longest of the words to keep for comparing.
    """
    words = tokens = 0
    digest = hashlib.sha256()
    labels = np.zeros((64, classes), np.int64) if classes else None
    hashes: list[NDArray[np.uint64]] = [np.zeros(0, np.uint64)]
    lengths: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    kept = 1
    for batch in batches:
        symbol_ends, symbols = cells(batch.column("input_ids"))
        label_ends, answers = cells(batch.column("labels"))
        timed = "delays" in batch.schema.names
        delay_ends, delays = cells(batch.column("delays")) if timed else (symbol_ends, NONE)
        digest.update(pack_rows(symbol_ends, symbols, delay_ends, delays, label_ends, answers))
        words += batch.num_rows
        sizes = np.diff(symbol_ends)
        tokens += int(sizes.sum())
        if labels is not None:
            count_labels(bin_of(sizes), label_ends, answers.reshape(-1), labels)
        wanted = np.flatnonzero((compared[0] <= sizes) & (sizes <= compared[1]))
        if len(wanted):
            found = hash_rows(symbol_ends, symbols, delays, wanted)
            chosen = found % np.uint64(kept) == 0
            hashes.append(found[chosen])
            lengths.append(sizes[wanted][chosen])
            while sum(map(len, hashes)) > MOST_WORDS:
                kept *= 2
                every, sizes = np.concatenate(hashes), np.concatenate(lengths)
                chosen = every % np.uint64(kept) == 0
                hashes, lengths = [every[chosen]], [sizes[chosen]]
    hashed = np.concatenate(hashes), np.concatenate(lengths)
    return Content(words, tokens, digest.hexdigest(), labels, hashed, kept)


def cells(column: pa.ListArray | pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return where each row begins and ends, and its entries as rows of 32-bit words."""
    ends, values = flat(column)
    if values.dtype.itemsize == 8:
        values = np.ascontiguousarray(values)
        return ends, values.view(np.uint32).reshape(len(values), -1)
    # Narrow numbers are widened; -1 is 2^32 - 1, as in int32.
    wide = values.astype(np.int32, copy=False).view(np.uint32)
    return ends, wide.reshape(len(wide), -1)


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


@numba.njit(cache=True, nogil=True)
def hash_rows(ends, symbols, delays, rows):  # type: ignore[no-untyped-def]
    """Return a 64-bit number for each word named, by Stafford's mixer (variant 13) over its entries."""
    out = np.empty(len(rows), np.uint64)
    for i in range(len(rows)):
        begin, end = ends[rows[i]], ends[rows[i] + 1]
        state = np.uint64(end - begin)
        for index in range(begin, end):
            for word in range(symbols.shape[1]):
                state = _mixed(state ^ np.uint64(symbols[index, word]))
            for word in range(delays.shape[1]):
                state = _mixed(state ^ np.uint64(delays[index, word]))
        out[i] = _mixed(state)
    return out


@numba.njit(cache=True, nogil=True)
def _mixed(x):  # type: ignore[no-untyped-def]
    x += np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def count_labels(bins, ends, labels, counts):  # type: ignore[no-untyped-def]
    """Add each label to its row's bin; those that are no class are left out."""
    classes = np.uint32(counts.shape[1])
    for row in range(len(bins)):
        for index in range(ends[row], ends[row + 1]):
            if labels[index] < classes:
                counts[bins[row], np.int64(labels[index])] += 1
