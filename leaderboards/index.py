"""The SQL index of a board: built from the ledger at will, in one transaction, in SQLite or by URL in PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import Connection, Engine, create_engine, event, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from ..errors import KrohnError, RequestError
from ..files import replacing
from .entries import Entry, rows
from .keys import digest
from .ledger import Ledger
from .records import Measured, Verification
from .tables import CLAIMS, METADATA, ORDER, RECORDS, RUNS, SCORES, VERIFICATIONS

FILE = "index.sqlite"
BATCH = 5000
PATIENCE = 60.0
"""Seconds for which a database that is away is waited for."""
Result = TypeVar("Result")


class DatabaseError(KrohnError):
    """A database could not be reached or written."""


@contextmanager
def engine_of(board: Path, database: str | None = None) -> Iterator[Engine]:
    """Yield the engine of a board's index.

    Parameters
    ----------
    board : Path
    database : str, optional
        A URL of SQLAlchemy; ``index.sqlite`` in the board's folder where not given.

    Raises
    ------
    RequestError
        For what is no URL, or one whose driver is not installed.
    """
    url = database or f"sqlite:///{board / FILE}"
    try:
        engine = create_engine(make_url(url), pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        what = str(error).splitlines()[0]
        raise RequestError(
            f"database: {what}: expected a URL such as sqlite:///index.sqlite "
            "or postgresql+psycopg://user@host/name (pip install 'krohn[serve]')"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _strictly)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        yield engine
    finally:
        engine.dispose()


def _strictly(connection: Any, _: Any) -> None:
    connection.isolation_level = (
        None  # or Python's driver would leave tables that come and go out of a transaction
    )
    connection.execute("PRAGMA foreign_keys = ON")


def patiently(work: Callable[[], Result], engine: Engine, seconds: float = PATIENCE) -> Result:
    """Return what `work` returns; where the database is away, wait for it to come back and begin again.

    Raises
    ------
    DatabaseError
        Where it stays away, or refuses what it is asked.
    """
    end, pause = time.monotonic() + seconds, 0.1
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError, DBAPIError) as error:
            away = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
            if not away or time.monotonic() + pause > end:
                where = engine.url.render_as_string(hide_password=True)
                what = " ".join(str(error.orig).split())[:200]
                raise DatabaseError(f"database {where}: {what}; the index there stays as it was") from None
            time.sleep(pause)
            pause = min(2 * pause, 2.0)


def build_index(board: Path, database: str | None = None, seconds: float = PATIENCE) -> dict[str, int]:
    """Build the index of a board anew, and return how many rows each table has.

    A reader sees the index as it was until the new one is whole: an SQLite file of the board's own is written beside
    and renamed, any other database is changed in one transaction.

    Raises
    ------
    RequestError
        Where the folder is no board, or what was given is no URL.
    DatabaseError
        Where the database stays away.
    """
    content = _content(board)
    if database is None:
        with replacing(board / FILE) as temporary, engine_of(board, f"sqlite:///{temporary}") as engine:
            temporary.unlink(missing_ok=True)
            patiently(lambda: _fill(engine, content), engine, seconds)
    else:
        with engine_of(board, database) as engine:
            patiently(lambda: _fill(engine, content), engine, seconds)
    return {table.name.removeprefix("krohn_"): len(content[table.name]) for table in ORDER}


def frames(board: Path, database: str | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of an index by name: records, claims, runs, scores, verifications.

    Raises
    ------
    RequestError
        Where there is no index yet.
    """
    if database is None and not (board / FILE).is_file():
        raise RequestError(
            f"{board} has no {FILE}: expected a board with an index (krohn board index --board {board})"
        )
    with engine_of(board, database) as engine:

        def read() -> dict[str, pd.DataFrame]:
            with engine.begin() as connection:
                _hold(connection, "_shared")
                return {
                    table.name.removeprefix("krohn_"): pd.read_sql_table(table.name, connection)
                    for table in ORDER
                }

        return patiently(read, engine)


def write_parquet(board: Path, folder: Path, database: str | None = None) -> None:
    """Write the tables of an index into a folder, one Parquet file each.

    Raises
    ------
    RequestError
        Where there is no index yet.
    StorageError
        Where they cannot be written.
    """
    for name, frame in frames(board, database).items():
        with replacing(folder / f"{name}.parquet") as temporary:
            frame.to_parquet(temporary, compression="zstd", index=False)


def _fill(engine: Engine, content: dict[str, list[dict[str, Any]]]) -> None:
    with engine.begin() as connection:
        _hold(connection)
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
        for table in ORDER:
            listed = content[table.name]
            for begin in range(0, len(listed), BATCH):
                connection.execute(insert(table), listed[begin : begin + BATCH])


def _hold(connection: Connection, how: str = "") -> None:
    """Keep builders apart from each other and from readers, to the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{how}(7503114)")


def _content(board: Path) -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = {table.name: [] for table in ORDER}
    numbers: dict[str, int] = {}
    entries = {entry.claim.id: entry for entry in rows(board)}
    for file, record in Ledger(board).records():
        kind = record.content.kind
        sha256 = digest(file.path.read_bytes())
        content[RECORDS.name].append(
            {"number": record.number, "kind": kind, "sha256": sha256, "time": record.time}
        )
        if record.content.kind == "claim":
            numbers[record.content.id] = record.number
        elif isinstance(record.content, Verification):
            content[VERIFICATIONS.name].append(
                _verification(record.content, record.number, record.time, entries)
            )
    for id_, entry in entries.items():
        content[CLAIMS.name].append(_claim(entry, numbers[id_]))
        content[RUNS.name] += _runs(entry)
        content[SCORES.name] += _scores(id_, "claimed", entry.claim.runs)
        if entry.verification is not None:
            content[SCORES.name] += _scores(id_, "repeated", entry.verification.repeated)
            content[SCORES.name] += _scores(id_, "measured", entry.verification.measured)
    return content


def _claim(entry: Entry, record: int) -> dict[str, Any]:
    claim = entry.claim
    same = {key: getattr(claim, key) for key in ("id", "suite", "name", "model", "track", "parameters")}
    settings = json.dumps(claim.settings, sort_keys=True)
    trials = claim.declarations.tuned_trials
    more = {
        "record": record,
        "tier": entry.tier,
        "tuned_trials": trials,
        "settings": settings,
        "time": entry.time,
    }
    return {**same, **more}


def _runs(entry: Entry) -> list[dict[str, Any]]:
    found = []
    for number, run in enumerate(entry.claim.runs, 1):
        shortest, longest = run.training.lengths if run.training else (None, None)
        same = {key: getattr(run, key) for key in ("task", "task_version", "parameters", "weights_sha256")}
        # As text: a seed has up to 64 bits, an SQL integer 63.
        more = {"claim": entry.claim.id, "run": number, "seed": str(run.seed)}
        found.append({**same, **more, "shortest": shortest, "longest": longest})
    return found


def _scores(claim: str, source: str, runs: list[Any] | list[Measured]) -> list[dict[str, Any]]:
    keys = ("precision", "length", "correct", "total", "words_correct", "words", "squares")
    found = []
    for number, run in enumerate(runs, 1):
        for score in run.results:
            low, high = score.interval
            counts = {key: getattr(score, key) for key in keys}
            found.append(
                {"claim": claim, "source": source, "run": number, **counts, "low": low, "high": high}
            )
    return found


def _verification(found: Verification, record: int, when: str, entries: dict[str, Entry]) -> dict[str, Any]:
    latest = entries[found.claim].verification == found
    reasons = json.dumps([reason.model_dump(mode="json") for reason in found.reasons])
    return {
        "record": record,
        "claim": found.claim,
        "season": found.season,
        "tier": found.tier,
        "latest": latest,
        "reasons": reasons,
        "time": when,
    }
