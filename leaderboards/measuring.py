"""Counting again what a claim says, in a limited process: the CPU's kernels, one thread, a fixed batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import nn

from ..errors import DamagedFileError, RequestError
from ..evaluation.evaluate import evaluate
from ..evaluation.results import Score
from ..generators.task import Task
from ..generators.tasks import task as find_task
from ..models.zoo import build_model
from ..training.checkpoint import fill
from ..training.config import RunConfig
from ..training.run import CONFIG, WEIGHTS
from .inspection import hashes_of, of_a_file, options_of
from .intake import MOST_BYTES, parse_json, read_plain
from .keys import digest
from .run_files import validated
from .tensors import tensors_of

BATCH = 512


def measure(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Count.

    Parameters
    ----------
    request : dict
        ``runs``, a list of ``{folder, config_sha256, weights_sha256, test_seed, repeat, season}``; each of the last two
        is ``{cells: [[precision, length, rounding, overflow, order]], words, seed, adaptive}``.

    Returns
    -------
    list of dict
        ``{repeated, measured, train_words_sha256, test_words_sha256}`` of each run, the first two lists of scores; or
        ``{cannot}`` where this Krohn has no such task or model.

    Raises
    ------
    DamagedFileError, RequestError
        Where a file is not the one that was claimed, or its weights do not fit.
    """
    torch.set_num_threads(1)
    return [_measure(run) for run in request["runs"]]


def _measure(run: dict[str, Any]) -> dict[str, Any]:
    config, weights = files_of(Path(run["folder"]), run["config_sha256"], run["weights_sha256"])
    try:
        task = task_of(config)
        model = build_model(
            config.model, config.inputs, config.outputs, config.settings, config.seed, config.vectors
        )
    except RequestError as error:
        return {"cannot": str(error)}
    fill(model, load(weights), Path(run["folder"]) / WEIGHTS)
    lengths = [cell[1] for cell in run["repeat"]["cells"]]
    return {
        "repeated": counts_of(model.eval(), task, run["repeat"]),
        "measured": counts_of(model.eval(), task, run["season"]),
        **hashes_of(task, config, lengths, run["test_seed"]),
    }


def files_of(folder: Path, config_sha256: str, weights_sha256: str) -> tuple[RunConfig, bytes]:
    """Return a submitted run's config and weights, if they are the ones that were claimed.

    Raises
    ------
    DamagedFileError
        Where they are not, or not what they should be.
    """
    found = []
    for name, sha256 in ((CONFIG, config_sha256), (WEIGHTS, weights_sha256)):
        data = read_plain(folder / name, MOST_BYTES[name])
        if digest(data) != sha256:
            raise DamagedFileError(f"{folder / name} was changed: its hash is {digest(data)[:16]}")
        found.append(data)
    tensors_of(found[1], folder / WEIGHTS)
    return validated(RunConfig, parse_json(found[0], folder / CONFIG), folder / CONFIG), found[1]


def task_of(config: RunConfig) -> Task:
    """Return the task of a config.

    Raises
    ------
    RequestError
        Where this Krohn makes no such task, or another version of it, or it is a file's.
    """
    if of_a_file(config.task):
        raise RequestError(f"task {config.task!r} is that of a file, which no claim makes anyone read")
    task = find_task(config.task)
    if task.version != config.task_version:
        raise RequestError(
            f"task {task.name} has version {task.version} in this Krohn: the claim is of version {config.task_version}"
        )
    return task


def counts_of(model: nn.Module, task: Task, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the scores of some cells in their order."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for precision, length, *how in asked["cells"]:
        groups.setdefault((precision, *how), []).append(length)
    found: dict[tuple[str, int], Score] = {}
    for group, lengths in groups.items():
        for score in _evaluate(model, task, group, lengths, asked):
            found[score.precision, score.length] = score
    return [found[precision, length].model_dump() for precision, length, *_ in asked["cells"]]


def _evaluate(
    model: nn.Module, task: Task, group: Sequence[str], lengths: list[int], asked: dict[str, Any]
) -> list[Score]:
    precision, rounding, overflow, order = group
    return evaluate(
        model,
        task,
        lengths,
        [precision],
        asked["words"],
        asked["seed"],
        BATCH,
        adaptive=asked["adaptive"],
        rounding=rounding,
        overflow=options_of(precision, rounding, overflow, order),
        order=order,
    )
