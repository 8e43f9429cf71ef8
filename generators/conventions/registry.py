"""Finding a task as a peer has it."""

from __future__ import annotations

from ..task import Task
from ..tasks import task as find_task


def convention_task(convention: str, name: str) -> Task:
    """Return a task as a convention has it."""
    return find_task(name)
