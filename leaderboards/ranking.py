"""Tables of a board: which rows are ranked, by what, and between which ranks each of them may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.intervals import Z
from .bootstrap import Reached, points, replicates
from .cells import Cells, Column, cells_of
from .listing import Listed
from .suite import Suite

LOWER, UPPER = 0.975, 0.025
"""Certainties at which a horizon is reached by the lower, and by the upper bound of a 95 % interval."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes
    ----------
    entry : Listed
    rank : int or None
        1 + the number of rows whose interval lies wholly above. None where the board did not measure the row, or some
        of the suite's counts are missing.
    rank_low, rank_high : int or None
        The best and the worst rank that the intervals allow.
    complete : bool
        Whether every count that the suite asks for is there.
    key : Estimate or None
        What the table is ordered by: Borda points, or in the open suite the log horizon; None without a rank.
    horizon, score : Estimate or None
        Means over all columns of the log horizon, as a share of the longest, and of the chance-normalised accuracy;
        None where some are missing.
    columns : mapping
        (task, precision) to the two, and None where they are not known.
    """

    entry: Listed
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    complete: bool
    key: Estimate | None
    horizon: Estimate | None
    score: Estimate | None
    columns: dict[Column, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Table:
    """Rows that are compared with each other, best first.

    Attributes
    ----------
    suite : Suite
    task : str or None
        In the open suite, the task of all rows.
    columns : tuple of (task, precision)
    longest : float
        log2 of one more than the longest length: what a log horizon of 1 stands for.
    rows : list of Row
    """

    suite: Suite
    task: str | None
    columns: tuple[Column, ...]
    longest: float
    rows: list[Row]

    @property
    def size(self) -> int:
        """How many rows it has."""
        return len(self.rows)

    def length(self, share: float) -> float:
        """Return the length that a log horizon stands for."""
        return float(2 ** (share * self.longest) - 1)


def ranks(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best and the worst rank of every row that their intervals allow.

    Examples
    --------
    The second and the third row overlap:

    >>> best, worst = ranks(np.array([0.8, 0.5, 0.4]), np.array([0.9, 0.7, 0.6]))
    >>> best.tolist(), worst.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    best = 1 + len(low) - np.searchsorted(np.sort(low), high, "right")
    worst = len(low) - np.searchsorted(np.sort(high), low, "left")
    return best, worst


def table(
    suite: Suite,
    entries: Sequence[Listed],
    chances: dict[str, float],
    task: str | None = None,
    only: str | None = None,
) -> Table:
    """Return the table of some entries.

    Parameters
    ----------
    suite : Suite
    entries : sequence of Listed
        Of this suite; in the open suite, of one task.
    chances : mapping
        Task to the accuracy of the best constant answer, where it is known.
    task : str, optional
        That task.
    only : str, optional
        The one task of the suite that rows are compared on.
    """
    entries = sorted(entries, key=lambda entry: entry.id)
    names = [task] if task is not None else [only] if only is not None else suite.task_names
    columns = [(name, item) for name in names for item in suite.precisions]
    cells = _counted(suite, cells_of([entry.runs for entry in entries], columns, chances))
    complete = _complete(suite, cells, entries)
    return _assembled(suite, task, entries, cells, complete)


def _counted(suite: Suite, cells: Cells) -> Cells:
    """Leave out lengths that the suite does not ask for, and counts of fewer words than it does."""
    if suite.test_lengths is None:
        return cells
    kept = np.isin(cells.counts["length"], suite.test_lengths) & (cells.counts["words"] >= suite.words)
    return Cells(cells.rows, cells.columns, {k: v[kept] for k, v in cells.counts.items()}, cells.chances)


def _complete(suite: Suite, cells: Cells, entries: Sequence[Listed]) -> NDArray[np.bool_]:
    width = len(cells.columns)
    found = np.bincount(cells.counts["row"] * width + cells.counts["column"], minlength=cells.rows * width)
    found = found.reshape(cells.rows, width)
    if suite.test_lengths is None:
        return np.asarray((found > 0).all(1))
    seeds = np.zeros((cells.rows, width), np.int64)
    np.maximum.at(seeds, (cells.counts["row"], cells.counts["column"]), cells.counts["seed"] + 1)
    asked = np.array([suite.seeds] * len(entries), np.int64)[:, None]
    constructed = np.array([entry.track == "constructed" for entry in entries], np.bool_)[:, None]
    right = np.where(constructed, seeds >= 1, seeds == asked)
    return np.asarray((right & (found == seeds * len(suite.test_lengths))).all(1))


def _assembled(
    suite: Suite, task: str | None, entries: Sequence[Listed], cells: Cells, complete: NDArray[np.bool_]
) -> Table:
    lengths = suite.test_lengths or cells.counts["length"]
    longest = float(np.log2(1 + max(lengths, default=1)))
    reached = Reached(cells, suite.threshold, longest)
    horizons, scores = reached.mean(reached.horizons(LOWER)), reached.mean(reached.scores)
    measured = np.array([entry.ranked for entry in entries], np.bool_) & complete
    keys, whole = _estimates(suite, cells.chosen(measured), longest)
    best, worst = ranks(keys[1], keys[2])
    places = np.cumsum(measured) - 1
    rows = []
    for number, entry in enumerate(entries):
        at = int(places[number])
        ranked = bool(measured[number])
        pairs = zip(horizons[number].tolist(), scores[number].tolist(), strict=True)
        horizon, score = _plain(horizons[number]), _plain(scores[number])
        if ranked:
            horizon, score = _estimate(whole[0][:, at]), _estimate(whole[1][:, at])
        rows.append(
            Row(
                entry=entry,
                rank=int(best[at]) if ranked else None,
                rank_low=int(best[at]) if ranked else None,
                rank_high=int(worst[at]) if ranked else None,
                complete=bool(complete[number]),
                key=_estimate(keys[:, at]) if ranked else None,
                horizon=horizon,
                score=score,
                columns={c: (_known(h), _known(s)) for c, (h, s) in zip(cells.columns, pairs, strict=True)},
            )
        )
    rows.sort(key=_place)
    return Table(suite, task, cells.columns, longest, rows)


def _place(row: Row) -> tuple[Any, ...]:
    if row.key is None or row.rank is None:
        value = row.horizon.value if row.horizon else -1.0
        return True, not row.complete, -value, 0.0, 0, row.entry.id
    return False, False, -row.key.value, -row.key.high, row.rank, row.entry.id


def _plain(values: NDArray[np.float64]) -> Estimate | None:
    mean = float(values.mean()) if len(values) else np.nan
    return None if np.isnan(mean) else Estimate(mean, mean, mean)


def _estimate(three: NDArray[np.float64]) -> Estimate | None:
    return None if np.isnan(three[0]) else Estimate(*(float(number) for number in three))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _estimates(
    suite: Suite, cells: Cells, longest: float
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Return key, horizon and score of complete rows, each of shape (3, rows): value, low, high."""
    reached = Reached(cells, suite.threshold, longest)
    low, high = reached.mean(reached.horizons(LOWER)), reached.mean(reached.horizons(UPPER))
    scores = reached.mean(reached.scores)
    if suite.open:
        # One training: no seeds to draw. The intervals are those of its words.
        spread = Z * reached.mean(reached.spreads)
        horizon = np.stack([low.mean(1), low.mean(1), high.mean(1)])
        score = np.stack([scores.mean(1), (scores - spread).mean(1), (scores + spread).mean(1)])
        return horizon, [horizon, np.minimum(score, 1.0)]
    drawn = replicates(reached, suite.metric == "score")
    values = points(scores if suite.metric == "score" else low), low.mean(1), scores.mean(1)
    bounds = np.quantile(drawn, [UPPER, LOWER], axis=2)
    found = [
        np.stack([value, np.minimum(value, bounds[0, i]), np.maximum(value, bounds[1, i])])
        for i, value in enumerate(values)
    ]
    return found[0], found[1:]
