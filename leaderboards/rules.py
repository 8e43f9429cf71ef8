"""What a suite asks of the runs of one row, and what of it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..evaluation.results import Score
from .run_files import RunFiles
from .seeds import seeds_of
from .suite import Suite

SHOWN = 6
"""Missing things of a kind that a message lists."""


def cells_of(suite: Suite, run: RunFiles) -> list[Score]:
    """Return the scores of a run that a row of the suite holds: all of them in an open suite."""
    if suite.open:
        return list(run.evaluation.results)
    lengths = set(suite.test_lengths or ())
    return [
        score
        for score in run.evaluation.results
        if score.precision in suite.precisions
        and score.length in lengths
        and (score.rounding, score.order) == ("nearest", "sequential")
    ]


def missing(suite: Suite, runs: Sequence[RunFiles], partial: bool = False) -> list[str]:
    """Return what the runs lack for a row of a suite, a phrase each; nothing where they make one.

    Parameters
    ----------
    suite : Suite
    runs : sequence of RunFiles
        All runs of the row.
    partial : bool
        Whether tasks may be missing: the row is then listed without a rank.
    """
    if suite.open:
        return []
    found = [*_alike(runs), *_tasks(suite, runs, partial)]
    for run in runs:
        if suite.version_of(run.config.task) is not None:
            found += [f"{run.folder} {what}" for what in (*_training(suite, run), *_cells(suite, run))]
    for task in suite.task_names:
        found += _seeds(suite, task, [run for run in runs if run.config.task == task])
    return found


def settings_of(runs: Sequence[RunFiles]) -> dict[str, Any]:
    """Return the settings that all runs of a row share."""
    first, *others = (run.config.settings for run in runs)
    absent = object()
    return {k: v for k, v in first.items() if all(other.get(k, absent) == v for other in others)}


def trained_settings(run: RunFiles) -> dict[str, Any]:
    """Return the settings that a run was trained with: a lattice that its phases were snapped to came after."""
    settings = dict(run.config.settings)
    if run.config.track == "snapped" and "phase_lattice" in settings:
        settings["phase_lattice"] = 0
    return settings


def _alike(runs: Sequence[RunFiles]) -> list[str]:
    first = runs[0]
    found = []
    for run in runs[1:]:
        if run.config.model != first.config.model:
            found.append(
                f"{run.folder} is of {run.config.model}: expected {first.config.model}, as {first.folder}"
            )
        elif run.config.track != first.config.track:
            found.append(
                f"{run.folder} is {run.config.track}: expected {first.config.track}, as {first.folder}"
            )
        elif run.config.track != "constructed" and trained_settings(run) != trained_settings(first):
            found.append(
                f"{run.folder} has other settings than {first.folder}: expected one config in all runs of a row"
            )
    return found


def _tasks(suite: Suite, runs: Sequence[RunFiles], partial: bool) -> list[str]:
    found = []
    for run in runs:
        version = suite.version_of(run.config.task)
        if version is None:
            found.append(f"{run.folder} is of {run.config.task}, which is no task of {suite.name}")
        elif version != run.config.task_version:
            found.append(
                f"{run.folder} is of {run.config.task} version {run.config.task_version}: expected {version}"
            )
    absent = [task for task in suite.task_names if task not in {run.config.task for run in runs}]
    if absent and not partial:
        found.append(f"no run of {_some(absent)} (--partial lists a row without them, and without a rank)")
    return found


def _training(suite: Suite, run: RunFiles) -> list[str]:
    training = run.config.training
    if training is None:
        return []
    found = []
    if suite.training_lengths and tuple(training.lengths) != tuple(suite.training_lengths):
        low, high = suite.training_lengths
        found.append(
            f"was trained at lengths {training.lengths[0]}-{training.lengths[1]}: expected {low}-{high}"
        )
    if training.init is not None:
        found.append("was started from another run's weights: expected a training from its own seed")
    if suite.budget and training.steps * training.batch > suite.budget.words:
        found.append(
            f"was trained on {training.steps * training.batch:,} words: expected at most {suite.budget.words:,}"
        )
    return found


def _cells(suite: Suite, run: RunFiles) -> list[str]:
    have = {(score.precision, score.length): score.words for score in cells_of(suite, run)}
    if run.evaluation.adaptive:
        return ["was evaluated with --adaptive: expected the same number of words at every length"]
    lengths = suite.test_lengths or []
    absent = [
        f"{length} in {precision}"
        for precision in suite.precisions
        for length in lengths
        if have.get((precision, length), 0) < suite.words
    ]
    if not absent:
        return []
    command = (
        f"krohn evaluate {run.folder} --lengths {','.join(map(str, lengths))} "
        f"--precision {','.join(suite.precisions)} --words {suite.words}"
    )
    return [f"has no {suite.words} words of length {_some(absent)} ({command})"]


def _seeds(suite: Suite, task: str, runs: Sequence[RunFiles]) -> list[str]:
    if not runs:
        return []
    given = [run.config.seed for run in runs]
    if any(run.config.track == "constructed" for run in runs):
        return [f"{task} has {len(runs)} runs: expected one, which is constructed"] if len(runs) > 1 else []
    first = runs[0]
    wanted = seeds_of(suite.name, first.config.model, trained_settings(first), task, suite.seeds)
    absent = [str(seed) for seed in wanted if seed not in given]
    others = [str(seed) for seed in given if seed not in wanted]
    found = []
    if absent:
        found.append(
            f"{task} has no run of seed {_some(absent)} "
            f"(krohn train {task} --model {first.config.model} --suite {suite.name} --seeds {suite.seeds})"
        )
    if others:
        found.append(f"{task} has a run of seed {_some(others)}, which does not follow from its config")
    if len(set(given)) < len(given):
        found.append(f"{task} has a seed twice")
    return found


def _some(values: Sequence[str]) -> str:
    more = len(values) - SHOWN
    return ", ".join(values[:SHOWN]) + (f" and {more} more" if more > 0 else "")
