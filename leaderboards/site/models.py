"""The page of a model: what was claimed, what was measured, its curves, its card."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ...errors import KrohnError
from ...evaluation.results import Score, horizons_of
from ..entries import Entry
from ..intake import MOST_BYTES, read_card, read_plain
from ..labels import label_of
from ..listing import Listed
from ..packing import CARD
from ..records import Measured
from ..submission import SUBMISSIONS
from .cards import render_card
from .curves import Point, draw
from .tasks import slug


@dataclass(frozen=True)
class Count:
    """Counts of a task, precision and length over all seeds: the board's own, and the claim's."""

    precision: str
    length: int
    measured: Point
    claimed: float | None


@dataclass(frozen=True)
class Curves:
    """A task on the page of a model."""

    task: str
    slug: str
    seeds: int
    picture: Markup
    precisions: list[str]
    horizons: list[tuple[str, str]]
    counts: list[Count]


def model_page(row: Listed, entry: Entry, board: Path, chances: dict[str, float]) -> dict[str, Any]:
    """Return what the page of a model shows.

    Parameters
    ----------
    row : Listed
    entry : Entry
        What the ledger says of it.
    board : Path
        Where its card lies.
    chances : mapping
        Task to chance.
    """
    claim, label = entry.claim, label_of(row)
    training = {run.task: run.training for run in claim.runs}
    curves = [
        _curves(
            task,
            _of(entry.measured, task),
            _of(claim.runs, task),
            chances.get(task),
            training[task],
            label,
        )
        for task in claim.tasks
    ]
    run = claim.runs[0]
    declared = claim.declarations
    return {
        "entry": entry,
        "claim": claim,
        "label": label,
        "settings": json.dumps(claim.settings, sort_keys=True, ensure_ascii=False),
        "training": _training(run.training.model_dump(mode="json") if run.training else None),
        "declared": [
            ("tuned trials", declared.tuned_trials),
            ("external data", {None: None, True: "yes", False: "no"}[declared.external_data]),
            ("licence", declared.licence),
            ("contact", declared.contact),
        ],
        "environment": sorted(run.environment.items()),
        "curves": curves,
        "card": render_card(_card(board, claim.id)),
    }


def _training(config: dict[str, Any] | None) -> str | None:
    if config is None:
        return None
    keys = ("steps", "batch", "lengths", "optimiser", "lr", "hints")
    return ", ".join(f"{key} {_short(config[key])}" for key in keys if key in config)


def _short(value: Any) -> str:
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _card(board: Path, claim: str) -> str:
    try:
        return read_card(read_plain(board / SUBMISSIONS / claim / CARD, MOST_BYTES[CARD]), CARD)
    except KrohnError:  # it is away, or was changed: `krohn board check` says so
        return ""


def _of(runs: Sequence[Measured], task: str) -> list[Measured]:
    return [run for run in runs if run.task == task]


def _grouped(runs: Sequence[Measured]) -> dict[tuple[str, int], list[Score]]:
    found: dict[tuple[str, int], list[Score]] = defaultdict(list)
    for run in runs:
        for score in run.results:
            found[score.precision, score.length].append(score)
    return found


def _curves(
    task: str,
    measured: Sequence[Measured],
    claimed: Sequence[Measured],
    chance: float | None,
    training: Any,
    label: str,
) -> Curves:
    found, said = _grouped(measured), _grouped(claimed)
    lines: dict[str, list[Point]] = {}
    counts = []
    for (precision, length), scores in sorted(found.items(), key=lambda item: item[0][1]):
        point = _point(length, scores)
        lines.setdefault(precision, []).append(point)
        own = said.get((precision, length))
        counts.append(Count(precision, length, point, _point(length, own).accuracy if own else None))
    order = list(dict.fromkeys(score.precision for run in measured for score in run.results))
    horizons: dict[str, list[int]] = defaultdict(list)
    for run in measured:
        for item in horizons_of(run.results):
            horizons[item.precision].append(item.horizon or 0)
    title = f"Accuracy of {label} on {task} against length, {', '.join(order)}; the numbers are in the table below"
    return Curves(
        task,
        slug(task),
        len(measured),
        draw({item: lines[item] for item in order}, title, training.lengths[1] if training else None, chance),
        order,
        [(item, ", ".join(f"{n:,}" if n else "none" for n in sorted(horizons[item]))) for item in order],
        sorted(counts, key=lambda count: (order.index(count.precision), count.length)),
    )


def _point(length: int, scores: Sequence[Score]) -> Point:
    """Return the mean over seeds; bounds are those of the words for one seed, the range of several."""
    accuracies = [score.accuracy for score in scores]
    mean = sum(accuracies) / len(accuracies)
    if len(scores) == 1:
        return Point(length, mean, *scores[0].interval)
    return Point(length, mean, min(accuracies), max(accuracies))
