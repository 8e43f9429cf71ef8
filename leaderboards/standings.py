"""A board's tables: those of one suite, and in the open suite one a task, with the reference rows below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RequestError
from ..evaluation.results import OWN, horizons_of
from ..names import unknown
from .bootstrap import Reached
from .cells import Column, cells_of
from .chances import chances_of
from .index import up_to_date
from .listing import Listed, listed
from .ranking import LOWER, Estimate, Row, Table, table
from .references import Reference, references
from .suite import DEFAULT, Suite, suite


@dataclass(frozen=True)
class ReferenceRow:
    """A reference row of a table: measured, not ranked; the means and the columns are those of `Row`."""

    reference: Reference
    horizon: float
    score: float | None
    columns: dict[Column, tuple[float, float | None]]


def standings(
    board: Path, name: str = DEFAULT, task: str | None = None, database: str | None = None
) -> list[Table]:
    """Return the tables of a suite of a board.

    Parameters
    ----------
    board : Path
    name : str
        Of the suite.
    task : str, optional
        One that some row is of. In the open suite only its table is returned; in any other, rows are compared on
        this task alone.
    database : str, optional
        The URL of the board's index, which is brought up to date first; ``index.sqlite`` in the board's folder where
        not given.

    Raises
    ------
    RequestError
        Where the folder is no board, or there is no such suite or task; the nearest is named.
    DamagedFileError
        Where the ledger was changed.
    DatabaseError
        Where the database stays away.
    """
    found = suite(name)
    with up_to_date(board, database) as engine:
        entries = listed(engine, name)
    return tables_of(found, entries, task)


def tables_of(found: Suite, entries: Sequence[Listed], task: str | None = None) -> list[Table]:
    """Return the tables of some entries, all of one suite."""
    present = {name for entry in entries for name in entry.tasks}
    names = sorted(present) if found.open else found.task_names
    if task is not None and task not in names:
        if not names:
            raise RequestError(f"task {task!r}: no row of {found.name} is on the board yet")
        raise unknown("task of the board", task, names)
    if not found.open:
        return [table(found, entries, chances_of(found.task_names), only=task)]
    by_task: dict[str, list[Listed]] = {name: [] for name in names if task in (None, name)}
    for entry in entries:
        for name in entry.tasks:
            if name in by_task:
                by_task[name].append(entry)
    return [table(found, listed, chances_of([name]), name) for name, listed in by_task.items()]


def reference_rows(one: Table) -> list[ReferenceRow]:
    """Return the reference rows of a table, best first."""
    found = references(one.suite, one.task, own_lengths(one)) if one.rows or one.task is None else []
    if not found:
        return []
    cells = cells_of([row.runs for row in found], one.columns, chances_of([task for task, _ in one.columns]))
    reached = Reached(cells, one.suite.threshold, one.longest)
    horizons, scores = reached.mean(reached.horizons(LOWER)), reached.mean(reached.scores)
    listed = []
    for number, reference in enumerate(found):
        mean = float(scores[number].mean())
        pairs = zip(horizons[number].tolist(), scores[number].tolist(), strict=True)
        columns = {c: (h, None if np.isnan(s) else s) for c, (h, s) in zip(one.columns, pairs, strict=True)}
        listed.append(
            ReferenceRow(reference, float(horizons[number].mean()), None if np.isnan(mean) else mean, columns)
        )
    return listed


def own_lengths(one: Table) -> list[int]:
    """Return the lengths that rows of an open table have counts of, in the precisions that are compared."""
    items = {item for _, item in one.columns}
    return sorted(
        {
            count.length
            for row in one.rows
            for run in row.entry.runs
            if run.task == one.task
            for count in run.counts
            if count.precision in items
        }
    )


def as_json(
    board: Path, name: str = DEFAULT, task: str | None = None, database: str | None = None
) -> dict[str, Any]:
    """Return what ``krohn board show --json`` prints."""
    found, tables = suite(name), standings(board, name, task, database)
    return {
        "suite": name,
        "key": found.key,
        "tasks": found.task_names,
        "precisions": found.precisions,
        "rows": [row_json(one, row) for one in tables for row in one.rows],
        "references": [reference_json(one, row) for one in tables for row in reference_rows(one)],
    }


def row_json(one: Table, row: Row) -> dict[str, Any]:
    """Return a row as it goes into JSON."""
    entry = row.entry
    first = {
        "rank": row.rank,
        "rank_low": row.rank_low,
        "rank_high": row.rank_high,
        "model": entry.model,
        "track": entry.track,
        "tier": entry.tier,
        "scores": _open_scores(one, row) if one.task is not None else _scores(one, row),
        "complete": row.complete,
        "id": entry.id,
        "name": entry.name,
        "settings": entry.settings,
        "parameters": entry.parameters,
        "time": entry.time,
    }
    if one.task is None:
        return {**first, "tasks": entry.tasks}
    return {**first, "task": one.task, "seed": entry.runs[0].seed}


def _open_scores(one: Table, row: Row) -> dict[str, Any]:
    scores = next(run.scores for run in row.entry.runs if run.task == one.task)
    horizons = horizons_of(scores)
    own = next((item for item in horizons if item.precision == OWN), None)
    accuracy = {s.length: s.accuracy for s in sorted(scores, key=lambda s: s.length) if s.precision == OWN}
    return {
        "horizon": own.horizon if own else None,
        "horizon_high": own.high if own else None,
        "threshold": one.suite.threshold,
        "accuracy": {str(length): value for length, value in accuracy.items()},
        "horizons": {item.precision: item.horizon for item in horizons},
        "normalised": row.score.value if row.score else None,
    }


def _scores(one: Table, row: Row) -> dict[str, Any]:
    return {
        "borda": _three(row.key),
        "horizon": _three(row.horizon),
        "score": _three(row.score),
        "horizon_length": one.length(row.horizon.value) if row.horizon else None,
        "tasks": _by_task(one, row.columns),
    }


def _three(found: Estimate | None) -> dict[str, float] | None:
    return {"value": found.value, "low": found.low, "high": found.high} if found else None


def _by_task(one: Table, columns: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for (task, item), (share, score) in columns.items():
        length = None if share is None else one.length(share)
        found.setdefault(task, {})[item] = {"horizon_length": length, "score": score}
    return found


def reference_json(one: Table, row: ReferenceRow) -> dict[str, Any]:
    """Return a reference row as it goes into JSON."""
    return {
        "name": row.reference.name,
        "says": row.reference.says,
        "task": one.task,
        "horizon_length": one.length(row.horizon),
        "score": row.score,
        "tasks": _by_task(one, row.columns),
    }
