"""Reaching the database of an index: SQLite in the board's folder, or any by URL; what is away is waited for."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from ..errors import KrohnError, RequestError

PATIENCE = 60.0
"""Seconds for which a database that is away is waited for."""
REFUSALS = re.compile(
    r'"[^"]*" does not exist|authentication failed|no password supplied|no pg_hba\.conf entry'
    r"|not permitted to log in|permission denied for database"
)
"""What PostgreSQL says to whom it turns away (SQLSTATE 28 and 3D, which its client library does not tell)."""
Result = TypeVar("Result")
LOG = logging.getLogger(__name__)


class DatabaseError(KrohnError):
    """A database could not be reached or written."""


@contextmanager
def engine_of(url: str | URL) -> Iterator[Engine]:
    """Yield the engine of a database by its URL.

    Raises
    ------
    RequestError
        For what is no URL, or one whose driver is not installed.
    """
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
    """Return what `work` returns; where the database is away, say so, wait for it to come back and begin again.

    Raises
    ------
    DatabaseError
        Where it stays away, turns whom it is asked by away, or refuses what it is asked.
    """
    end, pause, told = time.monotonic() + seconds, 0.1, False
    while True:
        try:
            return work()
        except DBAPIError as error:
            where = engine.url.render_as_string(hide_password=True)
            what = f"database {where}: {' '.join(str(error.orig).split())[:300]}"
            if not _away(error, engine) or time.monotonic() + pause > end:
                raise DatabaseError(f"{what}; nothing there was changed") from None
            if not told:
                LOG.warning("%s; waiting %g seconds for it to come back", what, seconds)
            told = True
            time.sleep(pause)
            pause = min(2 * pause, 2.0)


def _away(error: DBAPIError, engine: Engine) -> bool:
    if engine.dialect.name == "sqlite":  # a file does not go away: another process may be writing it
        return "locked" in str(error.orig)
    if REFUSALS.search(str(error.orig)):
        return False
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def hold(connection: Connection, how: str = "") -> None:
    """Keep builders apart from each other and (``_shared``) from readers, to the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{how}(7503114)")
