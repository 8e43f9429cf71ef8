"""Tasks that a board may look at, and the accuracy of the best constant answer to them."""

from __future__ import annotations

from functools import cache

from ..errors import KrohnError
from ..generators.figures import task_chance
from ..generators.task import Task
from ..generators.tasks import task as find_task


@cache
def known_task(name: str) -> Task | None:
    """Return the task called so, or None where it is a user's own: a board opens no file that a row names.

    Examples
    --------
    >>> known_task("word:S3").name, known_task("file:examples/turnstile.dot"), known_task("nobody's")
    ('word:S3', None, None)
    """
    if "file" in name.split(":"):
        return None
    try:
        return find_task(name)
    except KrohnError:
        return None


@cache
def known_chance(name: str) -> float | None:
    """Return the chance of a task; None where it is not known."""
    task = known_task(name)
    return None if task is None else task_chance(task)


def chances_of(names: list[str]) -> dict[str, float]:
    """Return the chance of those tasks of which it is known."""
    found = {name: known_chance(name) for name in names}
    return {name: chance for name, chance in found.items() if chance is not None}
