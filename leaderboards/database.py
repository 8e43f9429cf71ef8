"""Reaching the database of an index: SQLite in the board's folder, or any by URL; what is away is waited for."""

from __future__ import annotations

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
Result = TypeVar("Result")


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
        except DBAPIError as error:
            if not _away(error, engine) or time.monotonic() + pause > end:
                where = engine.url.render_as_string(hide_password=True)
                what = " ".join(str(error.orig).split())[:200]
                raise DatabaseError(f"database {where}: {what}; the index there stays as it was") from None
            time.sleep(pause)
            pause = min(2 * pause, 2.0)


def _away(error: DBAPIError, engine: Engine) -> bool:
    if engine.dialect.name == "sqlite":  # a file does not go away: another process may be writing it
        return "locked" in str(error.orig)
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def hold(connection: Connection, how: str = "") -> None:
    """Keep builders apart from each other and (``_shared``) from readers, to the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{how}(7503114)")
