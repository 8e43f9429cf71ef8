"""Files, names, cards, paths and suites that cannot be, as cases."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .malformed_documents import DOCUMENTS
from .malformed_weights import Case

NAMES = {
    "markup": "<b>first</b>",
    "a script": "<script>alert(1)</script>",
    "an entity": "a&lt;b",
    "a quote": 'x" onload="y',
    "a line break": "first\nsecond",
    "a null byte": "a\0b",
    "an escape": "\x1b[31mred",
    "right to left": "\u202egnp.exe",
    "no width": "la\u200bst",
    "a byte order mark": "\ufefflast",
    "nothing": "",
    "a space": " ",
    "spaces around": " first ",
    "long": "x" * 81,
    "a pile": "a" + "\u0316" * 20,
    "not in normal form": "Zu\u0308rich",
    "half a letter": "\ud800",
    "a backslash": "..\\..",
    "a private letter": "\ue000",
    "a separator": "a\u2028b",
}


CARDS = {
    "not UTF-8": (b"\xff\xfe", "is damaged: expected UTF-8"),
    "a null byte": (b"a\0b", r"holds '\\x00': expected printable text"),
    "an escape": (b"\x1b[2J", r"holds '\\x1b'"),
    "right to left": ("\u202e".encode(), r"holds '\\u202e'"),
    "no width": ("<b>a\u200bb</b>".encode(), r"holds '\\u200b'"),
    "long": (b"x" * 65_537, "has 65,537 bytes: expected at most 65,536"),
    "an archive": (b"PK\x03\x04", "is a zip archive"),
    "a pickle": (b"\x80\x04\x95", "is a pickle"),
}


def instead(name: str, what: str) -> Callable[[Path], None]:
    """Put something else in the place of a file."""

    def change(run: Path) -> None:
        path, kept = run / name, run.with_name("elsewhere")
        path.rename(kept)
        if what == "pipe":
            os.mkfifo(path)
        elif what == "folder":
            path.mkdir()
        elif what == "sparse":
            with path.open("wb") as file:
                file.truncate(1 << 30)
        elif what == "bomb":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(name, bytes(10_000_000))
        else:
            path.symlink_to(what)

    return change


def options(**given: Any) -> Callable[[Path], dict[str, Any]]:
    return lambda run: given


def card(data: bytes | str) -> Callable[[Path], dict[str, Any]]:
    """Submit with a card of some bytes, or with a link for one."""

    def change(run: Path) -> dict[str, Any]:
        path = run.with_name("card.md")
        if isinstance(data, bytes):
            path.write_bytes(data)
        elif data:
            path.symlink_to(data)
        return {"card": path}

    return change


def at(path: Callable[[Path], Path]) -> Callable[[Path], dict[str, Any]]:
    """Submit another path than the run's."""
    return lambda run: {"folder": path(run)}


def archive(run: Path) -> Path:
    return Path(shutil.make_archive(str(run.with_name("packed")), "zip", run))


LINK = {"symlinks": "../elsewhere", "path traversal": "../../../../../../../../etc/passwd"}
CASES = [
    *(
        Case(kind, name, instead(name, target), f"{name} is a link: expected a plain file")
        for name in DOCUMENTS
        for kind, target in LINK.items()
    ),
    *(
        Case("files", f"{name}: {what}", instead(name, what), f"{name} is no plain file")
        for name in DOCUMENTS
        for what in ("pipe", "folder")
    ),
    *(
        Case(
            "files", f"{name}: sparse", instead(name, "sparse"), " has 1,073,741,824 bytes: expected at most "
        )
        for name in DOCUMENTS
    ),
    *(
        Case(
            "zip bombs",
            name,
            instead(name, "bomb"),
            "is a zip archive: expected the file itself; nothing is unpacked",
        )
        for name in DOCUMENTS
    ),
    *(
        Case("names", case, options(name=name), r"^a name |^the claim of .* is damaged: name: ")
        for case, name in NAMES.items()
    ),
    *(Case("cards", case, card(data), expected) for case, (data, expected) in CARDS.items()),
    Case("cards", "none", card(""), "no file "),
    Case("symlinks", "card", card("/etc/passwd"), "is a link"),
    Case(
        "symlinks",
        "README.md",
        lambda run: (run / "README.md").symlink_to("/etc/passwd"),
        "README.md is a link",
    ),
    Case("archives", "the whole run", at(archive), "packed.zip is no folder: expected a run folder"),
    Case("paths", "none", at(lambda run: run / "none"), "is no run: expected a folder with config.json"),
    Case("paths", "no run", at(lambda run: run.parent), "is no run: expected a folder with config.json"),
    Case("paths", "long", at(lambda run: run / ("x" * 300)), "is no run: expected a folder with config.json"),
    Case("paths", "a line break", at(lambda run: run / "a\nb"), "expected a path of printable letters"),
    Case(
        "paths",
        "longer",
        at(lambda run: run / ("y" * 2000)),
        "expected a path of printable letters, at most 1024",
    ),
    Case("paths", "a device", at(lambda run: Path("/dev/zero")), "is no folder"),
    Case("another suite", "none of ours", options(suite="open-v2"), "unknown suite 'open-v2'"),
    Case("path traversal", "suite", options(suite="../open-v1"), "unknown suite"),
    Case(
        "another suite",
        "groups",
        options(suite="groups-v1"),
        "not yet a row of groups-v1: .* is of parity, which",
    ),
    Case(
        "another suite",
        "timed",
        options(suite="timed-v1", partial=True),
        "not yet a row of timed-v1: .* is of parity",
    ),
    Case(
        "another suite",
        "precision",
        options(suite="precision-v1", partial=True),
        "was trained at lengths 1-8: expected 1-40",
    ),
    Case("duplicate", "the same", options(), "is on the board already, as "),
    Case("duplicate", "under another name", options(name="another"), "is on the board already, as "),
    Case("duplicate", "with another card", card(b"# Another"), "is on the board already, as "),
]
