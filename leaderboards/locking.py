"""The lock of a board: one writer at a time; one that writes nothing leaves nothing, not even the lock."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import RequestError, StorageError

LOCK = ".lock"


@contextmanager
def locked(folder: Path, seconds: float) -> Iterator[None]:
    """Hold a ledger's folder against other writers; it is made where there is none, and goes again if it stays empty.

    Raises
    ------
    RequestError
        Where another holds it for so long.
    StorageError
        Where it cannot be written.
    """
    end = time.monotonic() + seconds
    while True:
        made = [path for path in (folder / LOCK, folder, *folder.parents) if not path.exists()]
        try:
            descriptor = _opened(folder)
        except OSError as error:
            _take_away(made)
            raise StorageError(f"cannot write {folder}: {error.strerror}; nothing was written") from error
        try:
            _wait(descriptor, end, folder, seconds)
            if not _is_there(descriptor, folder):  # a writer that wrote nothing took it away as it let go
                continue
            try:
                yield
            finally:
                if os.listdir(folder) == [LOCK]:
                    _take_away(made)
            return
        finally:
            os.close(descriptor)


def _opened(folder: Path, tries: int = 20) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except FileNotFoundError:  # another may have taken a folder away that was there
        if not tries:
            raise
        time.sleep(0.002)
        return _opened(folder, tries - 1)


def _wait(descriptor: int, end: float, folder: Path, seconds: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise RequestError(
                    f"{folder.parent} is being written by another process: expected it to be free within "
                    f"{seconds:g} seconds; try again"
                ) from None
            time.sleep(0.02)


def _is_there(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(folder / LOCK))
    except FileNotFoundError:
        return False


def _take_away(made: list[Path]) -> None:
    with suppress(OSError):  # what somebody has put something into stays
        for path in made:
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
