"""The SQL index of a board: what its ledger says as tables, brought up to date as it grows, built anew at will.

The ledger is the truth. An index is believed only where it names every record of the ledger by its hash and no other;
one that does not, or that is missing or damaged, is built anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, func, insert, inspect, select

from ..errors import RequestError, StorageError
from ..files import replacing
from .database import PATIENCE, DatabaseError, engine_of, hold, patiently
from .filling import Filling
from .ledger import NOTHING, File, Ledger
from .tables import INDEX, LAYOUT, METADATA, ORDER, RECORDS

if TYPE_CHECKING:
    import pandas as pd

FILE = "index.sqlite"
MEMORY = "sqlite://"
LEFT = 86_400.0
"""Seconds without a change after which a file that is being built is nobody's."""


def build_index(board: Path, database: str | None = None, seconds: float = PATIENCE) -> dict[str, int]:
    """Build the index of a board anew, and return how many rows each table has.

    A reader sees the index as it was until the new one is whole: an SQLite file of the board's own is written beside
    and renamed, any other database is changed in one transaction.

    Parameters
    ----------
    board : Path
    database : str, optional
        A URL of SQLAlchemy; ``index.sqlite`` in the board's folder where not given.
    seconds : float
        How long a database that is away is waited for.

    Raises
    ------
    RequestError
        Where the folder is no board, what was given is no URL, or the database holds the index of another board.
    DamagedFileError
        Where the ledger was changed.
    DatabaseError
        Where the database stays away.
    """
    ledger = Ledger(board)
    ledger.expect()
    if database is not None:
        with engine_of(database) as engine:
            return patiently(lambda: _anew(engine, ledger), engine, seconds)
    for left in board.glob(f".{FILE}.*.partial"):  # by a builder that was killed: no other takes so long
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT:
                left.unlink()
    with replacing(board / FILE) as temporary, engine_of(_url(temporary)) as engine:
        temporary.unlink(missing_ok=True)
        return patiently(lambda: _anew(engine, ledger), engine, seconds)


@contextmanager
def up_to_date(board: Path, database: str | None = None, seconds: float = PATIENCE) -> Iterator[Engine]:
    """Yield an index that says what the ledger says: the one that is there, with the records that it lacks added.

    Where the board's folder cannot be written, its index is one in memory.

    Raises
    ------
    RequestError, DamagedFileError, DatabaseError
        As `build_index` does.
    """
    ledger = Ledger(board)
    ledger.expect()
    if database is None and _own_up_to_date(ledger, seconds):
        with engine_of(_url(board / FILE)) as engine:
            yield engine
        return
    with engine_of(database or MEMORY) as engine:
        patiently(lambda: _extended(engine, ledger) or _anew(engine, ledger), engine, seconds)
        yield engine


def _own_up_to_date(ledger: Ledger, seconds: float) -> bool:
    """Bring the board's own index up to date; say whether that could be done."""
    path = ledger.board / FILE
    if path.is_file():
        with engine_of(_url(path)) as engine, suppress(DatabaseError):  # damaged, or not to be written
            if patiently(lambda: _extended(engine, ledger), engine, seconds):
                return True
    try:
        build_index(ledger.board, None, seconds)
    except (DatabaseError, StorageError):
        return False
    return True


def frames(board: Path, database: str | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of an index by name: records, claims, runs, scores, verifications.

    Raises
    ------
    RequestError
        Where there is no index yet, or the database holds that of another board.
    """
    import pandas as pd

    if database is None and not (board / FILE).is_file():
        raise RequestError(
            f"{board} has no {FILE}: expected a board with an index (krohn board index --board {board})"
        )
    with engine_of(database or _url(board / FILE)) as engine:

        def read() -> dict[str, pd.DataFrame]:
            with engine.begin() as connection:
                hold(connection, "_shared")
                _refuse_that_of_another(connection, Ledger(board))
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


def _url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def _anew(engine: Engine, ledger: Ledger) -> dict[str, int]:
    with engine.begin() as connection:
        hold(connection)
        _refuse_that_of_another(connection, ledger)
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
        connection.execute(insert(INDEX), {"layout": LAYOUT})
        Filling(connection).add(ledger.follow(ledger.files()))
        return {
            table.name.removeprefix("krohn_"): connection.scalar(select(func.count()).select_from(table)) or 0
            for table in ORDER
        }


def _refuse_that_of_another(connection: Connection, ledger: Ledger) -> None:
    """Raise where an index begins with another first record than the ledger: a database holds one board."""
    if not inspect(connection).has_table(RECORDS.name):
        return
    first = connection.scalar(select(RECORDS.c.sha256).where(RECORDS.c.number == 1))
    if first is not None and not any(first.startswith(file.short) for file in ledger.files()[:1]):
        where = connection.engine.url.render_as_string(hide_password=True)
        raise RequestError(
            f"database {where} holds the index of another board than {ledger.board}, whose first record is "
            f"{first[:16]}: expected a database of its own, or one without the tables krohn_..."
        )


def _extended(engine: Engine, ledger: Ledger) -> bool:
    """Add the records that an index lacks; say whether it is one of this ledger at all."""
    with engine.begin() as connection:
        hold(connection)
        files = ledger.files()
        known = _known(connection)
        if known is None or not _agree(known, files):
            return False
        if len(known) < len(files):
            last = known[-1] if known else NOTHING
            Filling(connection).add(ledger.follow(files[len(known) :], last))
        return True


def _known(connection: Connection) -> list[str] | None:
    """Return the hashes of the records that an index holds; None where it is none, or of another layout."""
    if not inspect(connection).has_table(INDEX.name):
        return None
    if connection.scalar(select(INDEX.c.layout)) != LAYOUT:
        return None
    return list(connection.scalars(select(RECORDS.c.sha256).order_by(RECORDS.c.number)))


def _agree(known: Sequence[str], files: Sequence[File]) -> bool:
    return len(known) <= len(files) and all(
        sha256.startswith(file.short) for sha256, file in zip(known, files, strict=False)
    )
