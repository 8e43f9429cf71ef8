"""The text of a file that was read whole and bounded, and errors that say where in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import DamagedFileError, RequestError
from ...names import beside

LARGEST_FILE = 1 << 24
"""Bytes. A larger file is not read: with this limit every format is read within about a gigabyte."""


@dataclass(frozen=True)
class Source:
    """The text of a file.

    Attributes
    ----------
    path : Path
        Where it lies; tables beside it are found by it.
    text : str
    """

    path: Path
    text: str

    def damaged(self, where: int | str | None, message: str) -> DamagedFileError:
        """Return the error for text that no file of this format holds.

        Parameters
        ----------
        where : int, str or None
            The number of the line, or the element.
        message : str
            What stands there and what was expected.

        Examples
        --------
        >>> print(Source(Path("m.dot"), "").damaged(3, "'=>': expected '->'"))
        m.dot, line 3: '=>': expected '->'
        """
        return DamagedFileError(self._say(where, message))

    def refused(self, where: int | str | None, message: str) -> RequestError:
        """Return the error for what is well said but no machine of ours; parameters as in `damaged`."""
        return RequestError(self._say(where, message))

    def _say(self, where: int | str | None, message: str) -> str:
        place = {int: f", line {where}", str: f", {where}"}.get(type(where), "")
        return f"{self.path}{place}: {message}"


def read_source(path: Path) -> Source:
    """Return the text of a file of at most `LARGEST_FILE` bytes.

    Raises
    ------
    RequestError
        Where there is no such file, or it is larger; of a larger one nothing is kept.
    DamagedFileError
        Where it is not UTF-8.
    """
    if path.is_dir():
        raise RequestError(f"{path} is a folder: expected a file")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        near = beside(path, lambda other: other.suffix == path.suffix and other.is_file())
        raise RequestError(f"no file {path}{near}") from None
    if len(data) > LARGEST_FILE:
        raise RequestError(f"{path} is larger than {LARGEST_FILE >> 20} MiB: expected a smaller file")
    try:
        return Source(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DamagedFileError(f"{path}, line {line}: not UTF-8 text") from None
