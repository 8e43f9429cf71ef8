"""A batch of words half run: what it takes to go on with it, in one file, whole or absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save as save_bytes

from ..files import write_bytes
from ..models.layers import State
from ..training.checkpoint import read_tensors


class Paused(NamedTuple):
    """Where a batch stands.

    Attributes
    ----------
    begin : int
        Columns that were run.
    state : dict of str to Tensor
        The model's, after them.
    sums : dict of str to int64 array
        `Counter.sums` of them.
    """

    begin: int
    state: State
    sums: dict[str, NDArray[Any]]


def write_paused(path: Path, batch: str, paused: Paused) -> None:
    """Write where a batch stands; `batch` says which it is."""
    tensors = {f"state.{name}": value.detach().cpu().clone() for name, value in paused.state.items()}
    tensors |= {f"sums.{name}": torch.from_numpy(value.copy()) for name, value in paused.sums.items()}
    tensors["begin"] = torch.tensor(paused.begin)
    tensors["batch"] = torch.from_numpy(np.frombuffer(batch.encode(), np.uint8).copy())
    write_bytes(path, save_bytes({name: value.contiguous() for name, value in tensors.items()}))


def read_paused(path: Path, batch: str) -> Paused | None:
    """Return where a batch stands; None where the file is of another, or there is none.

    Raises
    ------
    DamagedFileError
        Where it is cut short.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "paused.safetensors"
    >>> write_paused(path, "fp32 4:0:2", Paused(3, {"h": torch.ones(2)}, {"first": np.array([1, 2])}))
    >>> found = read_paused(path, "fp32 4:0:2")
    >>> found.begin, found.state["h"].tolist(), found.sums["first"].tolist(), read_paused(path, "fp32 5:0:2")
    (3, [1.0, 1.0], [1, 2], None)
    """
    if not path.is_file():
        return None
    tensors = read_tensors(path)
    if "batch" not in tensors or tensors["batch"].numpy().tobytes() != batch.encode():
        return None
    parts: dict[str, dict[str, torch.Tensor]] = {"state": {}, "sums": {}}
    for name, value in tensors.items():
        part, dot, own = name.partition(".")
        if dot:
            parts[part][own] = value
    sums = {name: value.numpy() for name, value in parts["sums"].items()}
    return Paused(int(tensors["begin"]), parts["state"], sums)
