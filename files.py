"""Files that are whole or absent: written under a temporary name, flushed, then renamed; and their hashes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from .errors import DamagedFileError, RequestError, StorageError


def _storage_error(path: Path, error: OSError) -> StorageError:
    # Not `strerror`: Arrow's is a long story.
    what = os.strerror(error.errno) if error.errno else str(error)
    return StorageError(f"cannot write {path}: {what}; nothing was left half-written")


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of names, would survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the final name, on failure it is removed.

    Raises
    ------
    StorageError
        Where the file cannot be written, as on a full disk.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> (folder / "a.txt").read_text(), len(list(folder.iterdir()))
    ('whole', 1)
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        flush_to_disk(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise _storage_error(path, error) from error
    finally:
        with suppress(OSError):  # where the folder itself cannot be, neither can the file
            temporary.unlink()


@contextmanager
def appending(path: Path) -> Iterator[TextIO]:
    """Yield `path` opened for more lines at its end.

    Raises
    ------
    StorageError
        Where a line cannot be written, as on a full disk.
    """
    try:
        with path.open("a") as file:
            yield file
    except BrokenPipeError:  # of whoever reads our output, never of a file
        raise
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def json_text(document: Any) -> str:
    """Return a JSON document: indented, keys in the order given.

    Raises
    ------
    ValueError
        Where it holds NaN or an infinity, which JSON does not have.
    """
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)


def json_bytes(document: Any) -> bytes:
    """Return what `write_json` writes: the text with a final newline."""
    return (json_text(document) + "\n").encode()


def write_json(path: Path, document: Any) -> None:
    """Write a JSON document.

    Raises
    ------
    StorageError
        Where it holds NaN or an infinity, or cannot be written.
    """
    try:
        data = json_bytes(document)
    except ValueError as error:
        raise StorageError(f"cannot write {path}: {error}") from None
    write_bytes(path, data)


def read_json(path: Path) -> Any:
    """Return the JSON document in `path`.

    Raises
    ------
    RequestError
        Where there is no such file.
    DamagedFileError
        Where the file is not JSON.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise RequestError(f"no file {path}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DamagedFileError(f"{path} is damaged: not a JSON document ({error})") from None


def refuse_taken(path: Path) -> None:
    """Refuse a folder that is to be made where something is in the way: what has that name, or a file above it.

    Raises
    ------
    RequestError
        It names what is in the way.
    """
    if path.exists():
        raise RequestError(f"{path} exists already: expected a folder name that is free")
    above = _in_the_way(path)
    if above is not None:
        raise RequestError(f"{path} lies below {above}, which is a file: expected a folder")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` on success and vanishes on failure.

    Raises
    ------
    RequestError
        Where `path` exists already, or lies below a file.
    StorageError
        Where something in it cannot be written.
    """
    refuse_taken(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    except OSError as error:
        raise _storage_error(path, error) from error
    try:
        yield temporary
        temporary.chmod(0o755)  # mkdtemp makes private folders; a dataset or a submission is not one
        os.rename(temporary, path)
    except OSError as error:
        if path.exists():
            raise RequestError(f"{path} exists already: another process made it meanwhile") from error
        raise _storage_error(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def refuse_files(path: Path, expected: str) -> None:
    """Raise where no folder can be made: where `path`, or what it should lie in, is a file.

    Raises
    ------
    RequestError
        It says what was `expected`.

    Examples
    --------
    >>> refuse_files(Path(tempfile.mkdtemp()) / "new", "a folder for the tables")
    >>> refuse_files(Path("/dev/null/tables"), "a folder for the tables")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: /dev/null is a file: expected a folder for the tables
    """
    part = _in_the_way(path)
    if part is not None:
        raise RequestError(f"{part} is a file: expected {expected}")


def _in_the_way(path: Path) -> Path | None:
    """Return the nearest of a path and those above it that exists, where it is no folder."""
    there = next((part for part in (path, *path.parents) if part.exists()), None)
    return there if there is not None and not there.is_dir() else None


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
