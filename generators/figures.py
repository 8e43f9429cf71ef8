"""The figures of a task: what `krohn tasks` and `krohn show` print of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..automata.algebra.monoid import LIMIT
from ..automata.algebra.verdict import verdict
from ..automata.machine import Machine
from ..automata.timed.steps import discretise
from .kinds import Classes, Readout, Symbols, TimedSymbols
from .step_words import StepWords
from .task import Task
from .timed_words import TimedWords
from .weighted import WeightedWords

CHANCE_LENGTH = 256
"""The length at which chance is stated."""


def chance(
    machine: Machine,
    readout: Readout,
    length: int = CHANCE_LENGTH,
    weights: Sequence[int] | None = None,
) -> float:
    """Return the accuracy of the best constant answer on words of a length, exactly.

    Parameters
    ----------
    machine : Machine
    readout : Readout
        Prefix: every position counts. Final: the last one only.
    length : int
    weights : sequence of int, optional
        How likely each symbol is; all alike where not given.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> chance(counter(2), Readout.PREFIX)
    0.5
    """
    delta = machine.semiautomaton.delta
    states, symbols = delta.shape
    share: NDArray[np.float64] = np.zeros(states)
    share[machine.start] = 1.0
    labels: NDArray[np.float64] = np.zeros(machine.classes)
    likely = np.full(symbols, 1 / symbols) if weights is None else np.array(weights) / sum(weights)
    for step in range(length):
        share = np.bincount(delta.ravel(), np.outer(share, likely).ravel(), states).astype(np.float64)
        if readout is Readout.PREFIX or step == length - 1:
            labels += np.bincount(machine.outputs, share, machine.classes)
    return float(labels.max() / labels.sum())


def task_chance(task: Task) -> float | None:
    """Return the accuracy of the best constant answer, exactly; None where the words are those of no machine.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> task_chance(task("parity"))
    0.5
    """
    if task.machine is None:
        return None
    weights = task.source.weights if isinstance(task.source, WeightedWords) else None
    return chance(task.machine, task.readout, weights=weights)


def figures(task: Task, limit: int = LIMIT) -> dict[str, Any]:
    """Return the figures of a task under the keys of ``krohn tasks --json``.

    Those of its algebra (monoid, class, derived length, groups) are None where there is no finite machine, and
    where its monoid has more elements than the limit: then `limit_reached` is true. Those of a timed task are those of
    the machine of whole time steps, its class being ``timed``.

    Parameters
    ----------
    task : Task
    limit : int
        Most elements of the monoid.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> row = figures(task("count:5"))
    >>> row["states"], row["alphabet"], row["monoid"]
    (5, 2, 5)
    """
    machine = task.machine
    timed = isinstance(task.source, StepWords | TimedWords)
    if isinstance(task.source, TimedWords):
        machine = discretise(task.source.automaton)
    found = verdict(machine, limit) if machine is not None else None
    constant = task_chance(task)
    return {
        "name": task.name,
        "version": task.version,
        "readout": task.readout.value,
        "alphabet": task.inputs.size if isinstance(task.inputs, Symbols | TimedSymbols) else None,
        "outputs": task.targets.size if isinstance(task.targets, Classes) else None,
        "states": found.states if found else None,
        "monoid": found.monoid if found else None,
        "class": "timed" if timed else found.kind if found else None,
        "derived_length": found.derived_length if found else None,
        "groups": list(found.groups) if found and not found.limit_reached else None,
        "limit_reached": found is not None and found.limit_reached,
        "chance": None if constant is None else round(constant, 6),
    }
