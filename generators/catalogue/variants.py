"""Other questions about a regular task, by a family in front of its name: ``recognition:tomita:4``."""

from __future__ import annotations

from collections.abc import Callable

from .. import regular
from ..families import Rest, build, register_task
from ..task import Task


def _made(family: str, name: str, make: Callable[[str, Task], Task]) -> Task:
    inner = build(name)
    return make(f"{family}:{inner.name}", inner)


@register_task("prefix", example="prefix:parity-final")
def prefix(TASK: Rest) -> Task:
    """Uniform words of a regular task; after every symbol, the class."""
    return _made("prefix", TASK, regular.prefix_task)


@register_task("final", example="final:cycle:5")
def final(TASK: Rest) -> Task:
    """Words of a regular task; after the last symbol, the class."""
    return _made("final", TASK, regular.final_task)


@register_task("recognition", example="recognition:tomita:4")
def recognition(TASK: Rest) -> Task:
    """Words of a regular task, half of them accepted, a quarter near misses; after the last symbol, whether accepted.

    Where there are more classes than two, accepted are the words with the class of the empty one.
    """
    return _made("recognition", TASK, regular.recognition_task)


@register_task("balanced", example="balanced:word:S3")
def balanced(TASK: Rest) -> Task:
    """Words of a regular task with all classes alike; after the last symbol, the class."""
    return _made("balanced", TASK, regular.balanced_task)


@register_task("balanced-states", example="balanced-states:tomita:4")
def balanced_states(TASK: Rest) -> Task:
    """Words of a regular task with all states at their ends alike; after the last symbol, the class."""
    return _made("balanced-states", TASK, regular.balanced_states_task)


@register_task("next-symbols", example="next-symbols:nested:4")
def next_symbols(TASK: Rest) -> Task:
    """Words that begin an accepted one; after every symbol, the set of those that may follow, the end included."""
    return _made("next-symbols", TASK, regular.next_symbols_task)
