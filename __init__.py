"""Krohn: what can your sequence model compute, up to which length, and at which precision?

`import krohn` is quick: every name below is looked up, and torch imported, when it is first used.

Examples
--------
>>> import krohn
>>> words = krohn.task("parity").sample(2, lengths=(4, 4), seed=1)
>>> words.symbols.shape, words.labels.shape
((2, 4), (2, 4))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .automata.groups import Group
    from .automata.machine import Machine
    from .automata.semiautomaton import Semiautomaton
    from .automata.sources import machine
    from .errors import KrohnError, RequestError
    from .evaluation.evaluate import evaluate
    from .evaluation.results import results
    from .generators.datasets import load
    from .generators.stream import stream
    from .generators.task import Task
    from .generators.tasks import register_task, task
    from .models.zoo import register_layer, register_model
    from .training.run import load_run

__version__ = "0.1.0"

_HOME = {
    "Group": "automata.groups",
    "KrohnError": "errors",
    "Machine": "automata.machine",
    "RequestError": "errors",
    "Semiautomaton": "automata.semiautomaton",
    "Task": "generators.task",
    "evaluate": "evaluation.evaluate",
    "load": "generators.datasets",
    "load_run": "training.run",
    "machine": "automata.sources",
    "register_layer": "models.zoo",
    "register_model": "models.zoo",
    "register_task": "generators.tasks",
    "results": "evaluation.results",
    "stream": "generators.stream",
    "task": "generators.tasks",
}

__all__ = [
    "Group",
    "KrohnError",
    "Machine",
    "RequestError",
    "Semiautomaton",
    "Task",
    "evaluate",
    "load",
    "load_run",
    "machine",
    "register_layer",
    "register_model",
    "register_task",
    "results",
    "stream",
    "task",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'krohn' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
