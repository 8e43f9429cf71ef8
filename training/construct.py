"""A construction of a task written as a run: the same files as a training's, and a card with its margins."""

from __future__ import annotations

import copy
import math
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as save_bytes
from torch import Tensor, nn

from ..automata.machine import Machine
from ..errors import KrohnError, RequestError
from ..files import new_folder, refuse_taken, sha256_of, write_bytes, write_json
from ..generators.kinds import Classes, Readout, Symbols, Vectors, VectorTargets
from ..generators.rules.binding import Bindings
from ..generators.rules.history import Histories
from ..generators.task import Task
from ..generators.tensors import to_tensors
from ..models.constructions import Construction, construct
from ..models.constructions.system import LinearSystem
from .checkpoint import fill
from .loss import correct_of
from .run import CONFIG, RESULT, WEIGHTS, Run, new_config

CARD = "README.md"
WORDS, LONGEST = 16, 256
"""Validation words on which margins are measured, and the length of the longest."""


def subject_of(task: Task) -> Machine | LinearSystem:
    """Return what a task's labels follow: its finite machine, or its linear system.

    Raises
    ------
    RequestError
        Where there is neither, or the labels are not one class a position.
    """
    if isinstance(task.inputs, Vectors):
        return _system_of(task)
    if task.machine is None:
        raise RequestError(
            f"task {task.name!r} has no finite machine: expected one that has, such as parity or word:S4"
        )
    if not isinstance(task.inputs, Symbols) or task.readout is Readout.SEQUENCE:
        raise RequestError(f"task {task.name!r}: expected a task that reads its machine's symbols alone")
    if not isinstance(task.targets, Classes):
        raise RequestError(f"task {task.name!r} asks for sets of symbols: expected a task of classes")
    return task.machine


def _system_of(task: Task) -> LinearSystem:
    source = task.source
    maps = None
    if isinstance(source, Bindings):
        maps = source.maps()
    elif isinstance(source, Histories):
        maps = source.maps(task.model_inputs)
    if maps is None:
        raise RequestError(
            f"task {task.name!r} is no linear system: expected one that is, such as binding:T1 or fibonacci"
        )
    return LinearSystem(maps)


def construct_run(task: Task, model: str, folder: Path, width: int | None = None) -> dict[str, Any]:
    """Write a construction as a run, and return what ``krohn construct --json`` prints.

    Parameters
    ----------
    task : Task
    model : str
        The name of a target.
    folder : Path
        Made by this call.
    width : int, optional
        D; the least that is needed where not given.

    Raises
    ------
    RequestError
        Where the folder exists, or as `construct` does; no folder is then made.
    KrohnError
        Where the weights do not answer every validation word rightly: a mistake of ours.
    """
    begin = time.perf_counter()
    refuse_taken(folder)
    made = construct(subject_of(task), model, width)
    run = Run(folder, new_config(task, model, dict(made.settings), None, [], "constructed"))
    network = run.new_model().eval()
    fill(network, _answers(made, task), folder / WEIGHTS)
    margin, validation = _margin(network, task)
    if margin is not None and margin <= 0:
        raise KrohnError(
            f"{model} on {task.name}: {validation['correct']} of {validation['total']} labels are right: expected all"
        )
    figures = {
        "layers": made.layers,
        "width": made.width,
        "lookups": list(made.lookups),
        "margin": margin,
        "theorem": made.theorem,
    }
    with new_folder(folder) as temporary:
        write_json(temporary / CONFIG, run.config.model_dump(mode="json"))
        weights = {name: value.contiguous() for name, value in network.state_dict().items()}
        write_bytes(temporary / WEIGHTS, save_bytes(weights))
        result = {
            "run": str(folder),
            "task": task.name,
            "convention": task.convention,
            "steps": 0,
            "seconds": round(time.perf_counter() - begin, 3),
            "validation": validation,
            "weights_sha256": sha256_of(temporary / WEIGHTS),
            "construction": figures,
        }
        write_json(temporary / RESULT, result)
        write_bytes(temporary / CARD, card_of(task, made, margin).encode())
    return result


def _answers(made: Construction, task: Task) -> dict[str, Tensor]:
    """Return the weights, without the answers for classes of the machine that are no labels of the task."""
    return {
        name: value[: task.model_outputs] if name.startswith("head.") else value
        for name, value in made.weights.items()
    }


def _margin(network: nn.Module, task: Task) -> tuple[float | None, dict[str, int]]:
    """Return the smallest margin on validation words, and how many labels are right.

    The margin is the distance of the right logit from the best wrong one, None where there is no wrong one; of
    vectors, what is left of the half by which a number may be wrong.
    """
    vectors = isinstance(task.targets, VectorTargets)
    if vectors:  # sums may leave what float32 holds exactly, by no fault of the weights
        network = copy.deepcopy(network).double()
    possible = task.source.lengths(1, LONGEST)
    batch = to_tensors(task, task.sample(WORDS, (int(possible[0]), int(possible[-1])), 0, "validation"))
    with torch.no_grad():
        logits, _ = network(batch.inputs.double() if vectors else batch.inputs)
    right, known = correct_of(task.targets, logits, batch.labels)
    found, labels = logits[known].double(), batch.labels[known]
    if vectors:
        margin = 0.5 - float((found - labels).abs().max())
    else:
        own = found.gather(1, labels[:, None])
        margin = float((own - found.scatter(1, labels[:, None], -torch.inf).amax(1, keepdim=True)).min())
    return None if margin == math.inf else margin, {"correct": int(right.sum()), "total": int(known.sum())}


def card_of(task: Task, made: Construction, margin: float | None) -> str:
    """Return the card of a constructed run: what it is, how large, with which margin."""
    lookups = ", ".join(f"{entries:,}" for entries in made.lookups) or "none"
    vectors = isinstance(task.targets, VectorTargets)
    least = "none: one class" if margin is None else f"{margin:.4g}"
    kind = "float64" if vectors else "float32"
    distance = (
        "numbers are wrong by this much less than a half"
        if vectors
        else "the right logit is at least so far above every wrong one"
    )
    return (
        f"# {made.model} on {task.name}, constructed\n\n"
        f"The weights were computed from the task's own definition; nothing was trained. {made.theorem}\n\n"
        "| | |\n|---|---|\n"
        f"| layers with a state | {made.layers} |\n"
        f"| layers | `{made.settings.get('layers', made.layers)}` |\n"
        f"| width | {made.width:,} |\n"
        f"| entries of lookup tables | {lookups} |\n"
        f"| smallest margin | {least} |\n\n"
        f"The margin was measured in {kind} on {WORDS} words of up to {LONGEST} inputs: {distance}.\n"
    )
