"""Submissions that cannot be: at least 200, each refused in one line, and the board stays as it was to the byte."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krohn.errors import KrohnError
from krohn.leaderboards import packing, submission
from krohn.leaderboards.checking import check

from . import malformed_documents, malformed_runs, malformed_weights
from .conftest import hash_of
from .malformed_weights import Case

CASES = [*malformed_weights.CASES, *malformed_documents.CASES, *malformed_runs.CASES]
BAD_INPUT = {
    *("pickles", "zip bombs", "path traversal", "symlinks", "huge headers", "NaN weights"),
    *("another suite", "duplicate", "forged hash", "names", "cards"),
}
"""What a board has to expect: all of it is among the cases by hand."""


class Submitter:
    """Submits to a board that has one submission, and keeps what was refused by a hash of what it was."""

    def __init__(self, whole: Path, folder: Path) -> None:
        self.whole, self.run, self.board = whole, folder / "copy" / "run", folder / "board"
        self.board_before = ""
        self.refused: set[str] = set()
        self.submit(self.fresh(), {})
        self.board_before = hash_of(self.board)

    def fresh(self) -> Path:
        """A copy of the whole run, to change at will."""
        shutil.rmtree(self.run.parent, ignore_errors=True)
        return Path(shutil.copytree(self.whole, self.run))

    def submit(self, folder: Path, options: dict[str, Any]) -> None:
        for packed in packing.pack([folder], **options):
            submission.submit(packed, self.board)

    def line(self, options: dict[str, Any] | None) -> str:
        """The message that the copy is refused with; nothing where it is not."""
        given = dict(options or {})
        folder = given.pop("folder", self.run)
        try:
            self.submit(folder, given)
        except KrohnError as error:
            self.refused.add(self._hash(folder, given))
            return str(error)
        return ""

    def _hash(self, folder: Path, options: dict[str, Any]) -> str:
        digest = hashlib.sha256(f"{folder} {options}".encode(errors="backslashreplace"))
        for path in sorted(self.run.parent.rglob("*")):
            mode = path.lstat().st_mode
            digest.update(
                f"{path} {stat.S_IFMT(mode)} {path.lstat().st_size}".encode(errors="backslashreplace")
            )
            digest.update(os.readlink(path).encode() if path.is_symlink() else b"")
            if stat.S_ISREG(mode) and path.stat().st_size < 1 << 20:
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def wrong(self, case: Case, line: str) -> bool:
        """Say whether a case was not refused as it should be."""
        told = re.search(case.expected, line) or case.expected in line
        return not told or "\n" in line or len(line) > 4000 or hash_of(self.board) != self.board_before


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def spoil(path: Path, data: st.DataObject) -> None:
    """Put something else in some place of a document."""
    place = document = json.loads(path.read_text())
    while True:
        key: Any = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place))))
        )
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    # Sizes only: what a large model costs is for the limited process to find out.
    place[key] = data.draw(VALUES.filter(lambda value: not isinstance(value, int) or abs(value) < 10**4))
    path.write_text(json.dumps(document))


def test_200_malformed_submissions_are_refused_and_change_nothing(
    near: None, evaluated: Path, tmp_path: Path
) -> None:
    submitter = Submitter(evaluated, tmp_path)
    wrong = {}
    for case in CASES:
        options = case.change(submitter.fresh())
        line = submitter.line(options)
        if submitter.wrong(case, line):
            wrong[case.kind, case.name] = line or "accepted"
    assert wrong == {}
    by_hand = len(submitter.refused)
    assert by_hand == len(CASES)  # all of them distinct
    assert {case.kind for case in CASES} >= BAD_INPUT
    assert by_hand >= 200
    assert check(submitter.board).wrong == []


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(data=st.data())
def test_whatever_stands_in_a_document_it_is_taken_or_refused_in_one_line(
    near: None, run: Path, data: st.DataObject
) -> None:
    path = run / data.draw(st.sampled_from(malformed_documents.DOCUMENTS))
    whole = path.read_text()
    spoil(path, data)
    line = "taken"
    try:
        packing.pack([run])
    except KrohnError as error:
        line = str(error)
    finally:
        path.write_text(whole)
    assert line
    assert "\n" not in line


def test_names_of_every_language_can_be_shown(near: None, run: Path) -> None:
    for name in ("Züri-Grammatik", "автомат №5", "オートマトン", "آلة", "máquina (q = 60)", "Việt"):
        (packed,) = packing.pack([run], name=name)
        assert packed.claim.name == name
