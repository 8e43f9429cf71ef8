"""The ledger: a folder of JSON files, append-only, each naming the hash of the one before.

A file is called ``NUMBER-KIND-HASH.json``, HASH being the first 16 digits of the sha256 of its bytes, so that even the
last one cannot change unseen; ``head.json`` names the last, so that it cannot vanish unseen. A writer that is killed
leaves a temporary file, or a head that lags by the record it had just written: both are whole ledgers.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ..errors import DamagedFileError, RequestError, StorageError
from ..files import flush_to_disk, json_bytes, write_bytes
from .keys import digest
from .locking import locked
from .records import Claim, Record, Reveal, Season, Verification

LEDGER = "ledger"
HEAD = "head.json"
NOTHING = "0" * 64
"""The hash that the first record names."""
NAME = re.compile(r"([0-9]{6,12})-(season|reveal|claim|verification)-([0-9a-f]{16})\.json")


@dataclass(frozen=True)
class File:
    """A file of the ledger by its name."""

    path: Path
    number: int
    kind: str
    short: str
    """The first 16 digits of its hash."""


class Ledger:
    """The ledger of a board.

    Parameters
    ----------
    board : Path
        The board's folder.

    Examples
    --------
    >>> import tempfile
    >>> Ledger(Path(tempfile.mkdtemp())).check()
    []
    """

    def __init__(self, board: Path) -> None:
        self.board = board
        self.folder = board / LEDGER

    def expect(self) -> None:
        """Raise RequestError where the folder is no board."""
        if not self.folder.is_dir():
            raise RequestError(
                f"{self.board} is no board: expected a folder with ledger/ (krohn submit RUN --board DIR)"
            )

    @contextmanager
    def lock(self, seconds: float = 60.0) -> Iterator[None]:
        """Hold the board against other writers; a process that is killed lets go.

        Raises
        ------
        RequestError
            Where another holds it for so long.
        DamagedFileError
            Where something lies in its folder that does not belong there.
        StorageError
            Where the board cannot be written.
        """
        self.listed()
        with locked(self.folder, seconds):
            yield

    def listed(self) -> list[File]:
        """Return the ledger's files, sorted; what a killed writer left is no part of it.

        Raises
        ------
        DamagedFileError
            For a file that does not belong there.
        """
        found = []
        for name in os.listdir(self.folder) if self.folder.is_dir() else []:
            match = NAME.fullmatch(name)
            if match is not None:
                found.append(File(self.folder / name, int(match[1]), match[2], match[3]))
            elif name != HEAD and not name.startswith("."):
                raise DamagedFileError(f"{self.folder / name} is no record: expected NUMBER-KIND-HASH.json")
        return sorted(found, key=lambda file: (file.number, file.path.name))

    def files(self) -> list[File]:
        """Return the ledger's files, one a number.

        Raises
        ------
        DamagedFileError
            For a file that does not belong there, a number that is missing or there twice.
        """
        found = self.listed()
        for expected, file in enumerate(found, 1):
            if file.number != expected:
                what = "is there twice" if file.number < expected else f"follows number {expected - 1}"
                raise DamagedFileError(f"{self.folder} is damaged: record {file.number} {what}")
        return found

    def records(self) -> list[tuple[File, Record]]:
        """Return every record, each checked against its name and against the one before.

        Raises
        ------
        DamagedFileError
            For the first that was changed.
        """
        return [(file, record) for file, record, _ in self.follow(self.files())]

    def follow(self, files: Sequence[File], previous: str = NOTHING) -> Iterator[tuple[File, Record, str]]:
        """Yield records and their hashes, each checked against its name and against the one before.

        Parameters
        ----------
        files : sequence of File
            The ledger's, or those from one on.
        previous : str
            The hash of the one before the first.

        Raises
        ------
        DamagedFileError
            For the first that was changed.
        """
        for file in files:
            record, sha256 = _parsed(file, _read(file.path))
            if record.previous != previous:
                raise DamagedFileError(
                    f"{file.path} is damaged: it names {record.previous[:16]} before it, expected {previous[:16]}"
                )
            previous = sha256
            yield file, record, sha256

    def last_of(self, *kinds: str) -> Record | None:
        """Return the last record of some kinds, checked against its name only; None where there is none.

        Raises
        ------
        DamagedFileError
            Where it was changed.
        """
        found = [file for file in self.files() if file.kind in kinds]
        return read_record(found[-1]) if found else None

    def season(self) -> Season | None:
        """Return the season that is open; None where the ledger is empty or its last season has ended."""
        last = self.last_of("season", "reveal")
        return last.content if last and isinstance(last.content, Season) else None

    def append(self, content: Season | Reveal | Claim | Verification) -> Record:
        """Add a record, whole or not at all; to be called under `lock`.

        Raises
        ------
        DamagedFileError
            Where the last record or the head was changed.
        StorageError
            Where it cannot be written, as on a full disk; the ledger then stays as it was.
        """
        files = self.files()
        previous = _parsed(files[-1], _read(files[-1].path))[1] if files else NOTHING
        before = digest(_read(files[-2].path)) if len(files) > 1 else NOTHING
        # Or a second killed writer would leave it two records behind.
        if self._head_lags(len(files), before, previous):
            write_bytes(self.folder / HEAD, _head(len(files), previous))
        for left in self.folder.glob(".*.partial"):  # by a writer that was killed: nobody else holds the lock
            left.unlink(missing_ok=True)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        record = Record(number=len(files) + 1, previous=previous, time=now, content=content)
        data = json_bytes(record.model_dump(mode="json"))
        path = self.folder / f"{record.number:06d}-{content.kind}-{digest(data)[:16]}.json"
        write_bytes(path, data)
        try:
            flush_to_disk(self.folder)
            write_bytes(self.folder / HEAD, _head(record.number, digest(data)))
        except (OSError, StorageError) as error:
            path.unlink()
            raise StorageError(
                f"cannot write {self.folder / HEAD}: no room is left; nothing was written"
            ) from error
        return record

    def check(self) -> list[str]:
        """Return what is wrong with the chain, a line each; nothing where it is whole."""
        try:
            files = self.files()
        except DamagedFileError as error:
            return [str(error)]
        wrong: list[str] = []
        before = previous = NOTHING
        for file in files:
            data = _read(file.path)
            try:
                record, _ = _parsed(file, data)
            except DamagedFileError as error:
                wrong.append(str(error))
            else:
                if record.previous != previous:
                    wrong.append(
                        f"{file.path} is damaged: it names {record.previous[:16]} before it, "
                        f"expected {previous[:16]}"
                    )
            before, previous = previous, digest(data)
        try:
            self._head_lags(len(files), before, previous)
        except DamagedFileError as error:
            wrong.append(str(error))
        return wrong

    def _head_lags(self, count: int, before: str, last: str) -> bool:
        """Say whether the head names the record before the last, as a process leaves it that is killed between the two.

        Parameters
        ----------
        count : int
            Records of the ledger.
        before, last : str
            Hashes of the last two.

        Raises
        ------
        DamagedFileError
            Where it names neither.
        """
        path = self.folder / HEAD
        found = _read(path) if path.exists() else b""
        if found == _head(count, last):
            return False
        if found != _head(max(0, count - 1), before):
            raise DamagedFileError(
                f"{path} is {'damaged' if path.exists() else 'missing'}: "
                f"expected the number and the hash of record {count}"
            )
        return count > 0


def read_record(file: File) -> Record:
    """Return a record, checked against its name only.

    Raises
    ------
    DamagedFileError
        Where it was changed.
    """
    return _parsed(file, _read(file.path))[0]


def _head(number: int, sha256: str) -> bytes:
    return json_bytes({"number": number, "sha256": sha256}) if number else b""


def _read(path: Path) -> bytes:
    try:
        if path.is_symlink():
            raise DamagedFileError(f"{path} is a link: expected a file")
        return path.read_bytes()
    except OSError as error:
        raise DamagedFileError(f"{path} cannot be read: {error.strerror}") from None


def _parsed(file: File, data: bytes) -> tuple[Record, str]:
    """Return the record in a file's bytes, and their hash."""
    sha256 = digest(data)
    if sha256[:16] != file.short:
        raise DamagedFileError(f"{file.path} was changed: its hash is {sha256[:16]}")
    try:
        record = Record.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise DamagedFileError(f"{file.path} is damaged: {key}: {what}") from None
    if (record.number, record.content.kind) != (file.number, file.kind):
        raise DamagedFileError(f"{file.path} is damaged: it holds {record.content.kind} {record.number}")
    return record, sha256
