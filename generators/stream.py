"""An endless stream of batches as torch tensors, the same wherever it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from ..names import positive
from .task import Task, Words, checked_lengths
from .tasks import task as find_task


class Batch(NamedTuple):
    """A batch of labelled words.

    Attributes
    ----------
    inputs : Tensor, shape (B, L), int64 (for vectors: (B, L, dimension), float32)
    labels : Tensor, shape (B, L), int64
        -100 where a position has no label.
    lengths : Tensor, shape (B,), int64
    """

    inputs: Tensor
    labels: Tensor
    lengths: Tensor


def to_tensors(words: Words) -> Batch:
    """Return `words` as tensors."""
    return Batch(
        torch.from_numpy(words.symbols.astype(np.int64)),
        torch.from_numpy(words.labels.astype(np.int64)),
        torch.from_numpy(words.lengths),
    )


class Stream(IterableDataset[Batch]):
    """Batches of consecutive words; see `stream`."""

    def __init__(
        self, task: Task, batch: int, lengths: tuple[int, int], seed: int, split: str, start: int = 0
    ) -> None:
        super().__init__()
        self.task = task
        self.batch = positive("batch", batch)
        self.lengths = checked_lengths(lengths)
        self.seed = seed
        self.split = split
        self.start = start

    def at(self, index: int, longest: int | None = None) -> Batch:
        """Return batch `index`; words of at most `longest` symbols where given (a curriculum)."""
        low, high = self.lengths
        high = high if longest is None else min(high, max(low, longest))
        words = self.task.sample(self.batch, (low, high), self.seed, self.split, first=index * self.batch)
        return to_tensors(words)

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        index = self.start + (worker.id if worker else 0)
        while True:
            yield self.at(index)
            index += worker.num_workers if worker else 1


def stream(
    task: Task | str,
    batch: int,
    lengths: tuple[int, int],
    seed: int = 0,
    split: str = "train",
    start: int = 0,
) -> Stream:
    """Return an endless `IterableDataset` of batches.

    Parameters
    ----------
    task : Task or str
    batch : int
        B, words in a batch.
    lengths : pair of int
        The shortest and the longest length.
    seed : int
        Root seed.
    split : str
        Each split has random bits of its own.
    start : int
        Index of the first batch: a stream that stopped after k batches goes on with ``start=k``.

    Examples
    --------
    >>> first = next(iter(stream("word:C5", batch=2, lengths=(3, 3), seed=1)))
    >>> first.inputs.shape, first.labels.shape
    (torch.Size([2, 3]), torch.Size([2, 3]))
    """
    return Stream(find_task(task) if isinstance(task, str) else task, batch, lengths, seed, split, start)
