"""An endless stream of batches as torch tensors, the same wherever it is made and however it is shared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch.distributed
from torch.utils.data import IterableDataset, get_worker_info

from ..errors import RequestError
from ..names import positive, shown, whole
from .asked import checked_lengths, checked_split
from .task import Task
from .tasks import task as find_task
from .tensors import Batch, to_tensors


class Stream(IterableDataset[Batch]):
    """Batches of consecutive words; see `stream`.

    Attributes
    ----------
    start : int
        Index of the first batch of all ranks.
    rank, world : int
        This process takes batches start + rank, start + rank + world, …
    """

    def __init__(
        self,
        task: Task,
        batch: int,
        lengths: tuple[int, int],
        seed: int,
        split: str,
        start: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        super().__init__()
        self.world = positive("world", world)
        if rank not in range(self.world):
            raise RequestError(f"rank is {shown(rank)}: expected 0 to {world - 1}, below world")
        self.rank = int(rank)
        self.task = task
        self.batch = positive("batch", batch)
        self.lengths = checked_lengths(lengths)
        self.shortest = int(task.lengths(*self.lengths)[0])
        self.seed = whole("seed", seed)
        self.split = checked_split(split)
        self.start = self._position = whole("start", start)

    def at(self, index: int, longest: int | None = None) -> Batch:
        """Return batch `index`; words of at most `longest` inputs where given (a curriculum)."""
        low, high = self.lengths
        high = high if longest is None else min(high, max(self.shortest, longest))
        words = self.task.sample(self.batch, (low, high), self.seed, self.split, first=index * self.batch)
        return to_tensors(self.task, words)

    def __iter__(self) -> Iterator[Batch]:
        # Workers take turns among the batches of their rank, as a DataLoader does in asking them: the order in
        # which it hands them on does not depend on the number of workers.
        worker = get_worker_info()
        turn, turns = (worker.id, worker.num_workers) if worker else (0, 1)
        self._position = self.start
        while True:
            index = self._position + self.rank + self.world * turn
            self._position += self.world * turns
            yield self.at(index)

    def state_dict(self, batches: int | None = None) -> dict[str, Any]:
        """Return where the stream stands, for `load_state_dict` and any JSON file.

        Parameters
        ----------
        batches : int, optional
            Batches used on this rank since the stream began (since it was restored, if it was). A
            `DataLoader` with workers fetches ahead, in other processes: count what it hands on, and say it
            here. Where not given, what was iterated in this process.

        Examples
        --------
        >>> words = stream("parity", batch=2, lengths=(3, 3))
        >>> batches = iter(words)
        >>> _ = next(batches), next(batches)
        >>> again = stream("parity", batch=2, lengths=(3, 3))
        >>> again.load_state_dict(words.state_dict())
        >>> bool((next(iter(again)).inputs == next(batches).inputs).all())
        True
        """
        position = self._position
        if batches is not None:
            position = self.start + self.world * whole("batches", batches)
        return {**self._identity(), "start": position}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where a stream stood; all ranks do, and there may be more of them or fewer.

        Raises
        ------
        RequestError
            Where it was another stream, or the state is damaged.
        """
        expected = {**self._identity(), "start": self.start}
        if not isinstance(state, Mapping) or not expected.keys() <= state.keys():
            lacks = [key for key in expected if isinstance(state, Mapping) and key not in state]
            what = f"the state has no {lacks[0]!r}" if lacks else f"the state is {shown(state)}"
            raise RequestError(f"{what}: expected what state_dict() of a stream returned")
        for key, own in self._identity().items():
            given = list(state[key]) if isinstance(state[key], tuple) else state[key]
            if given != own:
                raise RequestError(
                    f"the state is of a stream with {key} {shown(given)}: expected {shown(own)}"
                )
        self.start = self._position = whole("start of the state", state["start"])

    def _identity(self) -> dict[str, Any]:
        return {
            "task": self.task.identity,
            "batch": self.batch,
            "lengths": list(self.lengths),
            "seed": self.seed,
            "split": self.split,
        }


def stream(
    task: Task | str,
    batch: int,
    lengths: tuple[int, int],
    seed: int = 0,
    split: str = "train",
    start: int = 0,
    rank: int | None = None,
    world: int | None = None,
) -> Stream:
    """Return an endless `IterableDataset` of batches.

    Ranks and the workers of a `DataLoader` (``batch_size=None``) share it: together they give every batch
    once, whatever their numbers.

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
    rank, world : int, optional
        Which of how many processes this is; those of `torch.distributed` where it is initialised, otherwise
        the only one.

    Raises
    ------
    RequestError
        For a number out of range, or lengths that words of this task cannot have.

    Examples
    --------
    >>> first = next(iter(stream("word:C5", batch=2, lengths=(3, 3), seed=1)))
    >>> first.inputs.shape, first.labels.shape
    (torch.Size([2, 3]), torch.Size([2, 3]))
    """
    together = torch.distributed.is_available() and torch.distributed.is_initialized()
    if (rank is None) != (world is None):
        raise RequestError(f"rank is {rank} and world is {world}: expected both or neither")
    if rank is None or world is None:
        rank = torch.distributed.get_rank() if together else 0
        world = torch.distributed.get_world_size() if together else 1
    found = task if isinstance(task, Task) else find_task(task)
    return Stream(found, batch, lengths, seed, split, start, rank, world)
