"""Whether labels are those of the task's machine or rule."""

from __future__ import annotations

import numpy as np

from ...errors import RequestError
from ..kinds import Readout, VectorTargets
from ..source import Words
from ..task import Task
from .checks import Bin
from .report import Finding, Verdict


def wrong_labels(task: Task, words: Words | None, part: Bin) -> list[Finding]:
    """Return the finding on words whose labels are not those that the machine, or else the rule, gives them.

    Parameters
    ----------
    task : Task
    words : Words, optional
        As the task draws them; where there are none, the last label of each example is looked at.
    part : Bin
    """
    if words is None:
        found, by = _against_machine(task, part), "machine"
    elif task.machine is not None and task.readout is not Readout.SEQUENCE and words.labels.ndim == 2:
        found, by = _words_against_machine(task, words), "machine"
    else:
        try:
            labels = task.label(words.symbols, words.lengths, words.delays)
        except RequestError:
            return []  # it labels what it draws only
        apart = labels != words.labels
        if isinstance(task.targets, VectorTargets):
            apart &= ~(np.isnan(labels) & np.isnan(words.labels))
        found, by = int(apart.reshape(len(words), -1).any(1).sum()), "rule"
    verdict: Verdict = "defect" if found else "information"
    note = f"words with another label than the task's {by} gives"
    return [Finding("label consistency", part.split, part.lengths, found, 0, verdict, note)]


def _words_against_machine(task: Task, words: Words) -> int:
    assert task.machine is not None
    labels = task.machine.labels(words.symbols, words.lengths)
    known = words.labelled[:, : labels.shape[1]]
    return int(((labels != words.labels[:, : labels.shape[1]]) & known).any(1).sum())


def _against_machine(task: Task, part: Bin) -> int:
    """The label of a word that the machine ran over to the position it stands at."""
    assert task.machine is not None
    examples = part.examples
    width = int(examples.lengths.max())
    inside = np.arange(width) < examples.lengths[:, None]
    symbols = np.zeros(inside.shape, np.int64)
    symbols[inside] = examples.symbols
    labels = task.machine.labels(symbols, examples.lengths)
    return int((labels[np.arange(len(examples)), examples.seen - 1] != examples.labels).sum())
