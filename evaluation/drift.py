"""Drift of a rounded state against float64, and the length at which drift crosses what the read-out can bear."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..generators.kinds import Classes, Readout
from ..generators.task import Task
from ..generators.tensors import inputs_of
from ..models.layers import State
from .details import Crossing, Drift
from .precision import PrecisionItem, parse_item
from .running import Runner, direct_state
from .words import TestWords

WORDS = 16
THRESHOLD = 0.5
"""τ: half of the way between two classes, an answer is as near to the wrong one as to the right one."""


def _fed(
    runners: Sequence[Runner], task: Task, lengths: Sequence[int], words: int, seed: int
) -> Iterator[tuple[int, list[tuple[Tensor, State | None]], NDArray[np.int64]]]:
    """Yield, at each length, its number, what every runner gives at its last symbol, and the labels there."""
    test = TestWords(task, max(lengths), [max(lengths)], seed)
    piece = [runner.begin(0, words) or 1 for runner in runners][-1]  # the last one's: it may be bound to it
    states: list[State | None] = [None] * len(runners)
    stops = sorted(set(lengths))
    for block in test.blocks(0, words, piece):
        cuts = {*range(block.begin, block.end, piece), block.end}
        if not any(runner.item.chunk for runner in runners):
            cuts |= {stop for stop in stops if block.begin < stop < block.end}
        ordered = sorted(cuts)
        for begin, end in pairwise(ordered):
            found: list[tuple[Tensor, State | None]] = []
            for number, runner in enumerate(runners):
                dtype = next(p.dtype for p in runner.model.parameters() if p.is_floating_point())
                inputs = inputs_of(task, block.words, dtype)[:, begin - block.begin : end - block.begin]
                logits, states[number] = runner.feed(inputs.to(runner.device), states[number], begin)
                found.append((logits.cpu().double(), states[number]))
            for stop in stops:
                if begin < stop <= end:
                    last = [(logits[:, stop - begin - 1], state) for logits, state in found]
                    yield stop, last, block.labels[:, stop - block.begin - 1]


def drift_of(
    model: nn.Module, task: Task, items: Sequence[PrecisionItem], lengths: Sequence[int], seed: int = 0
) -> list[Drift]:
    """Return the drift of each item at each length, over 16 words.

    Parameters
    ----------
    model : nn.Module
        One that carries a state.
    task : Task
    items : sequence of PrecisionItem
    lengths : sequence of int
    seed : int
        Root seed of the words.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> from krohn.models.zoo import build_model
    >>> model = build_model("lstm", 2, 2, {"width": 4}, seed=0).eval()
    >>> (row,) = drift_of(model, task("parity"), [parse_item("bf16")], [20])
    >>> 0 < row.state < 0.1
    True
    """
    exact = parse_item("fp64")
    rows = []
    for item in items:
        runners = [Runner(model, exact, "cpu", False), Runner(model, item, "cpu", False)]
        for length, (reference, other), _ in _fed(runners, task, lengths, WORDS, seed):
            states = [
                _flat(runner.model, state)
                for runner, (_, state) in zip(runners, (reference, other), strict=True)
            ]
            apart = _relative(*states) if not item.chunk and states[0].numel() else None
            rows.append(
                Drift(
                    precision=item.text,
                    length=length,
                    state=apart,
                    logits=_relative(reference[0], other[0]),
                )
            )
    return rows


def _flat(model: nn.Module, state: State | None) -> Tensor:
    parts = [value.cpu().double().flatten() for value in direct_state(model, state or {}).values()]
    return torch.cat(parts) if parts else torch.zeros(0)


def _relative(reference: Tensor, other: Tensor) -> float | None:
    scale = float(reference.square().mean().sqrt())
    found = float((other - reference).square().mean().sqrt()) / scale if scale else 0.0
    return found if math.isfinite(found) else None


def crossing_of(model: nn.Module, task: Task, trained: int, until: int, seed: int = 0) -> Crossing | None:
    """Return the predicted and the observed crossing of a model.

    None where a task has no class at every position, or a logit is not finite.

    Parameters
    ----------
    model : nn.Module
        One that carries a state.
    task : Task
    trained : int
        The longest training length, at least 4.
    until : int
        How far to look.
    seed : int
        Root seed of the words.
    """
    if not isinstance(task.targets, Classes) or task.readout is not Readout.PREFIX or trained < 4:
        return None
    until = max(until, 4 * trained)
    early = list(range(trained // 2, trained + 1))
    late = np.geomspace(trained, until, 8 * int(np.log2(until / trained)) + 1).round().astype(int)
    runner = Runner(model, parse_item("fp32"), "cpu", False)
    seen = {
        length: (logits.numpy(), np.asarray(labels))
        for length, ((logits, _),), labels in _fed([runner], task, [*early, *late.tolist()], 4 * WORDS, seed)
    }
    logits = np.concatenate([seen[length][0] for length in early])
    labels = np.concatenate([seen[length][1] for length in early])
    classes = [label for label in np.unique(labels) if label >= 0]
    if len(classes) < 2 or not all(np.isfinite(found).all() for found, _ in seen.values()):
        return None
    centres = np.zeros((task.targets.size, logits.shape[1]))
    for label in classes:
        centres[label] = logits[labels == label].mean(0)
    apart = np.linalg.norm(centres[classes][:, None] - centres[classes][None], axis=-1)
    separation = float((apart + np.diag(np.full(len(classes), np.inf))).min(1).mean())
    spread = {}
    for length, (found, known) in seen.items():
        kept = np.isin(known, classes)
        if kept.any():
            spread[length] = float(np.sqrt(np.square(found[kept] - centres[known[kept]]).sum(1).mean()))
    near = [length for length in spread if length <= 4 * trained]
    growth, begin = np.polyfit(near, [spread[length] for length in near], 1)
    limit = THRESHOLD * separation
    return Crossing(
        separation=separation,
        growth=float(growth),
        predicted=float(max(0.0, (limit - begin) / growth)) if growth > 0 else None,
        observed=next((length for length in sorted(spread) if spread[length] >= limit), None),
        until=until,
    )
