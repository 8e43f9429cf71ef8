"""A folder that one command at a time fills, and that the same command can go on filling."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ...errors import DamagedFileError, RequestError, StorageError
from ...files import read_json, write_json

try:
    import fcntl
except ImportError:  # where there is none, two commands at a time are the user's to avoid
    fcntl = None  # type: ignore[assignment]

MANIFEST = "manifest.json"
UNFINISHED = "unfinished.json"


@contextmanager
def claimed(folder: Path, request: Mapping[str, Any]) -> Iterator[dict[str, Any] | None]:
    """Hold a folder for one request; yield its manifest where it is finished already.

    Raises
    ------
    RequestError
        Where something else lies there, or another command is at work.
    StorageError
        Where the disk is full. Files that were finished stay.
    """
    new = not folder.exists()
    manifest = None if new else _found(folder, request)
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error.strerror or error}") from error
    with _alone(folder):
        try:
            if manifest is None:
                _sweep(folder)
                write_json(folder / UNFINISHED, request)
            yield manifest
        except BaseException:
            if not any((folder / "data").iterdir()):  # nothing is lost
                for path in (folder / UNFINISHED, folder / "data"):
                    with suppress(OSError):
                        path.unlink() if path.is_file() else path.rmdir()
                if new:
                    with suppress(OSError):
                        folder.rmdir()
            raise
        (folder / UNFINISHED).unlink(missing_ok=True)


def _found(folder: Path, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the manifest of what lies in a folder, None where it is not finished."""
    if folder.is_dir() and not any(folder.iterdir()):
        return None
    if (folder / MANIFEST).is_file():
        document = _read(folder / MANIFEST)
        manifest, there = document, {key: document.get(key) for key in request}
    elif (folder / UNFINISHED).is_file():
        manifest, there = None, _read(folder / UNFINISHED)
    else:
        raise RequestError(f"{folder} exists already: expected a folder name that is free")
    for key, wanted in request.items():
        if there.get(key) != wanted:
            raise RequestError(
                f"{folder} holds another dataset ({key} is {_told(there.get(key))}, not {_told(wanted)}): "
                "expected the command that it was made with, or a folder name that is free"
            )
    return manifest


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(
            f"{name}:{row['words']}:{row['lengths'][0]}-{row['lengths'][1]}" for name, row in value.items()
        )
    return str(value)


def _read(path: Path) -> dict[str, Any]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise DamagedFileError(f"{path} is damaged: expected an object")
    return document


def _sweep(folder: Path) -> None:
    """Remove what a command that was killed left half-written."""
    for path in [*folder.glob(".*.partial"), *folder.glob("data/.*.partial")]:
        with suppress(OSError):
            path.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RequestError(
                f"{folder} is being written by another command: expected one at a time"
            ) from None
        yield
    finally:
        os.close(handle)
