"""What goes to stdout (results) and what goes to stderr (messages and progress)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ..files import json_text
from ..names import visible


def print_json(document: Any) -> None:
    """Print one JSON document on stdout; what cannot be printed, or would turn the text, is escaped."""
    text = json_text(document)
    for letter in {*text} - {"\n"}:
        if not letter.isprintable():
            text = text.replace(letter, json.dumps(letter)[1:-1])
    print(text)


def say(message: str) -> None:
    """Print a message on stderr."""
    print(message, file=sys.stderr, flush=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> None:
    """Print a table on stdout; numbers to the right; never cut, however narrow the terminal."""
    numeric = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(columns))]
    lines = [[_cell(name) for name in columns], *([_cell(value) for value in row] for row in rows)]
    # Not by rich's own table: it takes a minute for 10,000 rows, and cuts what is wider than the terminal.
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(columns))]
    head, *body = (_aligned(line, widths, numeric) for line in lines)
    console = Console(soft_wrap=True)
    for line in [title, head] if title else [head]:
        console.print(Text(line or "", style="bold"), crop=False, overflow="ignore", no_wrap=True)
    for line in body:
        print(line)


def _aligned(line: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    parts = []
    for text, width, right in zip(line, widths, numeric, strict=True):
        space = " " * (width - cell_len(text))
        parts.append(space + text if right else text + space)
    return "  ".join(parts).rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3f}"
    return visible(str(value))


class _Rate(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {self.unit}/s")


@contextmanager
def progress(what: str, unit: str, shown: bool = True) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar on stderr with rate and time left; yield ``update(done, total, note)``."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(unit),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    console = Console(stderr=True)
    # Where stderr is no terminal, a transient bar would leave nothing but an empty line.
    with Progress(
        *columns, console=console, transient=True, disable=not (shown and console.is_terminal)
    ) as bar:
        row = bar.add_task(what, total=None, note="")
        yield lambda done, total, note: bar.update(row, completed=done, total=total, note=note)
