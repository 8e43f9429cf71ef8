"""The site in headless Chromium: widths, schemes, keyboard, sorting, what a card tries, and axe-core's opinion."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from krohn.benchmarks.board import synthetic_board
from krohn.leaderboards.site.build import build

from .test_site import HOSTILE

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parents[2] / "build/node/node_modules/axe-core/axe.min.js"
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or not AXE.exists(),
    reason="needs the program chromium, and axe-core of npm in build/node",
)
SIZES = [(390, 800), (768, 1024), (1440, 900)]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chromium") / "board"
    synthetic_board(folder, {"open-v1": 250, "timed-v1": 4}, tasks=("parity", "word:S3", "reverse"))
    for submission in (folder / "submissions").iterdir():
        (submission / "card.md").write_text(HOSTILE)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as found:
        chromium = found.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def pages_of(board: Path) -> list[Path]:
    """One page of each kind."""
    pages = board / "pages"
    models = sorted((pages / "models").iterdir())
    timed = next(path for path in models if 'suites/timed-v1.html">timed-v1</a></p>' in path.read_text())
    suites = [pages / f"suites/{name}.html" for name in ("open-v1", "timed-v1", "groups-v1")]
    tasks = [
        next((pages / "tasks").glob(f"{name}-*.html")) for name in ("word-s3", "timed-relative-5", "reverse")
    ]
    return [board / "index.html", pages / "submit.html", *suites, timed, *tasks]


class Watched:
    """A page, and what it complained of or asked for."""

    def __init__(self, browser: Any, **context: Any) -> None:
        self.page = browser.new_context(**context).new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._request)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:,")):
            self.wrong.append(request.url)

    def open(self, path: Path) -> Any:
        self.page.goto(path.as_uri())
        return self.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_kind_of_page_fits_and_axe_finds_nothing_serious(
    board: Path, browser: Any, width: int, height: int, scheme: str
) -> None:
    watched = Watched(
        browser, viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
    )
    for path in pages_of(board):
        page = watched.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.add_script_tag(path=str(AXE))
        found = page.evaluate(
            "async () => (await axe.run(document, {preload: false}))"
            ".violations.map(one => [one.impact, one.id, one.nodes[0].html])"
        )
        assert not [one for one in found if one[0] in ("serious", "critical")], (path, found)
    assert watched.wrong == []
    watched.page.context.close()


def test_nothing_in_a_card_runs(board: Path, browser: Any) -> None:
    watched = Watched(browser)
    for path in sorted((board / "pages/models").iterdir())[:5]:
        page = watched.open(path)
        page.wait_for_timeout(50)
        assert page.title() != "run"
        assert page.locator("section.card script, section.card img, section.card [onclick]").count() == 0
        assert "<script>" in page.locator("section.card").inner_text()
    assert watched.wrong == []


def names(page: Any) -> list[str]:
    return list(page.eval_on_selector_all("#rows tr th", "all => all.map(one => one.textContent)"))


def test_rows_are_sorted_and_filtered_by_keyboard_alone(board: Path, browser: Any) -> None:
    watched = Watched(browser)
    page = watched.open(board / "pages/suites/open-v1.html")
    before = names(page)
    assert len(before) == 100
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Parameters":
            break
    begin = time.perf_counter()
    page.keyboard.press("Enter")
    sizes = page.eval_on_selector_all(
        "#rows tr td:nth-child(6)", "all => all.map(one => Number(one.textContent.replace(/,/g, '')))"
    )
    assert time.perf_counter() - begin < 5
    assert sizes == sorted(sizes)
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Parameters")
    page.locator("#controls input").focus()
    page.keyboard.type("gru")
    assert page.locator("#count").inner_text() == "25 of 250 rows"
    assert all("gru" in name for name in names(page))
    page.locator("#controls input").fill("")
    page.locator("#controls select").nth(0).select_option("solvable")
    tasks = page.eval_on_selector_all("#rows tr td:nth-child(3)", "all => all.map(one => one.textContent)")
    assert set(tasks) == {"word:S3"}
    page.locator("#controls select").nth(0).select_option("")
    page.get_by_role("button", name="Show 150 more").press("Enter")
    assert len(names(page)) == 250
    assert watched.wrong == []


def test_precision_and_track_of_a_suite(board: Path, browser: Any) -> None:
    watched = Watched(browser)
    page = watched.open(board / "pages/suites/timed-v1.html")
    page.locator("#controls select").nth(1).select_option("1")
    assert "now in bf16" in page.locator("#shown-in").inner_text()
    page.get_by_label("Track").select_option("2")
    assert page.locator("#rows tr").count() == 0
    assert watched.wrong == []


def test_without_scripts_every_row_is_on_some_page(board: Path, browser: Any) -> None:
    watched = Watched(browser, java_script_enabled=False)
    found = []
    for name in ("open-v1", "open-v1-2", "open-v1-3"):
        page = watched.open(board / f"pages/suites/{name}.html")
        found += page.locator("#rows tr th").all_inner_texts()
        assert not page.locator("#controls").is_visible()
        assert page.locator("#pager a").count() == 3
    assert len(set(found)) == len(found) == 250


def test_what_script_and_server_show_is_the_same(board: Path, browser: Any) -> None:
    for name in ("open-v1", "timed-v1"):
        path = board / f"pages/suites/{name}.html"
        texts = []
        for scripts in (True, False):
            page = Watched(browser, java_script_enabled=scripts).open(path)
            cells = page.locator("#rows tr").all_inner_texts()
            texts.append([" ".join(cell.split()) for cell in cells])
        assert texts[0] == texts[1]


def test_ten_thousand_rows_are_sorted_at_once(board: Path, browser: Any, tmp_path: Path) -> None:
    site = shutil.copytree(board / "pages", tmp_path / "pages")
    path = site / "suites/open-v1.js"
    data = json.loads(path.read_text().removeprefix("krohnBoard(").removesuffix(");\n"))
    data["rows"] *= 40
    path.write_text(f"krohnBoard({json.dumps(data)});\n")
    watched = Watched(browser)
    page = watched.open(site / "suites/open-v1.html")
    assert page.locator("#count").inner_text() == "10,000 of 10,000 rows"
    script = "one => { const begin = performance.now(); one.click(); return performance.now() - begin; }"
    for column in ("Score", "Model", "Rank"):
        took = page.locator("#board thead button", has_text=column).evaluate(script)
        print(f"sorted by {column} in {took:.0f} ms")
        assert took < 1000
    assert watched.wrong == []
