"""krohn board check: a changed byte anywhere in a board is found, and every promise of a season held to."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import RequestError
from krohn.leaderboards.checking import check
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.packing import pack
from krohn.leaderboards.records import Reveal
from krohn.leaderboards.submission import submit
from krohn.leaderboards.verification import verify


@pytest.fixture
def board(near: None, evaluated: Path, tmp_path: Path) -> Path:
    (packed,) = pack([evaluated])
    submit(packed, tmp_path / "board")
    verify(tmp_path / "board")
    return tmp_path / "board"


def test_a_whole_board(board: Path) -> None:
    found = check(board)
    assert (found.wrong, found.notes, found.claims, found.verifications) == ([], [], 1, 1)
    assert len(found.head) == 64


def test_a_changed_byte_anywhere_is_found(board: Path) -> None:
    draw = random.Random(3)
    for path in sorted(board.rglob("*")):
        if not path.is_file() or path.name == ".lock":
            continue
        whole = path.read_bytes()
        for place in [0, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(12))]:
            changed = bytearray(whole)
            changed[place] ^= 1 << draw.randrange(8)
            path.write_bytes(changed)
            wrong = check(board).wrong
            assert wrong, (path, place)
            assert str(path) in wrong[0]
        path.unlink()
        assert check(board).wrong, path
        path.write_bytes(whole)
    assert check(board).wrong == []


def test_a_file_more_is_found(board: Path) -> None:
    (folder,) = (board / "submissions").iterdir()
    for name in ("setup.py", "run-001/model.pt"):
        (folder / name).write_text("")
        assert check(board).wrong == [f"{folder / name} is no file of the submission"]
        (folder / name).unlink()
    (folder / "card.md").rename(board / "card.md")
    (folder / "card.md").symlink_to(board / "card.md")
    assert check(board).wrong == [f"{folder / 'card.md'} is a link: expected a plain file"]


Broken = Callable[[Any, Ledger], None]


def unsigned(records: Any, ledger: Ledger) -> None:
    claim = records.claim()
    verification = records.verification(claim)
    ledger.append(verification.model_copy(update={"tier": "reproduced"}))


def of_another_key(records: Any, ledger: Ledger) -> None:
    ledger.append(type(records)().verification(records.claim()))


def before_its_claim(records: Any, ledger: Ledger) -> None:
    ledger.append(records.verification(records.claim({40: 3})))


def of_no_season(records: Any, ledger: Ledger) -> None:
    ledger.append(records.verification(records.claim(), season=2))


def another_secret(records: Any, ledger: Ledger) -> None:
    ledger.append(records.signed(Reveal, season=1, secret="1" * 64))


def after_the_end(records: Any, ledger: Ledger) -> None:
    ledger.append(records.signed(Reveal, season=1, secret=records.secret.hex()))
    ledger.append(records.verification(records.claim()))


def a_season_too_early(records: Any, ledger: Ledger) -> None:
    ledger.append(records.season(2))


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (unsigned, "its signature is not the board's"),
        (of_another_key, "its signature is not the board's"),
        (before_its_claim, "there is no claim "),
        (of_no_season, "there is no season 2 before it"),
        (another_secret, "its secret is not the one whose hash was told"),
        (after_the_end, "season 1 had ended, its secret was told"),
        (a_season_too_early, "season 2 opens before season 1 has ended"),
    ],
)
def test_records_that_break_a_promise_are_found(
    records: Any, tmp_path: Path, work: Broken, expected: str
) -> None:
    ledger = Ledger(tmp_path)
    ledger.folder.mkdir()
    ledger.append(records.season())
    ledger.append(records.claim())
    work(records, ledger)
    wrong = [line for line in check(tmp_path).wrong if "submissions" not in line]
    assert len(wrong) == 1
    assert expected in wrong[0]
    assert ledger.files()[-1].path.name in wrong[0]


def test_what_is_no_board(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"is no board: expected a folder with ledger/"):
        check(tmp_path)


def test_claims_are_held_to_the_files_they_name(records: Any, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.folder.mkdir()
    ledger.append(records.season())
    claim = records.claim()
    ledger.append(claim)
    folder = tmp_path / "submissions" / claim.id
    assert f"no file {folder / 'card.md'}" in check(tmp_path).wrong
    folder.mkdir(parents=True)
    (folder / "claim.json").write_text(json.dumps(claim.model_dump(mode="json")))
    assert f"{folder / 'claim.json'} is not the claim of the ledger" in check(tmp_path).wrong
