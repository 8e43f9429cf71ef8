"""The board: a folder of submissions, and the rows that follow from them, ranked by horizon."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import RequestError
from ..evaluation.intervals import horizon
from ..evaluation.precision import OWN
from ..evaluation.results import EVALUATION, THRESHOLD, Score
from ..files import new_folder, write_json
from ..training.run import CONFIG, WEIGHTS
from .claim import CLAIM, SUITE, Claim, claim_of, read_claim

SUBMISSIONS = "submissions"


def new_claim(run: Path, board: Path) -> Claim:
    """Return the claim that a run would make on a board.

    Raises
    ------
    RequestError
        Where the run cannot be submitted, or was before.
    """
    claim = claim_of(run)
    if (board / SUBMISSIONS / claim.id).exists():
        raise RequestError(
            f"{run} is on the board already, as {claim.id}: expected a run that was not submitted"
        )
    return claim


def submit(run: Path, board: Path) -> Claim:
    """Copy a run's claim, config, evaluation and weights into the board.

    Raises
    ------
    RequestError
        As `new_claim` does.
    StorageError
        Where it cannot be written; nothing is left.
    """
    claim = new_claim(run, board)
    with new_folder(board / SUBMISSIONS / claim.id) as folder:
        write_json(folder / CLAIM, claim.model_dump(mode="json"))
        for name in (CONFIG, EVALUATION, WEIGHTS):
            shutil.copyfile(run / name, folder / name)
    return claim


def claims(board: Path) -> list[Claim]:
    """Return the claims on a board, by id.

    Raises
    ------
    RequestError
        Where the folder is no board.
    DamagedFileError
        Where a claim was changed.
    """
    folder = board / SUBMISSIONS
    if not folder.is_dir():
        raise RequestError(
            f"{board} is no board: expected a folder with {SUBMISSIONS}/ (krohn submit RUN --board DIR)"
        )
    return [read_claim(path / CLAIM) for path in sorted(folder.iterdir()) if not path.name.startswith(".")]


@dataclass(frozen=True)
class Row:
    """A claim in its task's table.

    Attributes
    ----------
    claim : Claim
    low, high : int
        Horizons by the lower and by the upper bounds, in the model's own precision; 0 where there is none.
        The first is the horizon proper, and what rows are ordered by.
    rank : int or None
        1 + the rows of the same task whose interval lies wholly above; None without scores in fp32.
    rank_low, rank_high : int or None
        The best and the worst rank that the intervals allow.
    """

    claim: Claim
    low: int
    high: int
    rank: int | None
    rank_low: int | None
    rank_high: int | None

    def scores(self) -> dict[str, Any]:
        """Return the row's scores as they go into JSON."""
        return {
            "horizon": self.low or None,
            "horizon_high": self.high or None,
            "threshold": THRESHOLD,
            "accuracy": {str(score.length): score.accuracy for score in own_scores(self.claim)},
            "horizons": {item.precision: item.horizon for item in self.claim.horizons},
        }


def own_scores(claim: Claim) -> list[Score]:
    """Return a claim's scores in the model's own precision, by length."""
    return sorted(
        (score for score in claim.results if score.precision == OWN), key=lambda score: score.length
    )


def _bounds(claim: Claim) -> tuple[int, int]:
    scores = own_scores(claim)
    low = horizon([(score.length, score.interval[0]) for score in scores], THRESHOLD)
    high = horizon([(score.length, score.interval[1]) for score in scores], THRESHOLD)
    return low or 0, high or 0


def rank(found: list[Claim]) -> list[Row]:
    """Return the rows of one task, best first; rows without scores in fp32 come last and have no rank."""
    bounds = {claim.id: _bounds(claim) for claim in found}
    complete = [claim for claim in found if own_scores(claim)]
    rows = []
    for claim in found:
        low, high = bounds[claim.id]
        if claim not in complete:
            rows.append(Row(claim, low, high, None, None, None))
            continue
        others = [bounds[other.id] for other in complete if other.id != claim.id]
        above = sum(other_low > high for other_low, _ in others)
        not_below = sum(other_high >= low for _, other_high in others)
        rows.append(Row(claim, low, high, 1 + above, 1 + above, 1 + not_below))
    return sorted(rows, key=lambda row: (row.rank is None, -row.low, -row.high, row.rank, row.claim.id))


def tables(board: Path) -> dict[str, list[Row]]:
    """Return the board's rows by task."""
    found = claims(board)
    return {
        task: rank([claim for claim in found if claim.task == task])
        for task in sorted({c.task for c in found})
    }


def as_json(board: Path) -> dict[str, Any]:
    """Return what ``krohn board show --json`` prints."""
    rows = [
        {
            "rank": row.rank,
            "rank_low": row.rank_low,
            "rank_high": row.rank_high,
            "model": row.claim.model,
            "track": row.claim.track,
            "tier": "claimed",
            "scores": row.scores(),
            "task": task,
            "id": row.claim.id,
            "seed": row.claim.seed,
            "parameters": row.claim.parameters,
        }
        for task, table in tables(board).items()
        for row in table
    ]
    return {"suite": SUITE, "rows": rows}
