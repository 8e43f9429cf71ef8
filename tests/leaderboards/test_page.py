"""The page: one well-formed file that runs nothing, asks for nothing and holds every row."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import RequestError
from krohn.leaderboards.page import build

Made = Callable[..., dict[str, Any]]
Put = Callable[[list[dict[str, Any]]], Path]

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Collects what a page holds, and fails on a tag that closes another."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self.styles = self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "style" in self.open:
            self.styles += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def page_of(board: Path) -> Page:
    path = build(board)
    assert path == board / "index.html"
    return Page(path.read_text())


def test_every_row_stands_on_the_page(made: Made, put: Put) -> None:
    good = made(
        {"fp32": {40: 400, 4096: 396}, "bf16": {40: 400}}, model="good", settings={"width": 8, "drive": False}
    )
    poor = made({"fp32": {40: 200}}, model="poor", parameters=9)
    half = made({"bf16": {40: 400}}, model="half")
    other = made({"fp32": {40: 400}}, task="count:5")
    page = page_of(put([good, poor, half, other]))
    rows = [[" ".join(cell.split()) for cell in row] for row in page.rows]
    head = ["rank", "model", "tier", "parameters"]
    assert rows == [
        [*head, "40", "horizon fp32"],
        ["1", f"lstm seed 0 {other['id']}", "claimed", "1,234", "1.000", "40"],
        [*head, "40", "4,096", "horizon fp32", "horizon bf16"],
        ["1", f"good drive=false seed 0 {good['id']}", "claimed", "1,234", "1.000", "0.990", "40", "40"],
        ["2", f"poor seed 0 {poor['id']}", "claimed", "9", "0.500", "-", "none", "-"],
        ["-", f"half seed 0 {half['id']}", "claimed", "1,234", "-", "-", "-", "40"],
    ]
    assert page.tags.count("svg") == 2
    assert page.tags.count("h2") == 2


def test_the_intervals_of_a_rank_stand_beside_it(made: Made, put: Put) -> None:
    # Neither of the two is shown to be the better one.
    page = page_of(put([made({"fp32": {40: 400}}, test_seed=seed) for seed in range(2)]))
    assert [row[0] for row in page.rows[1:]] == ["1 (1-2)", "1 (1-2)"]


def test_the_page_runs_nothing_and_asks_for_nothing(made: Made, put: Put) -> None:
    board = put([made({"fp32": {40: 400, 256: 390}})])
    page = page_of(board)
    assert not {"script", "iframe", "object", "embed", "link", "img", "base", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [
        value for name, value in page.attributes if name in ("href", "xlink:href", "src", "srcset", "action")
    ]
    assert links  # the figure refers to its own markers
    assert all(link.startswith("#") for link in links)
    everything = page.styles + " ".join(value for name, value in page.attributes if name == "style")
    assert "@import" not in everything
    assert "url(" not in everything.replace("url(#", "")


HOSTILE = ["<script>alert(1)</script>", "</svg><img src=http://a.example/x>", "$\\bad$", "a&b <c>", "_x", '"']


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_claim_says_is_shown_and_never_run(made: Made, put: Put, name: str) -> None:
    board = put([made({name: {40: 400}, "fp32": {40: 400}}, model=name, settings={name: name}, task=name)])
    page = page_of(board)
    assert not {"script", "img", "c"} & set(page.tags)
    assert f"{name} {name}={name} seed 0" in page.text
    assert page.text.count(f"horizon {name}") == 1


def test_a_board_that_only_has_incomplete_rows_has_no_figure(made: Made, put: Put) -> None:
    page = page_of(put([made({"bf16": {40: 400}})]))
    assert "svg" not in page.tags
    assert [row[0] for row in page.rows[1:]] == ["-"]


def test_the_same_board_gives_the_same_page(made: Made, put: Put) -> None:
    board = put([made({"fp32": {40: 400, 256: 390}}, test_seed=seed) for seed in range(3)])
    before = build(board).read_bytes()
    assert build(board).read_bytes() == before


def test_no_page_of_what_is_no_board(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        build(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is no board: expected a folder with submissions/ (krohn submit RUN --board DIR)"
    )
    assert not list(tmp_path.iterdir())
