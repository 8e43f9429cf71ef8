"""Snapping: the phases of a trained run rounded to a lattice, the coarsest that keeps all it knows of validation."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ..errors import RequestError, TrainingError
from ..files import new_folder, refuse_taken, sha256_of, write_bytes, write_json
from ..models.lattices import Lattices
from ..names import positive, shown
from .candidates import TOLERANCES, from_algebra, from_phases, one_a_mode, phases_of
from .phases import unitary_layers
from .run import CONFIG, RESULT, WEIGHTS, Run
from .validation import validate

WORDS = 4096
"""Validation words on which a lattice is tried."""


@dataclass(frozen=True)
class Trial:
    """A lattice that was tried, and what it gave on the validation split.

    Attributes
    ----------
    lattice : str
        ``learned`` (none), ``6``, or ``each within 0.01``.
    value : int or tuple of tuple of int
        The model's `phase_lattice`.
    finest : int
        Its largest q.
    correct, total : int
        Labels.
    """

    lattice: str
    value: Lattices
    finest: int
    correct: int
    total: int

    def to_json(self) -> dict[str, Any]:
        """Return what ``krohn snap --json`` lists."""
        return {"lattice": self.lattice, "finest": self.finest, "correct": self.correct, "total": self.total}


def snap(
    run: Run,
    folder: Path,
    lattices: Sequence[int] = (),
    each: bool = False,
    words: int = WORDS,
    watch: Callable[[Trial], None] | None = None,
) -> dict[str, Any]:
    """Round the phases of a run to the coarsest lattice that loses no label, and write it as a new run.

    Parameters
    ----------
    run : Run
        Trained.
    folder : Path
        Of the new run.
    lattices : sequence of int
        To try, in order; by default the divisors and some multiples of the exponent of the task's groups, and those
        on which the phases lie best, from the coarsest.
    each : bool
        One q a mode, by the tolerance within which its phases lie on it.
    words : int
        Of the validation split: the only words that choose.
    watch : callable, optional
        Called with every trial; the first is of the phases as they are.

    Returns
    -------
    dict
        What ``krohn snap --json`` prints.

    Raises
    ------
    RequestError
        For a run without phases, without weights or with a lattice already; a lattice below 1; a folder in the way.
    TrainingError
        Where every lattice loses labels; nothing is written.
    """
    model = run.model()
    _refuse(run, model, folder, lattices, each)
    training = run.training.model_copy(update={"validation_words": positive("words", words)})
    words_of = replace(run, config=run.config.model_copy(update={"training": training}))
    tried: list[Trial] = []
    begin = time.perf_counter()
    for name, value in [("learned", 0), *_candidates(run, model, lattices, each)]:
        rounded = copy.deepcopy(model)
        found = validate(words_of, _on(rounded, value))
        tried.append(Trial(name, value, _finest(value), **found))
        if watch is not None:
            watch(tried[-1])
        if value and tried[-1].correct >= tried[0].correct:
            return _write(run, folder, tried, time.perf_counter() - begin)
    best = max(tried[1:], key=lambda trial: trial.correct)
    one = "lattice " if len(tried) == 2 else "every lattice tried, the fewest on "
    way = (
        "without --lattice those of the task's groups are tried"
        if lattices
        else f"pull its phases: krohn train … --init {run.folder} --pull Q:LAMBDA"
    )
    raise TrainingError(
        f"{run.folder} loses labels on {one}{best.lattice}: {best.correct:,} right, {tried[0].correct:,} as learned; "
        f"{way}"
    )


def _refuse(run: Run, model: nn.Module, folder: Path, lattices: Sequence[int], each: bool) -> None:
    unitary_layers(model, f"{run.folder}: model {run.config.model!r}")
    if lattice := run.config.settings.get("phase_lattice", 0):
        what = "is snapped already" if run.config.track == "snapped" else "has phases on a lattice already"
        raise RequestError(
            f"{run.folder} {what}, phase_lattice = {shown(lattice)}: expected learned phases without one, as of "
            f"krohn train … --init {run.folder} --set phase_lattice=0"
        )
    if "phase_lattice" not in run.config.settings:
        raise RequestError(
            f"{run.folder}: model {run.config.model!r} has no key phase_lattice: expected one such as aussm"
        )
    for q in lattices:
        if not 1 <= q < 2**31:
            raise RequestError(f"lattice is {q}: expected a whole number from 1 to 2147483647")
    if lattices and each:
        raise RequestError("a lattice for all modes, and one for each: expected one of --lattice and --each")
    refuse_taken(folder)
    if folder.resolve().is_relative_to(run.folder.resolve()):
        raise RequestError(
            f"{folder} lies inside {run.folder}: expected a folder outside the run that is snapped"
        )


def _candidates(
    run: Run, model: nn.Module, lattices: Sequence[int], each: bool
) -> list[tuple[str, Lattices]]:
    if lattices:
        return [(str(q), q) for q in lattices]
    phases = phases_of(run, model)
    if each:
        return [(f"each within {tolerance}", _rows(phases, tolerance)) for tolerance in TOLERANCES]
    return [(str(q), q) for q in sorted({*from_algebra(run.task.machine), *from_phases(phases)})]


def _rows(phases: Sequence[Tensor], tolerance: float) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(one_a_mode(theta, tolerance).flatten().tolist()) for theta in phases)


def _on(model: nn.Module, value: Lattices) -> nn.Module:
    layers = unitary_layers(model, "model")
    for index, layer in enumerate(layers):
        layer.set_lattice(value if isinstance(value, int) else value[index])
    return model


def _finest(value: Lattices) -> int:
    return value if isinstance(value, int) else max(max(row) for row in value)


def _write(run: Run, folder: Path, tried: list[Trial], seconds: float) -> dict[str, Any]:
    chosen = tried[-1]
    settings = {**run.config.settings, "phase_lattice": chosen.value}
    # What began as a construction stays one.
    track = "snapped" if run.config.track == "learned" else run.config.track
    config = run.config.model_copy(update={"settings": settings, "track": track})
    weights = (run.folder / WEIGHTS).read_bytes()
    with new_folder(folder) as made:
        write_bytes(made / WEIGHTS, weights)
        write_json(made / CONFIG, config.model_dump(mode="json"))
        result = {
            "run": str(folder),
            "task": config.task,
            "convention": config.convention,
            "steps": run.training.steps,
            "seconds": round(seconds, 3),
            "validation": {"correct": chosen.correct, "total": chosen.total},
            "weights_sha256": sha256_of(made / WEIGHTS),
            "snapped_from": str(run.folder),
            "lattice": chosen.lattice,
            "tried": [trial.to_json() for trial in tried],
        }
        write_json(made / RESULT, result)
    return result
