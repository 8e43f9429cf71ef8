"""The figures of a task: what `krohn tasks` and `krohn show` print of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..automata.algebra.monoid import LIMIT
from ..automata.algebra.verdict import Verdict, verdict
from ..automata.machine import Machine
from ..automata.runs import IGNORED
from ..automata.timed.steps import discretise
from .step_words import StepWords
from .task import Classes, Readout, Symbols, Task, TimedSymbols, Vectors
from .timed_words import TimedWords
from .uniform import UniformMachine
from .weighted import WeightedMachine

CHANCE_LENGTH = 256
"""The length at which chance is stated."""


def chance(machine: Machine, readout: Readout, length: int = CHANCE_LENGTH) -> float:
    """Return the accuracy of the best constant answer on uniform words of a length, exactly.

    Parameters
    ----------
    machine : Machine
    readout : Readout
        Prefix: every position counts. Final: the last one only.
    length : int

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
    for step in range(length):
        share = np.bincount(delta.ravel(), np.repeat(share / symbols, symbols), states).astype(np.float64)
        if readout is Readout.PREFIX or step == length - 1:
            labels += np.bincount(machine.outputs, share, machine.classes)
    return float(labels.max() / labels.sum())


def measured_chance(task: Task, length: int = CHANCE_LENGTH, words: int = 1024) -> float:
    """Return the accuracy of the best constant answer (of vectors: of whole numbers) to drawn words, 3 digits.

    Parameters
    ----------
    task : Task
    length : int
        Where no words have it: the next that words have, or the longest.
    words : int

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> measured_chance(task("binary-addition"), words=64) < 0.51
    True
    """
    lengths = task.source.lengths(length, 2 * length)
    nearest = int(lengths[0]) if len(lengths) else int(task.source.lengths(1, length)[-1])
    labels = task.sample(words, (nearest, nearest), split="chance").labels
    if labels.ndim == 2:
        counts = np.bincount(labels[labels != IGNORED])
    else:
        blank = np.isnan(labels) if labels.dtype == np.float64 else labels == IGNORED
        rows = np.round(labels[~blank.any(-1)]).astype(np.int64)
        counts = np.unique(rows, axis=0, return_counts=True)[1]
    return round(float(counts.max() / counts.sum()), 3)


def task_chance(task: Task) -> float:
    """Return the accuracy of the best constant answer to words of length 256; exactly, if that is known.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> task_chance(task("timed:clock:4"))
    0.625
    """
    known = task.source.chance(CHANCE_LENGTH)
    if known is not None:
        return round(known, 6)
    if isinstance(task.source, WeightedMachine):
        return round(chance(task.source.over_tickets, task.readout), 6)
    if task.machine is not None and isinstance(task.source, UniformMachine):
        return round(chance(task.machine, task.readout), 6)
    return measured_chance(task)


def _class(task: Task, found: Verdict | None) -> str | None:
    if isinstance(task.source, StepWords | TimedWords):
        return "timed"
    if found is not None or task.source.regular:
        return found.kind if found else None
    return "binding" if isinstance(task.inputs, Vectors) else "nonregular"


def figures(task: Task, limit: int = LIMIT) -> dict[str, Any]:
    """Return the figures of a task under the keys of ``krohn tasks --json``.

    Those of its algebra (monoid, class, derived length, groups) are None where there is no finite machine, and
    where its monoid has more elements than the limit: then `limit_reached` is true. Without a machine the class
    is `binding` (vectors) or `nonregular`. Those of a timed task are those of the machine of whole time steps, its
    class being `timed`. Chance is exact where the words are uniform or the rule says it, and else measured on
    1,024 words.

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
    if isinstance(task.source, TimedWords):
        machine = discretise(task.source.automaton)
    found = verdict(machine, limit) if machine is not None else None
    return {
        "name": task.name,
        "version": task.version,
        "readout": task.readout.value,
        "alphabet": task.inputs.size if isinstance(task.inputs, Symbols | TimedSymbols) else None,
        "outputs": task.targets.size if isinstance(task.targets, Classes) else None,
        "states": found.states if found else None,
        "monoid": found.monoid if found else None,
        "class": _class(task, found),
        "derived_length": found.derived_length if found else None,
        "groups": list(found.groups) if found and not found.limit_reached else None,
        "limit_reached": found.limit_reached if found else task.source.regular,
        "chance": task_chance(task),
    }
