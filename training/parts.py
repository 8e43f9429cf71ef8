"""A batch in parts, whose gradients add up to the whole batch's."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from ..automata.runs import IGNORED
from ..generators.kinds import Targets, VectorTargets
from ..generators.tensors import Batch
from .ranks import Ranks


def parts(batch: Batch, count: int, targets: Targets, ranks: Ranks) -> Iterator[tuple[Batch, float]]:
    """Yield the parts of a process's words, each with its share of the batch's labels.

    Means so weighted, of all parts of all processes, add up to the mean over the whole batch.

    Examples
    --------
    >>> from krohn.generators.stream import stream
    >>> words = stream("parity-final", batch=4, lengths=(3, 3))
    >>> [(len(part.lengths), share) for part, share in parts(words.at(0), 2, words.task.targets, Ranks())]
    [(2, 0.5), (2, 0.5)]
    """
    if count * ranks.world == 1:
        yield batch, 1.0
        return
    own = ranks.rows(len(batch.lengths))
    size = -(-(own.stop - own.start) // count)
    known = _labelled(targets, batch.labels).flatten(1).sum(1)
    for begin in range(own.start, own.stop, size):
        end = min(begin + size, own.stop)
        part = Batch(*(tensor[begin:end] for tensor in batch))
        share = float(known[begin:end].sum() / known.sum())
        if share:
            yield part, share


def _labelled(targets: Targets, labels: Tensor) -> Tensor:
    return ~labels.isnan() if isinstance(targets, VectorTargets) else labels != IGNORED
