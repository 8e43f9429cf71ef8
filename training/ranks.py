"""One training by several processes: each takes a part of every batch, and their gradients are added up.

A gradient of the whole batch is the sum of the gradients of its parts, each weighted by its share of the labels:
what `parts` gives one process in turn, it gives several at once. So the words of a step, and up to rounding its
gradient, are those of one process, whatever their number.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..errors import KrohnError, RequestError
from .torchrun import rank_and_world

Value = TypeVar("Value")
PATIENCE = timedelta(hours=6)
"""How long the others wait while the first validates or writes."""


@dataclass(frozen=True)
class Ranks:
    """Which of how many processes this is, and where it computes.

    Attributes
    ----------
    rank, world : int
    device : str

    Examples
    --------
    >>> Ranks(1, 2, "cpu").rows(5)
    slice(2, 5, None)
    """

    rank: int = 0
    world: int = 1
    device: str = "cpu"

    @property
    def first(self) -> bool:
        """Whether this is the process that validates and writes."""
        return self.rank == 0

    def rows(self, count: int) -> slice:
        """Return which of `count` words are this process's."""
        return slice(count * self.rank // self.world, count * (self.rank + 1) // self.world)

    def by_first(self, work: Callable[[], Value]) -> Value:
        """Let the first process work; all return what it returned, or raise the error of ours that it raised."""
        if self.world == 1:
            return work()
        outcome: list[object] = [None, None]
        if self.first:
            try:
                outcome[0] = work()
            except KrohnError as error:
                outcome[1] = error
        dist.broadcast_object_list(outcome, src=0, device=torch.device(self.device))
        if isinstance(outcome[1], KrohnError):
            raise outcome[1]
        return outcome[0]  # type: ignore[return-value]

    def add_up(self, model: nn.Module, more: Tensor) -> Tensor:
        """Add up the gradients of all processes, in place, and return the sum of `more`, shape (K,).

        A parameter that no process has a gradient for keeps none.
        """
        if self.world == 1:
            return more
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        has = torch.tensor([float(parameter.grad is not None) for parameter in parameters])
        slopes = [
            (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad).flatten()
            for parameter in parameters
        ]
        flat = torch.cat([*slopes, has.to(more.device), more])
        dist.all_reduce(flat)
        sizes = [*(len(slope) for slope in slopes), len(has), len(more)]
        *slopes, has, more = torch.split(flat, sizes)
        for parameter, slope, count in zip(parameters, slopes, has.tolist(), strict=True):
            if count:
                parameter.grad = slope.view_as(parameter)
        return more


@contextmanager
def all_ranks(device: str, batch: int) -> Iterator[Ranks]:
    """Yield this process's place among those that torchrun started; the only one where it started none.

    Parameters
    ----------
    device : str
        For any CUDA device among several processes: the one of this process's number on its machine.
    batch : int
        Words in a batch.

    Raises
    ------
    RequestError
        Where there are more processes than words, or than CUDA devices on this machine.
    """
    rank, world = rank_and_world()
    if world == 1:
        yield Ranks(device=device)
        return
    if batch < world:
        raise RequestError(f"batch is {batch} for {world} processes: expected at least a word for each")
    if device != "cpu":
        local, count = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if local >= count:
            raise RequestError(f"process {local} of this machine has no GPU: it has {count} CUDA devices")
        device = f"cuda:{local}"
        torch.cuda.set_device(local)
    dist.init_process_group("gloo" if device == "cpu" else "nccl", timeout=PATIENCE)
    try:
        yield Ranks(rank, world, device)
    finally:
        dist.destroy_process_group()
