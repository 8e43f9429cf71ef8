"""The words of a split as a torch dataset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import torch
from torch.utils.data import Dataset

from ..task import Task
from ..tensors import Batch, to_tensors
from .columns import words_of


class TorchWords(Dataset[Batch]):
    """A split; ``DataLoader(words, batch_size=64, collate_fn=words.collate)`` gives batches like those of `stream`.

    Parameters
    ----------
    task : Task
    table : Table
        Its rows.
    """

    def __init__(self, task: Task, table: pa.Table) -> None:
        self.task = task
        self.table = table.combine_chunks()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def batch(self, indices: Sequence[int]) -> Batch:
        """Return some words together, padded to the longest."""
        return to_tensors(self.task, words_of(self.task, self.table.take(np.asarray(indices, np.int64))))

    def __getitem__(self, index: int) -> Batch:
        """Return one word: as in `Batch`, without the first dimension."""
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        inputs, labels, lengths = self.batch([index % len(self)])
        return Batch(inputs[0], labels[0], lengths[0])

    def __getitems__(self, indices: list[int]) -> list[Batch]:
        """Return what a `DataLoader` asks for at once; `collate` hands it on."""
        return [self.batch(indices)]

    @staticmethod
    def collate(batches: list[Batch]) -> Batch:
        """Return the batch that `__getitems__` made."""
        (batch,) = batches
        assert isinstance(batch.lengths, torch.Tensor)
        return batch
