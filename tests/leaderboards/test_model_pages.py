"""The page of a row says what the board found of it, and is made again where what makes it changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from krohn.leaderboards.site import build as module
from krohn.leaderboards.site.build import build

NOT_YET = "the board has not looked yet."
COULD_NOT = "the board could not measure it."
OWN = "its model or task is a user's own, which a board never runs: the row stays claimed."


def page(board: Path) -> Path:
    build(board)
    (found,) = (board / "pages/models").iterdir()
    return found


def test_what_the_board_found_is_not_called_unseen(records: Any, tmp_path: Path) -> None:
    claim = records.claim()
    reason = {"step": "limits", "text": "not evaluated: it took longer than the 1 seconds that it may"}
    found = records.verification(claim, "claimed", measured=[], repeated=[], reasons=[reason])
    own = records.claim(imports=True)
    boards = {
        NOT_YET: (claim,),
        COULD_NOT: (claim, found),
        OWN: (own, records.verification(own, "claimed", measured=[], repeated=[], reasons=[reason])),
    }
    for number, (says, contents) in enumerate(boards.items()):
        text = page(records.board(tmp_path / str(number), records.season(), *contents).board).read_text()
        shown = text.replace("&#39;", "'")
        assert re.findall("Measured by whoever[^<]*", shown) == [f"Measured by whoever submitted it; {says}"]
        assert ("What the board found" in text, reason["text"] in text) == (len(contents) == 2,) * 2


def test_a_page_is_made_again_where_the_code_that_makes_it_changed(
    records: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = records.board(tmp_path / "board", records.season(), records.claim()).board
    code = Path(shutil.copytree(Path(module.__file__).parents[1], tmp_path / "leaderboards"))
    monkeypatch.setattr(module, "__file__", str(code / "site/build.py"))
    before = page(board).stat().st_ino, page(board).stat().st_mtime_ns
    assert before == (page(board).stat().st_ino, page(board).stat().st_mtime_ns)
    for name in ("labels.py", "site/models.py"):
        (code / name).write_text((code / name).read_text() + "# changed\n")
        after = page(board).stat().st_ino, page(board).stat().st_mtime_ns
        assert after != before
        before = after
