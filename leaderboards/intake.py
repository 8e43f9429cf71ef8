"""Files from anywhere, read as data: plain files only, of a known size, checked before anything is made of them."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from ..errors import DamagedFileError, RequestError

MEGABYTE = 1 << 20
MOST_BYTES = {
    "config.json": MEGABYTE,
    "evaluation.json": 64 * MEGABYTE,
    "claim.json": 64 * MEGABYTE,
    "weights.safetensors": 1024 * MEGABYTE,
    "card.md": MEGABYTE // 16,
}
"""Bytes of a file at most, by its name in a submission."""
LONGEST_PATH = 1024
ARCHIVES = {
    "a zip archive": re.compile(rb"PK(\x03\x04|\x05\x06)"),
    "a gzip archive": re.compile(rb"\x1f\x8b"),
    "a bzip2 archive": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "an xz archive": re.compile(rb"\xfd7zXZ\x00"),
    "a zstd archive": re.compile(rb"\(\xb5/\xfd"),
    "a pickle": re.compile(rb"\x80[\x02-\x05][(-\x98]"),
}
"""How files begin that are never opened, however they are called: a pickle with its protocol and an opcode."""


def run_folder(path: Path) -> Path:
    """Return the path of a run folder if its name can be told in one line, and it is a folder.

    Raises
    ------
    RequestError
        For a name with controls, one that is too long, a file (an archive, say), or nothing at all.

    Examples
    --------
    >>> run_folder(Path("no such run"))
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: no such run is no run: expected a folder with config.json
    """
    text = str(path)
    if not text.isprintable() or len(text) > LONGEST_PATH:
        raise RequestError(
            f"run {text[:80]!a}: expected a path of printable letters, at most {LONGEST_PATH} of them"
        )
    try:
        mode = path.stat().st_mode
    except OSError:
        raise RequestError(f"{path} is no run: expected a folder with config.json") from None
    if not stat.S_ISDIR(mode):
        raise RequestError(f"{path} is no folder: expected a run folder (archives are not opened)")
    return path


def read_plain(path: Path, most: int) -> bytes:
    """Return the bytes of a plain file, read once.

    Raises
    ------
    RequestError
        Where there is no such file.
    DamagedFileError
        For a link, a pipe, a folder, an archive, a pickle, or more bytes than expected.
    """
    try:
        # Without blocking: a pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise RequestError(f"no file {path}") from None
    except OSError as error:
        what = "is a link" if path.is_symlink() else f"cannot be read ({error.strerror})"
        raise DamagedFileError(f"{path} {what}: expected a plain file") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise DamagedFileError(f"{path} is no plain file: expected one of at most {most:,} bytes")
    with os.fdopen(descriptor, "rb") as file:
        if found.st_size > most:
            raise DamagedFileError(f"{path} has {found.st_size:,} bytes: expected at most {most:,}")
        data = file.read(most + 1)
    if len(data) > most:
        raise DamagedFileError(f"{path} grew while it was read: expected at most {most:,} bytes")
    if not _is_safetensors(data):  # whose first bytes are a number, and may be those of anything
        for kind, begin in ARCHIVES.items():
            if begin.match(data):
                raise DamagedFileError(f"{path} is {kind}: expected the file itself; nothing is unpacked")
    return data


def _is_safetensors(data: bytes) -> bool:
    """Say whether a file begins as one of safetensors: the length of a header that is there, and its first letter."""
    return data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8


def parse_json(data: bytes, path: Path | str) -> Any:
    """Return the JSON document in some bytes.

    Raises
    ------
    DamagedFileError
        Where it is not JSON, is nested too deeply, names a key twice, or holds NaN or a number of thousands of digits.

    Examples
    --------
    >>> parse_json(b'{"a": 1, "a": 2}', "claim.json")
    Traceback (most recent call last):
    ...
    krohn.errors.DamagedFileError: claim.json is damaged: key 'a' is there twice
    """

    def refuse(number: str) -> float:
        raise DamagedFileError(f"{path} is damaged: {number} is no number of JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            double = next(name for name in names if names.count(name) > 1)
            raise DamagedFileError(f"{path} is damaged: key {ascii(double)[:80]} is there twice")
        return found

    try:
        return json.loads(data.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once)
    except UnicodeDecodeError:
        raise DamagedFileError(f"{path} is damaged: expected UTF-8") from None
    except RecursionError:
        raise DamagedFileError(f"{path} is damaged: it is nested too deeply") from None
    except ValueError as error:
        raise DamagedFileError(f"{path} is damaged: not a JSON document ({str(error)[:80]})") from None


def read_card(data: bytes, path: Path | str) -> str:
    """Return a model card's text: Markdown, shown as text wherever it holds markup.

    Raises
    ------
    DamagedFileError
        Where it is not UTF-8, or holds controls other than ends of lines and tabs.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise DamagedFileError(f"{path} is damaged: expected UTF-8") from None
    for letter in text:
        if not letter.isprintable() and letter not in "\n\r\t\u200c\u200d":
            raise DamagedFileError(f"{path} holds {letter!a}: expected printable text")
    return text
