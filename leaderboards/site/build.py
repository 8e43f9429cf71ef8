"""Writing a board's site: pages first, the front last, each whole; what did not change is not made again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ... import __version__
from ...names import visible
from ..chances import chances_of, known_task
from ..entries import Entry
from ..index import up_to_date
from ..labels import label_of
from ..ledger import File, Ledger, read_record
from ..listing import Listed, listed
from ..ranking import Table
from ..records import Claim, Verification
from ..standings import tables_of
from ..suite import Suite, suite, suite_names
from .boards import PAGE_ROWS, board_page
from .feeds import json_feed, newest, rss
from .folder import PAGES, SiteFolder
from .models import model_page
from .tasks import class_of, facts, slug

ASSETS = ("style.css", "board.js")


def build(board: Path, output: Path | None = None, database: str | None = None) -> Path:
    """Write the site of a board and return its front page.

    A reader, or a build that is killed, sees every page whole: the old one or the new one. The next build makes again
    what is missing.

    Parameters
    ----------
    board : Path
    output : Path, optional
        The folder of the site: ``index.html`` and ``pages/``, nothing else of it is touched; the board's own where not
        given.
    database : str, optional
        The URL of the board's index, which is brought up to date first; ``index.sqlite`` in the board's folder where
        not given.

    Raises
    ------
    RequestError
        Where the folder is no board, or `output` holds something else than a site.
    DamagedFileError
        Where the ledger was changed.
    StorageError
        Where a page cannot be written.
    DatabaseError
        Where the database stays away.
    """
    folder = SiteFolder(output or board, board)
    with up_to_date(board, database) as engine:
        rows = {name: listed(engine, name) for name in suite_names()}
    return _Site(board, folder, rows).write()


class _Site:
    def __init__(self, board: Path, folder: SiteFolder, by_suite: dict[str, list[Listed]]) -> None:
        self.board, self.folder, self.by_suite = board, folder, by_suite
        self.files = Ledger(board).files()
        self.rows = sorted(chain(*by_suite.values()), key=lambda row: row.record)
        self.jinja = Environment(
            loader=PackageLoader("krohn.leaderboards.site", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=lambda value: visible(value) if type(value) is str else value,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.jinja.globals.update(version=__version__, slug=slug, label_of=label_of, page_rows=PAGE_ROWS)

    def write(self) -> Path:
        self.folder.begin()
        for name in ASSETS:
            self.folder.put(f"{PAGES}/{name}", _resource(f"assets/{name}").encode())
        for row in self.rows:
            self._model(row)
        for name in sorted(self.tasks):
            self._task(name)
        tables: dict[str, list[Table]] = {}
        for name in suite_names():
            tables[name] = tables_of(suite(name), self.by_suite[name])
            self._board(suite(name), tables[name])
        self.folder.put(f"{PAGES}/submit.html", self._render("submit", "../", here="submit"))
        self.folder.put(f"{PAGES}/feed.xml", rss(self.rows))
        self.folder.put(f"{PAGES}/feed.json", json_feed(self.rows))
        front = self._render(
            *("index", ""),
            here="index",
            tables=tables,
            newest=newest(self.rows)[:10],
            count=len(self.rows),
        )
        self.folder.put("index.html", front)
        self.folder.end()
        return self.folder.path / "index.html"

    @cached_property
    def tasks(self) -> set[str]:
        """The tasks that have a page: ours, of which there is a row."""
        names = {task for row in self.rows for task in row.tasks}
        for name, rows in self.by_suite.items():
            names |= set(suite(name).task_names) if rows else set()
        return {name for name in names if known_task(name) is not None}

    @cached_property
    def classes(self) -> dict[str, str]:
        found = {name: known_task(name) for name in self.tasks}
        return {name: class_of(task) for name, task in found.items() if task is not None}

    @cached_property
    def code(self) -> str:
        """A hash of the templates, of the code of boards and of Krohn's version: where it changed, all pages are made
        again."""
        texts = [_resource(f"templates/{name}") for name in sorted(self.jinja.list_templates())]
        texts += [
            path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parents[1].rglob("*.py"))
        ]
        return hashlib.sha256("".join([__version__, *texts]).encode()).hexdigest()

    def _model(self, row: Listed) -> None:
        files = [self.files[number - 1] for number in (row.record, row.verification) if number is not None]
        key = self._key(row.tier, *(file.short for file in files))

        def page() -> bytes:
            shown = model_page(row, _entry(row, files), self.board, chances_of(row.tasks))
            return self._render("model", "../../", here="", pages=self.tasks, **shown)

        self._once(f"{PAGES}/models/{row.id}.html", key, page)

    def _task(self, name: str) -> None:
        task = known_task(name)
        assert task is not None
        suites = [found for found in suite_names() if name in suite(found).task_names]

        def page() -> bytes:
            return self._render("task", "../../", here="", task=task, suites=suites, **facts(task))

        self._once(f"{PAGES}/tasks/{slug(name)}.html", self._key(name, str(task.version), str(suites)), page)

    def _board(self, found: Suite, tables: list[Table]) -> None:
        page = board_page(found, tables, {name: self.classes.get(name, "unknown") for name in self.tasks})
        folder = f"{PAGES}/suites"
        self.folder.put(f"{folder}/{found.name}.js", page.data.encode())
        for number, lines in enumerate(page.pages, 1):
            name = found.name if number == 1 else f"{found.name}-{number}"
            html = self._render(
                "board", "../../", here=found.name, page=page, lines=lines, number=number, pages=self.tasks
            )
            self.folder.put(f"{folder}/{name}.html", html)

    def _render(self, template: str, root: str, **values: Any) -> bytes:
        text = self.jinja.get_template(f"{template}.html.j2").render(
            root=root, to=f"{root}{PAGES}/", suites_all=[suite(name) for name in suite_names()], **values
        )
        return text.encode()

    def _key(self, *parts: str) -> str:
        return hashlib.sha256("\0".join([self.code, *parts]).encode()).hexdigest()

    def _once(self, name: str, key: str, page: Any) -> None:
        if not self.folder.keep(name, key):
            self.folder.put(name, page(), key)


def _entry(row: Listed, files: Sequence[File]) -> Entry:
    """Return what the ledger says of a row, from its claim's record and that of its latest verification."""
    claim, *latest = [read_record(file) for file in files]
    assert isinstance(claim.content, Claim)
    found = [record.content for record in latest if isinstance(record.content, Verification)]
    return Entry(claim.content, claim.time, found[0] if found else None, row.tier == "reproduced")


def _resource(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
