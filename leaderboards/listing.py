"""The rows of a suite as its tables need them, read from a board's index."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, and_, select

from .cells import Count, Counted
from .database import hold, patiently
from .records import Tier, Track
from .tables import CLAIMS, RUNS, SCORES


@dataclass(frozen=True)
class Listed:
    """A row of a board as tables show it.

    Attributes
    ----------
    id, suite, name, model, settings, track, parameters
        Those of the claim.
    tier : str
        What the row may call itself.
    time : str
        When it was submitted, UTC.
    runs : list of Counted
        Its trainings, with the board's own counts on the season's words; with the claim's where there are none.
    record : int
        Number of the claim's record in the ledger.
    verification : int or None
        Number of the record of the verification that stands.
    """

    id: str
    suite: str
    name: str
    model: str
    settings: dict[str, Any]
    track: Track
    parameters: int
    tier: Tier
    time: str
    runs: list[Counted]
    record: int
    verification: int | None

    @property
    def ranked(self) -> bool:
        """Whether the row has a rank: the board measured it, and found what was claimed."""
        return self.tier in ("verified", "reproduced")

    @property
    def tasks(self) -> list[str]:
        """The tasks it has runs of, in their order."""
        return list(dict.fromkeys(run.task for run in self.runs))


def listed(engine: Engine, suite: str) -> list[Listed]:
    """Return the rows of a suite in the order of their submission.

    Parameters
    ----------
    engine : Engine
        Of an index that is up to date.
    suite : str

    Raises
    ------
    DatabaseError
        Where the database stays away.
    """

    def read() -> list[Listed]:
        with engine.begin() as connection:
            hold(connection, "_shared")
            return _read(connection, suite)

    return patiently(read, engine)


def _read(connection: Connection, suite: str) -> list[Listed]:
    counts: dict[tuple[str, int], list[Count]] = defaultdict(list)
    shown = and_(SCORES.c.claim == CLAIMS.c.id, SCORES.c.source == CLAIMS.c.shown)
    columns = [SCORES.c[key] for key in ("claim", "run", *Count._fields)]
    found = select(*columns).join(CLAIMS, shown).where(CLAIMS.c.suite == suite)
    for claim, run, *numbers in connection.execute(
        found.order_by(CLAIMS.c.record, SCORES.c.run, SCORES.c.place)
    ):
        counts[claim, run].append(Count._make(numbers))
    runs: dict[str, list[Counted]] = defaultdict(list)
    columns = [RUNS.c[key] for key in ("claim", "run", "task", "seed", "longest")]
    of_suite = select(*columns).join(CLAIMS, RUNS.c.claim == CLAIMS.c.id).where(CLAIMS.c.suite == suite)
    for claim, run, task, seed, longest in connection.execute(of_suite.order_by(RUNS.c.claim, RUNS.c.run)):
        runs[claim].append(Counted(task, int(seed), longest is not None, counts[claim, run]))
    keys = (
        "id",
        "name",
        "model",
        "track",
        "parameters",
        "tier",
        "time",
        "record",
        "verification",
        "settings",
    )
    rows = select(*(CLAIMS.c[key] for key in keys)).where(CLAIMS.c.suite == suite).order_by(CLAIMS.c.record)
    made = []
    for *values, settings in connection.execute(rows):
        fields = dict(zip(keys, values, strict=False))
        made.append(Listed(suite=suite, settings=json.loads(settings), runs=runs[fields["id"]], **fields))
    return made
