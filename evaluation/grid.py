"""The lengths of a grid that words of a task can have."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import RequestError
from ..generators.task import Task


def possible(task: Task, lengths: Sequence[int]) -> list[int]:
    """Return, for each length, itself or the next that words can have below twice of it; without doubles.

    Raises
    ------
    RequestError
        Where words have none of them.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> possible(task("parity"), [40, 64])
    [40, 64]
    """
    found = []
    for length in lengths:
        near = task.source.lengths(length, 2 * length - 1)
        found += [int(near[0])] if len(near) else []
    if not found:
        raise RequestError(
            f"task {task.name!r} has no words of length {min(lengths)} to {2 * max(lengths)}: say --lengths"
        )
    return list(dict.fromkeys(found))
