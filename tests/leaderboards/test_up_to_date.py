"""An index grows with its ledger, and is believed only where it agrees with it; tables are answered from it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from krohn.errors import DamagedFileError, RequestError
from krohn.leaderboards import ledger as module
from krohn.leaderboards.entries import rows
from krohn.leaderboards.index import FILE, build_index, frames, up_to_date
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.records import Claim
from krohn.leaderboards.standings import as_json


@pytest.fixture
def contents(records: Any) -> list[Any]:
    """A season, claims of several kinds, and verifications of which some come again."""
    first, second, third = (records.claim({40: 400, 256: right}) for right in (400, 390, 200))
    run = records.run([records.score(40, 400)], training=None, seed=2**64 - 1, train_words_sha256=None)
    exact = Claim.model_validate(records.document([run], track="constructed", name="exact"))
    return [
        *(records.season(), first, second),
        records.verification(first, "refuted"),
        *(third, exact),
        *(records.verification(claim) for claim in (first, second, exact)),
        records.verification(second, "reproduced"),
        records.verification(second),
        *(records.verification(claim, "claimed", measured=[], repeated=[]) for claim in (third, first)),
        records.verification(third, "claimed", measured=[], repeated=[]),
    ]


@pytest.fixture(params=["sqlite", "sqlite by URL", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    if request.param == "postgresql":
        return str(request.getfixturevalue("server").url)
    return None if request.param == "sqlite" else f"sqlite:///{tmp_path / 'other.sqlite'}"


def everything(board: Path, database: str | None) -> dict[str, pd.DataFrame]:
    """The tables, their rows in one order."""
    return {
        name: frame.sort_values(list(frame.columns[:5]), ignore_index=True)
        for name, frame in frames(board, database).items()
    }


def test_an_index_that_grew_is_one_built_anew(
    records: Any, contents: list[Any], tmp_path: Path, database: str | None
) -> None:
    board = tmp_path / "board"
    for begin, end in ((0, 1), (1, 2), (2, 4), (4, 5), (5, 8), (8, 8), (8, 10), (10, 12), (12, 14)):
        records.board(board, *contents[begin:end])
        with up_to_date(board, database):
            pass
    grown = everything(board, database)
    build_index(board, database)
    for name, frame in everything(board, database).items():
        pd.testing.assert_frame_equal(grown[name], frame)
    tiers = {entry.claim.id: entry.tier for entry in rows(board)}
    claims = grown["claims"]
    assert dict(zip(claims["id"], claims["tier"], strict=True)) == tiers
    assert sorted(tiers.values()) == ["claimed", "reproduced", "verified", "verified"]


def test_tables_are_those_of_the_ledger(
    records: Any, contents: list[Any], tmp_path: Path, database: str | None
) -> None:
    ledger = records.board(tmp_path / "board", *contents)
    shown = as_json(ledger.board, database=database)
    entries = {entry.claim.id: entry for entry in rows(ledger.board)}
    assert {row["track"] for row in shown["rows"]} == {"learned", "constructed"}
    assert {row["id"] for row in shown["rows"]} == entries.keys()
    for row in shown["rows"]:
        entry = entries[row["id"]]
        assert (row["tier"], row["time"]) == (entry.tier, entry.time)
        same = ("name", "model", "settings", "track", "parameters")
        assert {key: row[key] for key in same} == {key: getattr(entry.claim, key) for key in same}
        assert row["seed"] == entry.claim.runs[0].seed
        (measured,) = entry.measured
        assert row["scores"]["accuracy"] == {str(s.length): s.accuracy for s in measured.results}
        assert row["scores"]["horizon"] == measured.horizons[0].horizon
    assert as_json(ledger.board, database=database) == shown


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the records that are read."""
    found: list[int] = []
    whole = module._read

    def watch(path: Path) -> bytes:
        if path.name != module.HEAD:
            found.append(int(path.name[:6]))
        return whole(path)

    monkeypatch.setattr(module, "_read", watch)
    return found


def test_only_what_is_new_is_read(records: Any, contents: list[Any], tmp_path: Path, read: list[int]) -> None:
    board = tmp_path / "board"
    records.board(board, *contents[:6])
    read.clear()
    as_json(board)
    assert read == [1, 2, 3, 4, 5, 6]
    read.clear()
    as_json(board)
    assert read == []
    records.board(board, *contents[6:9])
    read.clear()
    as_json(board)
    assert read == [7, 8, 9]


def another_board(index: Path, ledger: Ledger, records: Any) -> None:
    other = records.board(ledger.board.with_name("other"), records.season(), records.claim({40: 3}))
    build_index(other.board)
    shutil.copy(other.board / FILE, index)


def longer_than_the_ledger(index: Path, ledger: Ledger, records: Any) -> None:
    last = ledger.files()[-1]
    last.path.unlink()
    data = ledger.files()[-1].path.read_bytes()
    (ledger.folder / "head.json").write_bytes(module._head(last.number - 1, module.digest(data)))


def garbage(index: Path, ledger: Ledger, records: Any) -> None:
    index.write_bytes(b"no database at all" * 1000)


def nothing(index: Path, ledger: Ledger, records: Any) -> None:
    index.write_bytes(b"")


def cut(index: Path, ledger: Ledger, records: Any) -> None:
    index.write_bytes(index.read_bytes()[:8192])


def another_layout(index: Path, ledger: Ledger, records: Any) -> None:
    with sqlite3.connect(index) as connection:
        connection.execute("UPDATE krohn_index SET layout = 1")
        connection.execute("DROP TABLE krohn_scores")
    connection.close()


def missing(index: Path, ledger: Ledger, records: Any) -> None:
    index.unlink()


@pytest.mark.parametrize(
    "change", [another_board, longer_than_the_ledger, garbage, nothing, cut, another_layout, missing]
)
def test_an_index_that_disagrees_is_built_anew(
    records: Any, contents: list[Any], tmp_path: Path, change: Callable[..., None]
) -> None:
    ledger = records.board(tmp_path / "board", *contents)
    as_json(ledger.board)
    change(ledger.board / FILE, ledger, records)
    shown = as_json(ledger.board)
    assert {row["id"] for row in shown["rows"]} == {entry.claim.id for entry in rows(ledger.board)}
    build_index(ledger.board)
    assert as_json(ledger.board) == shown


def test_a_folder_that_cannot_be_written_is_shown(records: Any, contents: list[Any], tmp_path: Path) -> None:
    ledger = records.board(tmp_path / "board", *contents)
    shown = as_json(ledger.board)
    (ledger.board / FILE).unlink()
    (ledger.board / FILE / "in the way").mkdir(parents=True)  # for root may write anywhere else
    before = sorted(path.name for path in ledger.board.iterdir())
    assert as_json(ledger.board) == shown
    assert sorted(path.name for path in ledger.board.iterdir()) == before


def test_what_a_killed_builder_left_goes(records: Any, contents: list[Any], tmp_path: Path) -> None:
    board = records.board(tmp_path / "board", *contents).board
    old, new = (board / f".{FILE}.{number}.partial" for number in (1, 2))
    for left in (old, new):
        left.write_bytes(b"half of it")
    os.utime(old, (0, 0))
    as_json(board)
    assert [path.name for path in board.glob(".*.partial")] == [new.name]  # somebody may be at it


def test_what_a_ledger_cannot_say_is_not_indexed(records: Any, contents: list[Any], tmp_path: Path) -> None:
    double = records.board(tmp_path / "double", *contents, contents[1])
    with pytest.raises(
        DamagedFileError, match=rf"-claim-.* is damaged: claim {contents[1].id} is there twice$"
    ):
        as_json(double.board)
    stray = records.board(tmp_path / "stray", records.season(), records.verification(contents[1]))
    with pytest.raises(DamagedFileError, match=f"is damaged: there is no claim {contents[1].id} before it$"):
        build_index(stray.board)
    file = records.board(tmp_path / "changed", *contents).files()[2]
    file.path.write_bytes(file.path.read_bytes().replace(b"lstm", b"gru2"))
    with pytest.raises(DamagedFileError, match=r"was changed: its hash is "):
        as_json(tmp_path / "changed")
    with pytest.raises(RequestError, match=r"is no board: expected a folder with ledger/"):
        as_json(tmp_path / "none")
    assert not (tmp_path / "none").exists()
