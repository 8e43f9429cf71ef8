"""The page of a suite: its rows as HTML, and all of them as data that the page's script sorts and filters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..labels import label_of
from ..ranking import Estimate, Row, Table
from ..standings import ReferenceRow, reference_rows
from ..suite import Suite
from .tasks import slug

PAGE_ROWS = 100
"""Rows of one page; where scripts run, all rows are on the first."""
DASH = NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TRACKS = ("learned", "snapped", "constructed")
TIERS = ("claimed", "verified", "reproduced", "refuted")


@dataclass(frozen=True)
class Cell:
    """A number of a table: what is shown, and its share of the most it can be, for the tint."""

    text: str
    share: float


@dataclass(frozen=True)
class Line:
    """A row as a page shows it."""

    id: str
    label: str
    task: str
    track: str
    tier: str
    parameters: int | None
    rank: str
    interval: str
    key: Estimate | None
    horizon: str
    score: str
    cells: list[Cell]


@dataclass(frozen=True)
class BoardPage:
    """What the page of a suite is made of.

    Attributes
    ----------
    suite : Suite
    tasks : list of str
    classes : mapping
        Task to algebraic class.
    lines : list of Line
        Best first; in the open suite task after task.
    references : list of Line
    data : str
        All rows, for the script.
    """

    suite: Suite
    tasks: list[str]
    classes: Mapping[str, str]
    lines: list[Line]
    references: list[Line]
    data: str

    @property
    def pages(self) -> list[list[Line]]:
        """The rows page by page; one page at least."""
        starts = range(0, max(1, len(self.lines)), PAGE_ROWS)
        return [self.lines[start : start + PAGE_ROWS] for start in starts]


def board_page(suite: Suite, tables: Sequence[Table], classes: Mapping[str, str]) -> BoardPage:
    """Return what the page of a suite is made of."""
    tasks = [table.task or "" for table in tables] if suite.open else suite.task_names
    lines = [_line(table, row) for table in tables for row in table.rows]
    references = [_reference(table, row) for table in tables for row in reference_rows(table)]
    return BoardPage(suite, tasks, classes, lines, references, _data(suite, tables, tasks, classes))


def _line(table: Table, row: Row) -> Line:
    entry = row.entry
    several = row.rank_high is not None and row.rank_high != row.rank
    return Line(
        id=entry.id,
        label=label_of(entry),
        task=table.task or "",
        track=entry.track,
        tier=entry.tier,
        parameters=entry.parameters,
        rank=NONE if row.rank is None else str(row.rank),
        interval=f"{row.rank_low}{DASH}{row.rank_high}" if several else "",
        key=row.key,
        horizon=_horizon(table, row),
        score=_number(row.score.value if row.score else None),
        cells=[] if table.suite.open else _cells(table, row.columns),
    )


def _horizon(table: Table, row: Row) -> str:
    if row.horizon is None:
        return NONE
    length = round(table.length(row.horizon.value))
    return f"{length:,}" if length else "none"


def _reference(table: Table, row: ReferenceRow) -> Line:
    length = round(table.length(row.horizon))
    return Line(
        id="",
        label=row.reference.name,
        task=table.task or "",
        track=NONE,
        tier="reference",
        parameters=None,
        rank=NONE,
        interval="",
        key=None,
        horizon=f"{length:,}" if length else "none",
        score=_number(row.score),
        cells=[] if table.suite.open else _cells(table, row.columns),
    )


def _cells(table: Table, columns: Mapping[Any, Any]) -> list[Cell]:
    first = table.suite.precisions[0]
    return [_cell(table, *columns[column]) for column in table.columns if column[1] == first]


def _cell(table: Table, horizon: float | None, score: float | None) -> Cell:
    if table.suite.metric == "score":
        return Cell(_number(score), max(0.0, score or 0.0))
    if horizon is None:
        return Cell(NONE, 0.0)
    return Cell(f"{round(table.length(horizon)):,}" if horizon else "0", horizon)


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}".replace("-", MINUS)


def _data(suite: Suite, tables: Sequence[Table], tasks: Sequence[str], classes: Mapping[str, str]) -> str:
    """Return the script that holds all rows: short arrays, names by number, lengths and thousandths."""
    labels: dict[str, int] = {}
    rows = []
    for number, table in enumerate(tables):
        for row in table.rows:
            entry = row.entry
            label = labels.setdefault(label_of(entry), len(labels))
            key = [_thousandths(x) for x in (row.key.value, row.key.low, row.key.high)] if row.key else []
            rows.append(
                [
                    entry.id,
                    label,
                    TRACKS.index(entry.track),
                    TIERS.index(entry.tier),
                    entry.parameters,
                    row.rank or 0,
                    row.rank_high or 0,
                    key if not suite.open else [],
                    None if row.horizon is None else round(table.length(row.horizon.value)),
                    _thousandths(row.score.value if row.score else None),
                    number
                    if suite.open
                    else [_datum(table, *row.columns[column]) for column in table.columns],
                ]
            )
    document = {
        "open": suite.open,
        "metric": suite.metric,
        "most": round(2 ** max((table.longest for table in tables), default=1.0) - 1),
        "tasks": [[task, slug(task), classes.get(task, "unknown")] for task in tasks],
        "precisions": suite.precisions,
        "tracks": TRACKS,
        "tiers": TIERS,
        "labels": list(labels),
        "rows": rows,
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    # A separator that ends a line in JavaScript, and what could close the script if anyone put it inline.
    return (
        "krohnBoard("
        + text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        + ");\n"
    )


def _thousandths(value: float | None) -> int | None:
    return None if value is None else round(1000 * value)


def _datum(table: Table, horizon: float | None, score: float | None) -> int | None:
    if table.suite.metric == "score":
        return _thousandths(score)
    return None if horizon is None else round(table.length(horizon))
