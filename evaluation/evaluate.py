"""Accuracy at L: a model evaluated, or a run with ``evaluation.json`` written into it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import torch
from torch import nn

from ..files import sha256_of, write_json
from ..generators.figures import task_chance
from ..generators.task import Task
from ..generators.tasks import task as find_task
from ..generators.tensors import inputs_of
from ..kernels.backends import choose
from ..models.zoo import carries_state, entry
from ..training.run import WEIGHTS, Run
from .counting import Watch, count
from .counts import Counts
from .details import Summary
from .drift import crossing_of, drift_of
from .intervals import area, normalised
from .leaks import leaks_of
from .plan import FileMemory
from .request import Request, request
from .results import EVALUATION, Evaluation, Score, horizons_of
from .survival import kaplan_meier, median_survival, thinned

PARTIAL = "evaluation.partial.json"
"""Counts of an evaluation that is not done yet, from which it goes on after a kill."""


def evaluate(
    model: nn.Module,
    task: Task | str,
    lengths: Sequence[int],
    precision: Sequence[str] = ("fp32",),
    words: int = 512,
    seed: int = 0,
    batch: int = 512,
    device: str = "cpu",
    watch: Watch | None = None,
    *,
    adaptive: bool = False,
    rounding: str = "nearest",
    overflow: str | None = None,
    order: str = "sequential",
    piece: int | None = None,
) -> list[Score]:
    """Count right labels at each length, in each precision.

    Where the first L symbols of a test word are the test word of length L (as where symbols are drawn one by
    one), a model with a state is run once, over the longest.

    Parameters
    ----------
    model : nn.Module
        ``forward(tokens) -> logits`` or ``forward(tokens, state) -> (logits, state)``; run in evaluation
        mode, and left in the mode it came in.
    task : Task or str
    lengths : sequence of int
    precision : sequence of str
        Items such as ``fp32``, ``state=bf16``, ``weights=e4m3+activations=bf16``, ``phase=turn/64``, or a range of
        them such as ``state=e8m2..10``; those that round a state need a model with one.
    words : int
        At each length.
    seed : int
        Root seed of the test words and of stochastic rounding.
    batch : int
        Words at a time; the counts do not depend on it.
    device : str
    watch : callable, optional
        Called with tokens done and tokens in all.
    adaptive : bool
        Begin with 64 words a length, and spend no more tokens than otherwise where the answer is not settled.
    rounding : str
        ``nearest``, ``zero`` or ``stochastic``.
    overflow : str, optional
        ``infinity`` or ``saturate``; by default as each format is defined.
    order : str
        ``sequential``: the state is rounded after every step; ``chunked:C``: at the end of every C; ``parallel:C``:
        every C steps are composed in a tree, and all that is composed is rounded (diagonal linear recurrences).
    piece : int, optional
        Tokens fed at a time to a model that carries a state; the counts do not depend on it.

    Returns
    -------
    list of Score
        Precisions in the order given, lengths in the order given within each.

    Raises
    ------
    RequestError
        For a length or count below 1, a length that words of the task cannot have, an unknown precision, one
        that the model cannot be run in, or a model without one finite logit.

    Examples
    --------
    >>> from krohn.models.zoo import build_model
    >>> model = build_model("lstm", 2, 2, {}, seed=0)
    >>> scores = evaluate(model, "parity", [4, 300], ["fp32", "bf16"], words=8)
    >>> [(score.precision, score.length, score.total) for score in scores][-1]
    ('bf16', 300, 2048)
    """
    task = find_task(task) if isinstance(task, str) else task
    asked = request(
        lengths, precision, words, seed, batch, device,
        adaptive=adaptive, rounding=rounding, overflow=overflow, order=order, piece=piece,
    )  # fmt: skip
    return scores_of(asked, count(model, task, asked, watch))


def scores_of(asked: Request, found: Sequence[Counts]) -> list[Score]:
    """Return the rows of results, in the order asked for."""
    return [
        counts.score(length, **item.echo)
        for item, counts in zip(asked.items, found, strict=True)
        for length in asked.lengths
    ]


def summary_of(precision: str, counts: Counts, scores: Sequence[Score], chance: float | None) -> Summary:
    """Return what follows from the counts of one precision item."""
    curve = kaplan_meier(counts.errors)
    mean = area([(score.length, score.accuracy) for score in scores])
    return Summary(
        precision=precision,
        area=mean,
        normalised=normalised(mean, chance),
        first_error=median_survival(curve),
        survival=thinned(curve),
        positions=counts.by_position() if counts.positions else [],
    )


def evaluate_run(
    found: Run,
    lengths: Sequence[int],
    precision: Sequence[str],
    words: int = 512,
    seed: int = 0,
    batch: int = 512,
    device: str = "cpu",
    watch: Watch | None = None,
    *,
    drift: bool = False,
    **options: Any,
) -> Evaluation:
    """Evaluate a run and write ``evaluation.json`` into it; one that was killed goes on where it was.

    Parameters
    ----------
    found : Run
    drift : bool
        Measure drift against float64 and the crossing also (for models that carry a state).
    others
        As `evaluate` takes them.

    Raises
    ------
    RequestError, DamagedFileError
        As `Run.model` and `evaluate` do; the file of an earlier evaluation then stays.
    """
    from .. import __version__

    asked = request(lengths, precision, words, seed, batch, device, **options)
    model = found.model()
    weights = sha256_of(found.folder / WEIGHTS)
    backend = choose(device.split(":")[0], torch.float32).backend
    identity = {
        "krohn": __version__,
        "task": found.task.identity,
        "weights_sha256": weights,
        "backend": backend,
        **asked.identity(),
    }
    memory = FileMemory(found.folder / PARTIAL, identity)
    counted = count(model, found.task, asked, watch, memory)
    scores = scores_of(asked, counted)
    chance = task_chance(found.task)
    trained = found.config.longest
    follow = drift and carries_state(model, inputs_of(found.task, found.task.sample(1, (lengths[0],) * 2)))
    document = Evaluation(
        krohn=__version__,
        run=str(found.folder),
        task=found.config.task,
        task_version=found.config.task_version,
        convention=found.config.convention,
        model=found.config.model,
        seed=found.config.seed,
        test_seed=seed,
        weights_sha256=weights,
        device=device,
        decides=device == "cpu",
        backend=backend,
        versions=versions(),
        words=words,
        adaptive=asked.adaptive,
        chance=chance,
        results=scores,
        horizons=horizons_of(scores),
        summaries=[
            summary_of(item.text, counts, [s for s in scores if s.precision == item.text], chance)
            for item, counts in zip(asked.items, counted, strict=True)
        ],
        clock=[
            row
            for item, counts in zip(asked.items, counted, strict=True)
            for row in counts.clocks(item.text, asked.lengths)
        ],
        leaks=leaks_of(found, asked.lengths, words, seed),
        settings=entry(found.config.model).changed(found.config.settings),
        drift=drift_of(model, found.task, asked.items, asked.lengths, seed) if follow else [],
        crossing=crossing_of(model, found.task, trained, max(asked.lengths), seed)
        if follow and trained
        else None,
    )
    write_json(found.folder / EVALUATION, document.model_dump(mode="json"))
    memory.forget()
    return document


def versions() -> dict[str, str]:
    """Return the versions that a count may depend on in its last digits.

    Examples
    --------
    >>> sorted(versions())
    ['numba', 'numpy', 'python', 'torch']
    """
    found = {name: version(name) for name in ("numba", "numpy", "torch")}
    return {"python": platform.python_version(), **found}


__all__ = ["Request", "evaluate", "evaluate_run", "scores_of", "summary_of", "versions"]
