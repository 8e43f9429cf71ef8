"""Accuracy of timed tasks apart: where the clock matters, and where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..automata.timed.influence import event_influence, step_influence
from ..errors import RequestError
from .source import Words
from .step_words import StepWords
from .task import Task
from .timed_words import TimedWords


def clock_matters(task: Task, words: Words) -> NDArray[np.bool_]:
    """Return at which positions other clock values, in the same location, could have led to another label.

    These are the time-dependent positions of arXiv 2306.07125: in ``timed:periodic:P`` and ``timed:relative:T`` those
    with symbol a. Only clock values count that some word brings about in that location.

    Parameters
    ----------
    task : Task
        A timed task, of either encoding.
    words : Words
        Words of the task.

    Returns
    -------
    bool array, shape (B, W)
        False past a word's end.

    Raises
    ------
    RequestError
        Where the task is not timed.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> flip_flop = task("timed:relative:5")
    >>> words = flip_flop.sample(2, lengths=(50, 50))
    >>> bool((clock_matters(flip_flop, words) == (words.symbols == 1)).all())  # null, a, b
    True
    """
    source = task.source
    if isinstance(source, StepWords):
        machine = source.steps.machine
        before = _before(
            machine.semiautomaton.run(words.symbols, machine.start, words.lengths), machine.start
        )
        table = step_influence(source.steps)
    elif isinstance(source, TimedWords):
        assert words.delays is not None
        runs = source.runs
        before = _before(runs.locations(words.symbols, words.delays, words.lengths), runs.start)
        table = event_influence(source.automaton, source.dense)
    else:
        raise RequestError(
            f"task {task.name!r} has no clock: expected a timed task, such as timed:relative:5"
        )
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    return np.asarray(table[np.where(inside, before, 0), np.where(inside, words.symbols, 0)] & inside)


def _before(after: NDArray[Any], start: int) -> NDArray[Any]:
    first = np.full((len(after), 1), start, after.dtype)
    return np.concatenate([first, after[:, :-1]], axis=1)


def timed_counts(task: Task, words: Words, predictions: NDArray[Any]) -> dict[str, tuple[int, int]]:
    """Return how many labels are right where the clock matters and where it does not.

    Parameters
    ----------
    task, words
        As for `clock_matters`.
    predictions : int array, shape (B, W)
        Predicted classes.

    Returns
    -------
    dict
        ``time_dependent`` and ``time_independent``, each with the number of right labels and of all labels.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> flip_flop = task("timed:periodic:10")
    >>> words = flip_flop.sample(100, lengths=(60, 60))
    >>> always_one = timed_counts(flip_flop, words, np.ones_like(words.labels))
    >>> always_one["time_independent"][0] == always_one["time_independent"][1]  # b sets the state to 1
    True
    >>> right, total = always_one["time_dependent"]
    >>> round(right / total, 1)
    0.5
    """
    matters, right = clock_matters(task, words), predictions == words.labels
    return {
        name: (int((right & chosen).sum()), int(chosen.sum()))
        for name, chosen in (
            ("time_dependent", matters & words.labelled),
            ("time_independent", ~matters & words.labelled),
        )
    }
