"""The folder of a site: a build takes away only what a build made, and nothing outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import RequestError
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.site.build import build
from krohn.leaderboards.site.folder import MADE, SiteFolder


@pytest.fixture
def board(records: Any, tmp_path: Path) -> Path:
    ledger: Ledger = records.board(tmp_path / "board", records.season(), records.claim())
    return ledger.board


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


OWN = {
    "pages/notes.txt": b"of the user's",
    "pages/models/thesis.html": b"of the user's",
    "pages/old/index.html": b"of the user's",
    "pages/.notes.txt.1.partial": b"of the user's",
    "CNAME": b"board.example.org",
}


def write(folder: Path, contents: dict[str, bytes]) -> None:
    for name, data in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def refused(board: Path, output: Path) -> str:
    with pytest.raises(RequestError) as caught:
        build(board, output)
    return str(caught.value)


def test_what_a_user_put_beside_the_pages_stays(board: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(board, site)
    before = files(site)
    write(site, OWN)
    build(board, site)
    assert files(site) == {**before, **OWN}


def test_pages_of_the_build_before_go_where_this_one_has_none(
    board: Path, records: Any, tmp_path: Path
) -> None:
    other = records.board(tmp_path / "other", records.season(), records.claim({40: 399})).board
    build(board, tmp_path / "site")
    write(tmp_path / "site", OWN)
    build(other, tmp_path / "site")
    build(other, tmp_path / "fresh")
    assert files(tmp_path / "site") == {**files(tmp_path / "fresh"), **OWN}


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", '{"../thesis.tex": ""}', '{"pages/a.html": 3}', '{"/etc": ""}']
)
def test_nothing_goes_where_it_is_not_told_what_was_made(
    board: Path, tmp_path: Path, text: str | None
) -> None:
    build(board)
    write(board, {**OWN, "pages/models/aaaa.html": b"of nobody's"})
    kept = files(board)
    (board / MADE).unlink()
    if text is not None:
        (board / MADE).write_text(text)
    (tmp_path / "thesis.tex").write_text("whole")
    build(board)
    assert files(board) == kept
    assert (tmp_path / "thesis.tex").read_text() == "whole"


def test_a_folder_of_other_things_is_refused(board: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    for text in (None, "{", '{"../../thesis.tex": ""}'):
        write(site, OWN)
        if text is not None:
            (site / MADE).write_text(text)
        before = files(site)
        assert refused(board, site) == (
            f"{site} holds other things: expected an empty folder or one of an earlier krohn board build"
        )
        assert files(site) == before
    afile = tmp_path / "afile"
    afile.write_text("whole")
    for path in (afile, afile / "site"):
        assert refused(board, path) == f"{afile} is a file: expected a folder for the pages"
    assert afile.read_text() == "whole"


def test_links_out_of_the_folder_are_not_followed(board: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    build(board, site)
    shutil.move(site / "pages/models", elsewhere)
    (elsewhere / "thesis.tex").write_text("whole")
    (site / "pages/models").symlink_to(elsewhere)
    before = files(elsewhere)
    assert refused(board, site) == f"{site / 'pages/models'} leads out of {site}: expected a folder within it"
    assert files(elsewhere) == before
    # A page that became a link is a page: the link goes, what it leads to stays.
    (site / "pages/models").unlink()
    (site / "pages/style.css").unlink()
    (site / "pages/style.css").symlink_to(elsewhere / "thesis.tex")
    build(board, site)
    assert not (site / "pages/style.css").is_symlink()
    assert files(elsewhere) == before


def test_a_folder_that_is_a_link_itself_or_holds_hidden_files_is_taken(board: Path, tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    write(tmp_path / "checkout", {".git/config": b"", ".nojekyll": b""})
    (tmp_path / "site").symlink_to(tmp_path / "checkout")
    build(board, tmp_path / "site")
    assert {".git/config", ".nojekyll", "index.html"} <= files(tmp_path / "checkout").keys()


def test_what_a_killed_build_left_is_gone_on_with(board: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(board, site)
    whole = files(site)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = {f"pages/.board.js.{ended.pid}.partial": b"half", f"pages/.made.json.{ended.pid}.partial": b"half"}
    shutil.rmtree(site)
    write(site, left)  # killed before it could say whose folder it is
    running = {f"pages/.board.js.{os.getppid()}.partial": b"half"}
    write(site, running)
    build(board, site)
    assert files(site) == {**whole, **running}
    shutil.rmtree(site)
    SiteFolder(site, board).begin()
    write(site, {"pages/style.css": b"old", "index.html": b"old"})  # killed after a page
    build(board, site)
    assert files(site) == whole
    assert json.loads((site / MADE).read_text()).keys() == whole.keys() - {MADE}
