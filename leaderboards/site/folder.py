"""The folder of a site: pages written whole, and of what lies there only what a build made is ever taken away."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from ...errors import DamagedFileError, RequestError, StorageError
from ...files import read_json, refuse_files, write_json

PAGES = "pages"
MADE = f"{PAGES}/made.json"
FOLDERS = (PAGES, *(f"{PAGES}/{name}" for name in ("models", "suites", "tasks")))
PAGE = re.compile(rf"index\.html|({'|'.join(FOLDERS)})/[a-z0-9-][a-z0-9.-]*")
"""The names of pages: none leads out of the folder."""
PARTIAL = re.compile(r"\.(.+)\.([0-9]{1,9})\.partial")


class SiteFolder:
    """What a build finds in a folder, and what it makes there.

    Parameters
    ----------
    path : Path
    board : Path
        The board that is built, whose own folder may hold a site beside the rest.

    Attributes
    ----------
    before : dict
        The pages of the build before, each with the key of what it was made of; empty where there was none.
    made : dict
        Those of this one.

    Raises
    ------
    RequestError
        Where it is a file, holds something else than a site, or links in it lead out of it.

    Examples
    --------
    >>> SiteFolder(Path(__file__), Path("board"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: ...folder.py is a file: expected a folder for the pages
    """

    def __init__(self, path: Path, board: Path) -> None:
        self.path = path
        refuse_files(path, "a folder for the pages")
        inside = os.path.join(os.path.realpath(path), "")
        for name in FOLDERS:
            if not os.path.realpath(path / name).startswith(inside):
                raise RequestError(f"{path / name} leads out of {path}: expected a folder within it")
        found = self._read()
        own = os.path.realpath(path) == os.path.realpath(board)
        if found is None and not own and self._holds_files():
            raise RequestError(
                f"{path} holds other things: expected an empty folder or one of an earlier krohn board build"
            )
        self.before, self.known = found or {}, found is not None
        self.made: dict[str, str] = {}

    def begin(self) -> None:
        """Say before the first page whose folder it is: a build that is killed is one that the next goes on with."""
        if not self.known:
            write_json(self.path / MADE, {})

    def put(self, name: str, data: bytes, key: str = "") -> None:
        """Write a page whole. Not flushed to disk one by one: `end` does that for all, and pages can be made again.

        Raises
        ------
        StorageError
            Where it cannot be written.
        """
        path = self.path / name
        temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            what = os.strerror(error.errno or 0)
            raise StorageError(f"cannot write {path}: {what}; the page before is left") from error
        self.made[name] = key

    def keep(self, name: str, key: str) -> bool:
        """Say whether a page of the build before is the one to be made; it is then one of this build."""
        if self.before.get(name) != key or not (self.path / name).is_file():
            return False
        self.made[name] = key
        return True

    def end(self) -> None:
        """Take away the pages of the build before that this one did not make, and what killed builds left of any."""
        for name in self.before.keys() - self.made.keys():
            with suppress(OSError):  # it is away, or a folder by now
                (self.path / name).unlink()
        pages = {*self.made, MADE}
        for folder in ("", *FOLDERS):
            for path in (self.path / folder).glob(".*.partial"):
                left = PARTIAL.fullmatch(path.name)
                if left and (Path(folder) / left[1]).as_posix() in pages and not _runs(int(left[2])):
                    path.unlink(missing_ok=True)
        os.sync()
        write_json(self.path / MADE, self.made)

    def _holds_files(self) -> bool:
        """Say whether any file is there but hidden ones, as of git or of a build that was killed at once."""
        for _, folders, files in os.walk(self.path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            if not all(name.startswith(".") for name in files):
                return True
        return False

    def _read(self) -> dict[str, str] | None:
        """Return what the build before made; None where none did, or where it is not to be told."""
        try:
            found = read_json(self.path / MADE)
        except (RequestError, DamagedFileError):
            return None
        if not isinstance(found, dict):
            return None
        right = all(PAGE.fullmatch(name) and isinstance(key, str) for name, key in found.items())
        return found if right else None


def _runs(process: int) -> bool:
    """Say whether a process is at it still."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another's
        return True
    return process != os.getpid()
