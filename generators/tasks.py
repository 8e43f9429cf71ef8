"""Finding a task by its name."""

from __future__ import annotations

from . import catalogue, machine_files, rules, timed  # noqa: F401  these register ours, before any of a user's
from .families import FAMILIES, Family, build, register_task
from .task import Task

__all__ = ["families", "register_task", "task"]


def families() -> list[Family]:
    """Return every family, in the order of registration (ours first)."""
    return list(FAMILIES.values())


def task(name: str) -> Task:
    """Return the task called `name`.

    Raises
    ------
    RequestError
        For an unknown family (the nearest is named), a wrong number of parameters, or a value out of range.

    Examples
    --------
    >>> task("count:5").inputs, task("count:5").targets
    (Symbols(size=2), Classes(size=5))
    """
    return build(name)
