"""The site as files: every link leads somewhere, a card is text, a build that is killed leaves whole pages."""

from __future__ import annotations

import json
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from xml.etree import ElementTree

import pytest

from krohn.benchmarks.board import synthetic_board
from krohn.errors import RequestError
from krohn.leaderboards.site.build import build
from krohn.leaderboards.site.cards import render_card
from krohn.leaderboards.site.serve import serve, server

HOSTILE = """# Card <script>document.title="run"</script>

<img src=x onerror="document.title='run'"> <svg onload="document.title='run'"></svg>
<iframe src="https://example.org"></iframe> <style>body{display:none}</style>

[a](javascript:document.title='run') ![b](https://example.org/pixel.png) [c](https://example.org/) [d](data:text/html,x)
[e]: javascript:alert(1)

<div onclick="document.title='run'">

| a | b |
|---|---|
| 1 | <b>2</b> |
"""
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Collects tags and attributes, and fails on a tag that closes another."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "board"
    synthetic_board(folder, {"open-v1": 120, "timed-v1": 3}, tasks=("parity", "word:S3", "reverse"))
    card = next((folder / "submissions").iterdir()) / "card.md"
    card.write_text(HOSTILE)
    build(folder)
    return folder


def test_every_link_leads_to_a_page_of_the_site(board: Path) -> None:
    pages = [board / "index.html", *(board / "pages").rglob("*.html")]
    assert len(pages) == 1 + 123 + 9 + 7 + 1  # front, models, tasks, suites (one of two pages), how to submit
    for path in pages:
        page = Page(path.read_text())
        assert len(set(page.ids)) == len(page.ids), path
        assert not [name for name in page.attributes if name.startswith("on")], path
        for link in page.links:
            if link.startswith(("#", "data:,", "https://example.org/")):  # a card's
                continue
            assert ":" not in link, f"{path}: {link}"
            assert (path.parent / link.split("#")[0]).resolve().is_file(), f"{path}: {link}"


def test_the_front_has_the_best_rows_and_the_feeds_the_newest(board: Path) -> None:
    front = (board / "index.html").read_text()
    assert "123 submissions" in front
    assert "Clocks" in front
    feed = json.loads((board / "pages/feed.json").read_text())
    root = ElementTree.fromstring((board / "pages/feed.xml").read_bytes())
    assert len(feed["items"]) == len(root.findall("./channel/item")) == 50
    assert all((board / "pages" / item["url"]).is_file() for item in feed["items"])


def test_a_card_is_text() -> None:
    page = Page(f"<main>{render_card(HOSTILE)}</main>")
    assert not {"script", "img", "svg", "iframe", "style", "div", "b"} & set(page.tags)
    assert page.links == ["https://example.org/pixel.png", "https://example.org/"]  # the image is a link
    assert {"table", "h3", "a"} <= set(page.tags)


def test_a_second_build_changes_nothing_and_makes_again_what_is_missing(board: Path) -> None:
    def everything() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes() for path in sorted((board / "pages").rglob("*")) if path.is_file()
        }

    before = everything()
    lost = next((board / "pages/models").iterdir())
    lost.unlink()
    build(board)
    assert everything() == before


def test_only_pages_are_served(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server(board, 0) as found:
        Thread(target=found.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{found.server_port}"
        for path in ("/", "/index.html", "/pages/suites/open-v1.html"):
            assert b"</html>" in urllib.request.urlopen(address + path).read()
        for path in (
            "/ledger/head.json",
            "/pages/%2e%2e/ledger/head.json",
            "/pages/../ledger/head.json",
            "/pages/",
            "/submissions/",
            "/pages/%00",
            "/pages/%00.html",
            "/pages/%ed%a0%80",
            "/pages/" + "x" * 300,
        ):
            with pytest.raises(HTTPError) as caught:
                urllib.request.urlopen(address + path)
            assert caught.value.code == 404
            caught.value.close()
        found.shutdown()
    assert capsys.readouterr() == ("", "")  # no traceback


def test_a_port_is_opened_before_pages_are_built(board: Path) -> None:
    with pytest.raises(RequestError, match=r"^port is 70000: expected 0 to 65,535$"):
        serve(board, 70000, lambda: pytest.fail("it is built"), print)
    with (
        server(board, 0) as found,
        pytest.raises(RequestError, match=r"cannot be opened: .* in use; expected one"),
    ):
        serve(board, found.server_port, lambda: pytest.fail("it is built"), print)

    def build_and_stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(board, 0, build_and_stop, print)


def test_a_rule_at_the_beginning_of_a_card_is_a_rule_and_metadata_is_none_of_it() -> None:
    for text in ("---\nA rule first", "---\n\nA rule first\n\n---\nand another", "---\nlicense: mit\nno end"):
        assert str(render_card(text)).startswith("<hr />")
    for text in (
        "---\nlicense: mit\ntags:\n- a\n---\n# Card\n",
        "---\r\nlicense: mit\r\n--- \r\n# Card\r\n",
        "---\n# For reference on model card metadata\n{}\n---\n\n# Card",
    ):
        assert str(render_card(text)) == "<h3>Card</h3>\n"
    assert str(render_card("---\nlicense: mit\n---")) == ""


def test_no_site_of_what_is_no_board(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match=r"is no board: expected a folder with ledger/ \(krohn submit RUN --board DIR\)$"
    ):
        build(tmp_path)
    assert not list(tmp_path.iterdir())
