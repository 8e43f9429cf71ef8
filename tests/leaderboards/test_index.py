"""The SQL index says what the ledger says: on SQLite, and on a PostgreSQL that a fixture starts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from krohn.errors import RequestError
from krohn.evaluation.intervals import interval
from krohn.leaderboards.database import DatabaseError
from krohn.leaderboards.index import build_index, frames, write_parquet
from krohn.leaderboards.ledger import Ledger


@pytest.fixture
def board(records: Any, tmp_path: Path) -> Path:
    """Two claims: one verified, refuted and verified again, the other constructed."""
    ledger = Ledger(tmp_path / "board")
    with ledger.lock():
        ledger.append(records.season())
        first = records.claim({40: 400, 256: 390})
        ledger.append(first)
        run = records.run([records.score(40, 400)], training=None, seed=2**64 - 1, train_words_sha256=None)
        second = type(first).model_validate(records.document([run], track="constructed", name="exact"))
        ledger.append(second)
        for tier in ("refuted", "verified"):
            ledger.append(records.verification(first, tier))
    return tmp_path / "board"


@pytest.fixture(params=["sqlite", "sqlite by URL", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    if request.param == "postgresql":
        return str(request.getfixturevalue("server").url)
    return None if request.param == "sqlite" else f"sqlite:///{tmp_path / 'other.sqlite'}"


def test_the_index_says_what_the_ledger_says(board: Path, records: Any, database: str | None) -> None:
    counts = {"records": 5, "claims": 2, "runs": 2, "scores": 7, "verifications": 2}
    assert build_index(board, database) == counts
    assert build_index(board, database) == counts  # at will
    found = frames(board, database)
    assert {name: len(frame) for name, frame in found.items()} == counts
    claims = found["claims"].set_index("name").loc[["lstm", "exact"]]
    assert claims["tier"].to_dict() == {"lstm": "verified", "exact": "claimed"}
    assert claims.loc["lstm", "settings"] == '{"width": 4}'
    runs = found["runs"].set_index("claim").loc[claims["id"]]
    assert list(runs["seed"]) == ["0", str(2**64 - 1)]
    assert [None if pd.isna(value) else int(value) for value in runs["longest"]] == [40, None]
    scores = found["scores"]
    row = scores[(scores["source"] == "measured") & (scores["length"] == 256)].iloc[0]
    assert (row["correct"], row["total"], row["words"]) == (390, 400, 400)
    assert (row["low"], row["high"]) == pytest.approx(interval(390, 400, 400, 390))
    assert sorted(scores["source"].value_counts().to_dict().items()) == [
        ("claimed", 3),
        ("measured", 2),
        ("repeated", 2),
    ]
    latest = found["verifications"].sort_values("record")
    assert list(latest["tier"]) == ["refuted", "verified"]
    assert list(latest["latest"].astype(bool)) == [False, True]
    with Ledger(board).lock():
        Ledger(board).append(records.claim({40: 1}))
    assert build_index(board, database)["claims"] == 3


def test_tables_as_parquet(board: Path, database: str | None, tmp_path: Path) -> None:
    build_index(board, database)
    write_parquet(board, tmp_path / "tables", database)
    found = {path.stem: pd.read_parquet(path) for path in (tmp_path / "tables").iterdir()}
    assert sorted(found) == ["claims", "records", "runs", "scores", "verifications"]
    assert sorted(found["claims"]["name"]) == ["exact", "lstm"]


def test_a_database_that_goes_away_and_returns(
    board: Path, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    build_index(board, server.url)
    server.stop()
    with pytest.raises(DatabaseError) as caught:
        build_index(board, server.url, seconds=0.5)
    assert str(caught.value).startswith(f"database {server.url}: ")
    assert str(caught.value).endswith("; nothing there was changed")
    assert "\n" not in str(caught.value)
    (told,) = caplog.messages
    assert told.startswith(f"database {server.url}: ")
    assert told.endswith("; waiting 0.5 seconds for it to come back")
    back = threading.Timer(1.0, server.start)
    back.start()
    assert build_index(board, server.url, seconds=120)["claims"] == 2
    back.join()
    assert len(frames(board, server.url)["claims"]) == 2


def test_readers_see_the_old_index_until_the_new_one_is_whole(board: Path, server: Any, records: Any) -> None:
    build_index(board, server.url)
    with Ledger(board).lock():
        Ledger(board).append(records.claim({40: 2}))
    seen = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(len(frames(board, server.url)["claims"]))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        build_index(board, server.url)
    done.set()
    reader.join()
    assert set(seen) <= {2, 3}


@pytest.mark.parametrize("url", ["nonsense", "oracle+what://x", "postgresql+nodriver://x", "://"])
def test_what_is_no_url(board: Path, url: str) -> None:
    with pytest.raises(RequestError, match=r"^database: .*expected a URL such as sqlite:///index.sqlite"):
        build_index(board, url)


def test_no_index_yet(board: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        frames(board)
    assert str(caught.value) == (
        f"{board} has no index.sqlite: expected a board with an index (krohn board index --board {board})"
    )
    with pytest.raises(RequestError, match="is no board"):
        build_index(tmp_path / "none")
    with pytest.raises(DatabaseError):
        build_index(board, f"sqlite:///{tmp_path}/none/index.sqlite", seconds=0.2)
