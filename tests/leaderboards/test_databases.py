"""Databases by URL: who is turned away does not wait, and one that holds another board's index keeps it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import RequestError
from krohn.leaderboards.database import DatabaseError
from krohn.leaderboards.index import build_index, frames
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.site.build import build
from krohn.leaderboards.standings import as_json


@pytest.fixture
def board(records: Any, tmp_path: Path) -> Path:
    ledger: Ledger = records.board(tmp_path / "board", records.season(), records.claim())
    return ledger.board


@pytest.fixture(scope="module")
def strict(started: Any) -> Any:
    """A server that lets one role in only with a password, and some not at all."""
    started("psql", "-h", str(started.folder), "-U", "krohn", "-d", "postgres", "-c", ROLES)
    rules = "local all locked scram-sha-256\nlocal all krohn,nobody,mute trust\n"
    (started.folder / "data/pg_hba.conf").write_text(rules)
    started("pg_ctl", "-D", "data", "-w", "-m", "fast", "restart")
    return started


ROLES = "CREATE ROLE locked LOGIN PASSWORD 'right'; CREATE ROLE mute NOLOGIN; CREATE ROLE barred LOGIN"


@pytest.mark.parametrize(
    ("user", "database", "said"),
    [
        ("krohn", "nodb", 'FATAL: database "nodb" does not exist'),
        ("nobody", "postgres", 'FATAL: role "nobody" does not exist'),
        ("locked:wrong", "postgres", 'FATAL: password authentication failed for user "locked"'),
        ("locked", "postgres", "no password supplied"),
        ("mute", "postgres", 'FATAL: role "mute" is not permitted to log in'),
        ("barred", "postgres", 'FATAL: no pg_hba.conf entry for host "[local]", user "barred"'),
    ],
)
def test_who_is_turned_away_does_not_wait(
    board: Path, strict: Any, user: str, database: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = strict.url_of(user, database)
    with pytest.raises(DatabaseError) as caught:
        build_index(board, url, seconds=300)
    message = str(caught.value)
    assert said in message
    assert message.startswith(f"database {url.replace('wrong', '***')}: ")
    assert message.endswith("; nothing there was changed")
    assert caplog.messages == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_holds_one_board(
    board: Path, records: Any, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    if kind == "postgresql":
        url = request.getfixturevalue("server").url
    build_index(board, url)
    before = frames(board, url)
    others = type(records)()  # of another key
    other = others.board(tmp_path / "other", others.season(), others.claim({40: 7})).board
    works: list[Callable[[], Any]] = [
        lambda: build_index(other, url),
        lambda: as_json(other, database=url),
        lambda: build(other, tmp_path / "site", url),
        lambda: frames(other, url),
    ]
    for work in works:
        with pytest.raises(RequestError) as caught:
            work()
        assert str(caught.value) == (
            f"database {url} holds the index of another board than {other}, whose first record is "
            f"{Ledger(board).files()[0].short}: expected a database of its own, or one without the tables krohn_..."
        )
    assert not (tmp_path / "site").exists()
    for name, frame in frames(board, url).items():
        assert frame.equals(before[name])
    assert len(as_json(board, database=url)["rows"]) == 1
