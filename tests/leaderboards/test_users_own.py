"""Models and tasks of a user's own are listed as claimed; what they say of themselves is shown as plain text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from krohn.cli.board import print_board
from krohn.cli.output import print_json
from krohn.errors import RequestError
from krohn.leaderboards.entries import rows
from krohn.leaderboards.labels import label_of
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.packing import pack
from krohn.leaderboards.records import Claim
from krohn.leaderboards.site.build import build
from krohn.leaderboards.standings import as_json
from krohn.leaderboards.submission import submit

HOSTILE = "\x1b[31mRED\x9b2J\u202e<script>&\n1 fake row\u2028\ufffe\x00"


def own(run: Path, settings: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Say of a run that it is of a model of the user's own."""
    for name in ("config.json", "evaluation.json"):
        document = {**json.loads((run / name).read_text()), "model": "mine", **changes}
        if name == "config.json":
            document["imports"] = [{"path": "mine.py", "sha256": "0" * 64}]
            document["settings"] |= settings or {}
        (run / name).write_text(json.dumps(document))
    return run


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "model 'mine' is a user's own, which a board never runs"),
        ({"model": "lstm", "task": "mine"}, "task 'mine' is a user's own, which a board never runs"),
        ({"task": "file:door.json"}, "task 'file:door.json' is that of a file, which a board never reads"),
    ],
)
def test_they_are_claimed_and_stay_so(
    near: None, run: Path, tmp_path: Path, changes: dict[str, str], why: str
) -> None:
    (packed,) = pack([own(run, None, **changes)])
    assert packed.claim.imports
    assert packed.own == why
    submit(packed, tmp_path / "board")
    assert rows(tmp_path / "board")[0].tier == "claimed"


def test_a_layer_of_a_users_own_too(near: None, run: Path) -> None:
    (packed,) = pack([own(run, {"layers": "y"}, model="lstm")])
    assert packed.own is not None
    assert packed.own.startswith("it was made with files of a user's own, which a board never runs (")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"note": "\x1b[31mRED"}, r"setting note holds '\x1b'"),
        ({"note": "a\n1 fake row"}, r"setting note holds '\n'"),
        ({"note": "\u202egnp"}, r"setting note holds '\u202e'"),
        ({"note": "\x9b2J"}, r"setting note holds '\x9b'"),
        ({"note": "<script>"}, "setting note holds '<'"),
        ({"note": {"a": [1, "b\u2028"]}}, r"setting note.a.1 holds '\u2028'"),
        ({"a\x07": 1}, r"a key of the settings holds '\x07'"),
        ({"note": {"\u202e": 1}}, r"a key of the settings holds '\u202e'"),
    ],
)
def test_settings_are_held_to_the_rule_for_names(
    near: None, run: Path, settings: dict[str, Any], expected: str
) -> None:
    with pytest.raises(RequestError) as caught:
        pack([own(run, settings)])
    assert str(caught.value) == f"{run}: {expected}: expected letters, digits, spaces and plain punctuation"


def test_the_name_of_a_model_is_held_to_it_too(near: None, run: Path) -> None:
    for name, told in (
        ("m" * 90, "has 90 letters: expected at most 80"),
        ("<b>", "holds '<': expected letters, "),
    ):
        with pytest.raises(RequestError) as caught:
            pack([own(run, model=name)])
        assert str(caught.value).startswith(f"{run}: the name of its model {told}")


def test_settings_that_are_plain_are_taken(near: None, run: Path) -> None:
    plain = {"note": "Züri (q = 60)", "none": "", "list": [1, None, {"a": "b"}], "long": "m|f" * 100}
    (packed,) = pack([own(run, plain)])
    assert packed.claim.settings == {"width": 4, **packed.claim.settings, **plain}


def test_precisions_that_are_none_are_refused_of_any_model(near: None, run: Path) -> None:
    document = json.loads((own(run) / "evaluation.json").read_text())
    document["results"][0]["precision"] = "\x1b[31m"
    (run / "evaluation.json").write_text(json.dumps(document))
    with pytest.raises(RequestError, match=r"unknown precision '\\x1b\[31m'"):
        pack([run])


@pytest.fixture
def hostile(records: Any, tmp_path: Path) -> Ledger:
    """A board whose ledger has such settings, as it could before they were refused."""
    results = [records.score(40, 400), records.score(40, 399, precision=HOSTILE[:20])]
    settings = {"note": HOSTILE, "\x07": 1}
    claim = Claim.model_validate(records.document([records.run(results)], settings=settings, model="mine"))
    ledger: Ledger = records.board(tmp_path / "board", records.season(), claim)
    return ledger


def is_plain(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def test_a_ledger_that_has_such_settings_is_shown(
    hostile: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    print_board(hostile.board)
    shown = capsys.readouterr().out
    assert is_plain(shown)
    assert r"note=\x1b[31mRED\x9b2J\u202e<script>&\n1 fake row\u2028\ufffe\x00 " in shown
    assert len(shown.splitlines()) == 2 + 1 + 5 + 1  # title, heads, the row, the references, an empty line
    found = as_json(hostile.board)
    print_json(found)
    shown = capsys.readouterr().out
    assert is_plain(shown)
    assert json.loads(shown) == json.loads(json.dumps(found))


def test_its_pages_and_feeds_are_well_formed(hostile: Ledger) -> None:
    site = build(hostile.board).parent
    for path in [*site.rglob("index.html"), *(site / "pages").rglob("*.*")]:
        text = path.read_text()
        assert is_plain(text.replace("\t", "")), path
        assert "<script>" not in text or path.suffix == ".json", path
    root = ElementTree.fromstring((site / "pages/feed.xml").read_bytes())
    (title,) = root.iterfind("./channel/item/title")
    (item,) = json.loads((site / "pages/feed.json").read_text())["items"]
    assert title.text == item["title"]
    assert title.text is not None
    assert title.text.isprintable()


def test_a_label_is_cut(records: Any) -> None:
    claim = Claim.model_validate(
        records.document([records.run([records.score(40, 4)])], settings={"note": "x" * 9999}, model="mine")
    )
    assert label_of(records.listed(claim)) == f"lstm note={'x' * 114}\N{HORIZONTAL ELLIPSIS} seed 0"
