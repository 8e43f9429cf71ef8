"""Words as the tensors that models read and answer."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .kinds import Classes, Symbols, TimedSymbols
from .source import Words
from .task import Task


class Batch(NamedTuple):
    """A batch of labelled words.

    Attributes
    ----------
    inputs : Tensor, shape (B, W), int64
        For vectors: (B, W, dimension), float32; for timed symbols: (B, W, size + 1), float32, one number for
        each symbol (1 for the one that was read) and the delay.
    labels : Tensor, shape (B, W), int64
        -100 where a position has no label. For symbol sets: (B, W, size), int8. For vectors: (B, W,
        dimension), float64, NaN where a position has no label.
    lengths : Tensor, shape (B,), int64
    """

    inputs: Tensor
    labels: Tensor
    lengths: Tensor


def inputs_of(task: Task, words: Words, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return what a model reads, as in `Batch`; numbers as `dtype`.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> inputs_of(task("parity"), task("parity").sample(2, (3, 3))).dtype
    torch.int64
    """
    if isinstance(task.inputs, Symbols):
        return torch.from_numpy(words.symbols.astype(np.int64))
    if not isinstance(task.inputs, TimedSymbols):
        return torch.from_numpy(words.symbols).to(dtype)
    out = torch.zeros(*words.symbols.shape, task.model_inputs, dtype=dtype)
    inside = torch.from_numpy(np.arange(words.symbols.shape[1]) < words.lengths[:, None])
    out.scatter_(
        2, torch.from_numpy(words.symbols.astype(np.int64)).unsqueeze(-1), inside.unsqueeze(-1).to(dtype)
    )
    assert words.delays is not None
    out[..., -1] = torch.from_numpy(words.delays)
    return out


def labels_of(task: Task, labels: NDArray[Any]) -> Tensor:
    """Return what a model is to answer, as in `Batch`."""
    return torch.from_numpy(labels.astype(np.int64) if isinstance(task.targets, Classes) else labels)


def to_tensors(task: Task, words: Words) -> Batch:
    """Return `words` as tensors."""
    lengths = torch.from_numpy(words.lengths)
    return Batch(inputs_of(task, words), labels_of(task, words.labels), lengths)
