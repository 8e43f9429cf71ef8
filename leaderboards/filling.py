"""Filling an index: the records of a ledger, one after another, as rows of its tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ..errors import DamagedFileError
from .cells import Count
from .entries import stands, tier_of
from .ledger import File
from .records import Claim, Measured, Record, Tier, Verification
from .tables import CLAIMS, ORDER, RECORDS, RUNS, SCORES, VERIFICATIONS

BATCH = 20_000
"""Scores that are held before they are written."""
NUMBERS = attrgetter(*Count._fields)
SAME = ("id", "suite", "name", "model", "track", "parameters")
SAME_OF_RUN = ("task", "task_version", "parameters", "weights_sha256")


class Filling:
    """Adds records to an index.

    Parameters
    ----------
    connection : Connection
        In a transaction; it sees the tables as they are so far.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows: dict[str, list[dict[str, Any]]] = {
            table.name: [] for table in ORDER if table is not SCORES
        }
        self.scores: list[tuple[Any, ...]] = []
        self.tiers: list[dict[str, Any]] = []
        self.claims = set(connection.scalars(select(CLAIMS.c.id)))
        told = connection.execute(
            select(VERIFICATIONS.c.claim, VERIFICATIONS.c.tier, VERIFICATIONS.c.latest)
        ).all()
        self.latest: dict[str, Tier] = {claim: tier for claim, tier, latest in told if latest}
        self.reproduced = {claim for claim, tier, _ in told if tier == "reproduced"}

    def add(self, records: Iterable[tuple[File, Record, str]]) -> None:
        """Add records, with their files and hashes, in the order of the ledger.

        Raises
        ------
        DamagedFileError
            Where a claim is there twice, or a verification is of none.
        """
        for file, record, sha256 in records:
            content = record.content
            self.rows[RECORDS.name].append(
                {"number": record.number, "kind": content.kind, "sha256": sha256, "time": record.time}
            )
            if isinstance(content, Claim):
                if content.id in self.claims:
                    raise DamagedFileError(f"{file.path} is damaged: claim {content.id} is there twice")
                self._claim(content, record)
            elif isinstance(content, Verification):
                if content.claim not in self.claims:
                    raise DamagedFileError(
                        f"{file.path} is damaged: there is no claim {content.claim} before it"
                    )
                self._verification(content, record)
            if len(self.scores) > BATCH:
                self._write()
        self._write()

    def _claim(self, claim: Claim, record: Record) -> None:
        self.claims.add(claim.id)
        self.rows[CLAIMS.name].append(
            {
                **{key: getattr(claim, key) for key in SAME},
                "record": record.number,
                "verification": None,
                "shown": "claimed",
                "tier": "claimed",
                "tuned_trials": claim.declarations.tuned_trials,
                "settings": json.dumps(claim.settings, sort_keys=True),
                "time": record.time,
            }
        )
        for number, run in enumerate(claim.runs, 1):
            shortest, longest = run.training.lengths if run.training else (None, None)
            same = {key: getattr(run, key) for key in SAME_OF_RUN}
            # As text: a seed has up to 64 bits, an SQL integer 63.
            more = {"claim": claim.id, "run": number, "seed": str(run.seed)}
            self.rows[RUNS.name].append({**same, **more, "shortest": shortest, "longest": longest})
        self._scores(claim.id, "claimed", claim.runs)

    def _verification(self, found: Verification, record: Record) -> None:
        before = self.latest.get(found.claim)
        standing = stands(found.tier, before)
        if standing and before is not None:
            self._forget(found.claim)
        self.rows[VERIFICATIONS.name].append(
            {
                "record": record.number,
                "claim": found.claim,
                "season": found.season,
                "tier": found.tier,
                "latest": standing,
                "reasons": json.dumps([reason.model_dump(mode="json") for reason in found.reasons]),
                "time": record.time,
            }
        )
        if not standing:
            return
        self.latest[found.claim] = found.tier
        if found.tier == "reproduced":
            self.reproduced.add(found.claim)
        self.tiers.append(
            {
                "of": found.claim,
                "tier": tier_of(found.tier, found.claim in self.reproduced),
                "shown": "measured" if found.measured else "claimed",
                "verification": record.number,
            }
        )
        self._scores(found.claim, "repeated", found.repeated)
        self._scores(found.claim, "measured", found.measured)

    def _forget(self, claim: str) -> None:
        """Take back what an earlier verification of a claim said."""
        self._write()
        self.connection.execute(
            update(VERIFICATIONS).where(VERIFICATIONS.c.claim == claim).values(latest=False)
        )
        self.connection.execute(
            delete(SCORES).where(SCORES.c.claim == claim, SCORES.c.source.in_(["repeated", "measured"]))
        )

    def _scores(self, claim: str, source: str, runs: Sequence[Measured]) -> None:
        for number, run in enumerate(runs, 1):
            for place, score in enumerate(run.results):
                self.scores.append((claim, source, number, place, *NUMBERS(score), *score.interval))

    def _write(self) -> None:
        for table in ORDER:
            if self.rows.get(table.name):
                self.connection.execute(insert(table), self.rows[table.name])
                self.rows[table.name] = []
        if self.scores:
            # As text, for they are most of an index: the driver takes tuples in a third of the time of mappings.
            mark = "?" if self.connection.dialect.paramstyle == "qmark" else "%s"
            marks = ", ".join([mark] * len(SCORES.columns))
            self.connection.exec_driver_sql(f"INSERT INTO {SCORES.name} VALUES ({marks})", self.scores)
            self.scores = []
        if self.tiers:
            self.connection.execute(update(CLAIMS).where(CLAIMS.c.id == bindparam("of")), self.tiers)
            self.tiers = []
