"""The files of a split: which words each holds, and how one is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import RequestError
from ..files import replacing
from ..names import positive, whole_number
from .asked import checked_lengths
from .source import Words
from .storage.columns import schema_of, table_of
from .storage.formats import FORMATS
from .task import Task

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
    name, *texts = match.groups(default=match[3])
    count, low, high = (whole_number(f"split {name!r}", number) for number in texts)
    return Split(name, positive(f"count of split {name!r}", count), *checked_lengths((low, high)))


@dataclass(frozen=True, eq=False)
class Shard:
    """One file to write.

    Attributes
    ----------
    task : str
        Its name, with `convention`: what a worker builds it from.
    convention : str
    seed : int
    split : Split
    first, count : int
        It holds words `first` to `first + count - 1` of the split's stream, but for `skipped`.
    path : Path
        Its suffix is the format.
    skipped : int64 array
        Numbers of words that were in the dataset already.
    """

    task: str
    convention: str
    seed: int
    split: Split
    first: int
    count: int
    path: Path
    skipped: NDArray[np.int64]

    @property
    def words(self) -> int:
        """Words in the file."""
        return self.count - len(self.skipped)


def shards_of(
    split: Split,
    task: Task,
    seed: int,
    folder: Path,
    suffix: str = "parquet",
    skipped: NDArray[np.int64] | None = None,
) -> list[Shard]:
    """Cut a split into shards.

    Parameters
    ----------
    split, task, seed
    folder : Path
        Where the files are to lie.
    suffix : str
        A format's name.
    skipped : int64 array, optional
        Numbers of words of the stream that are left out, ascending.
    """
    # The cut depends on the request alone, never on the number of workers.
    skipped = np.zeros(0, np.int64) if skipped is None else skipped
    words = max(1, TOKENS_A_SHARD // split.high)
    number = -(-split.count // words)
    # Skipped word number s (from 0) comes after skipped[s] - s words that are kept.
    kept_before = skipped - np.arange(len(skipped))
    shards = []
    for index in range(number):
        begin, end = index * words, min((index + 1) * words, split.count)
        before, until = np.searchsorted(kept_before, [begin, end], side="left")
        # Words skipped just before a shard are read with it: it begins where the last one ended.
        shards.append(
            Shard(
                task.name,
                task.convention,
                seed,
                split,
                begin + int(before),
                end - begin + int(until - before),
                folder / f"{split.name}-{index:05d}-of-{number:05d}.{suffix}",
                skipped[before:until],
            )
        )
    return shards


def write_shard(shard: Shard, task: Task, report: Callable[[int], None]) -> None:
    """Write one file, whole or not at all; `report` is told of words as they are written, and may raise.

    Raises
    ------
    StorageError
        Where the disk is full.
    """
    schema = schema_of(task)
    step = max(1, TOKENS_A_BATCH // shard.split.high)
    lengths = (shard.split.low, shard.split.high)
    form = FORMATS[shard.path.suffix[1:]]
    with replacing(shard.path) as temporary, form.writing(temporary, schema) as write:
        for first in range(shard.first, shard.first + shard.count, step):
            count = min(step, shard.first + shard.count - first)
            words = task.sample(count, lengths, shard.seed, shard.split.name, first)
            begin, end = np.searchsorted(shard.skipped, [first, first + count])
            if begin < end:
                words = _without(words, shard.skipped[begin:end] - first)
            if len(words):
                write(table_of(words, schema))
            report(len(words))


def _without(words: Words, rows: NDArray[np.int64]) -> Words:
    delays = None if words.delays is None else np.delete(words.delays, rows, 0)
    symbols, lengths, labels = (
        np.delete(part, rows, 0) for part in (words.symbols, words.lengths, words.labels)
    )
    return Words(symbols, lengths, labels, delays)
