"""krohn board show, build, serve; what is done to its ledger is in `ledger.py`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from .ledger import check, index, reproduce, season, verify
from .options import Imports, Json, load_imports
from .output import print_json, print_table, say

if TYPE_CHECKING:
    from ..leaderboards.ranking import Row, Table

app = App(
    name="board", help="Show a board, verify its claims, or build its pages.", result_action="return_value"
)
for verb in (verify, reproduce, check, season, index):
    app.command(verb)


@app.command
def show(
    *,
    board: Path,
    suite: str = "open-v1",
    task: str | None = None,
    json: Json = False,
    database: str | None = None,
    imports: Imports = None,
) -> None:
    """Print a board's tables, best rows first; rows that the board has not measured are listed, not ranked.

    Parameters
    ----------
    board
        The board's folder.
    suite
        Whose tables.
    task
        Only the table of this task; in a suite of several, rows compared on it alone.
    database
        A URL of SQLAlchemy with the board's index, which is brought up to date first [index.sqlite in its folder].
    """
    load_imports(imports)
    if json:
        from ..leaderboards.standings import as_json

        print_json(as_json(board, suite, task, database))
    else:
        print_board(board, suite, task, database)


def print_board(
    board: Path, suite: str = "open-v1", task: str | None = None, database: str | None = None
) -> None:
    """Print a board's tables on stdout."""
    from ..leaderboards.standings import standings

    tables = standings(board, suite, task, database)
    if not any(table.rows for table in tables):
        say(f"no row of {suite} is on {board} yet")
    for table in tables:
        (_print_suite if table.task is None else _print_task)(table)
        print()


def _print_task(table: Table) -> None:
    """Print the table of a task of the open suite: accuracies by length, horizons by precision."""
    from ..evaluation.results import OWN, horizons_of
    from ..leaderboards.standings import own_lengths, reference_rows

    lengths = own_lengths(table)
    runs = [next(run.scores for run in row.entry.runs if run.task == table.task) for row in table.rows]
    found = [{item.precision: item.horizon for item in horizons_of(scores)} for scores in runs]
    precisions = list(dict.fromkeys(item for row in found for item in row))
    references = reference_rows(table)
    measured = runs + [row.reference.runs[0].scores for row in references]
    heads = [(rank_text(row), *_names(row)) for row in table.rows]
    heads += [("-", row.reference.name, "reference", "-") for row in references]
    listed = []
    for number, (head, results) in enumerate(zip(heads, measured, strict=True)):
        accuracy = {score.length: score.accuracy for score in results if score.precision == OWN}
        horizons = found[number] if number < len(found) else {}
        listed.append(
            (*head, *(accuracy.get(n) for n in lengths), *(horizons.get(item) for item in precisions))
        )
    columns = (
        *("rank", "model", "tier", "track"),
        *(f"{length:,}" for length in lengths),
        *(f"horizon {item}" for item in precisions),
    )
    print_table(columns, listed, title=f"{table.task}: by {table.suite.key}; accuracy in fp32 at each length")


def _print_suite(table: Table) -> None:
    """Print the table of a suite: Borda points, means, and the horizon of each task in the first precision."""
    from ..leaderboards.standings import reference_rows

    first = table.suite.precisions[0]
    shown = [column for column in table.columns if column[1] == first]
    listed: list[tuple[Any, ...]] = []
    for row in table.rows:
        key = f"{row.key.value:.3f} ({row.key.low:.3f}-{row.key.high:.3f})" if row.key else "-"
        share, score = row.horizon, row.score
        means = (table.length(share.value) if share else None, score.value if score else None)
        listed.append((rank_text(row), *_names(row), key, *_cells(table, shown, row.columns, *means)))
    for reference in reference_rows(table):
        means = (table.length(reference.horizon), reference.score)
        name = reference.reference.name
        listed.append(("-", name, "reference", "-", "-", *_cells(table, shown, reference.columns, *means)))
    columns = (
        "rank",
        "model",
        "tier",
        "track",
        "Borda points",
        "horizon",
        "score",
        *(task for task, _ in shown),
    )
    about = f"each task's {table.suite.metric} in {first}"
    print_table(columns, listed, title=f"{table.suite.name}: by {table.suite.key}; {about}")


def _cells(
    table: Table, shown: list[Any], values: Any, horizon: float | None, score: float | None
) -> tuple[Any, ...]:
    cells: list[Any] = [None if horizon is None else round(horizon), score]
    for column in shown:
        share, mean = values[column]
        if table.suite.metric == "score":
            cells.append(mean)
        else:
            cells.append(None if share is None else round(table.length(share)))
    return tuple(cells)


def _names(row: Row) -> tuple[str, str, str]:
    from ..leaderboards.labels import label_of

    return label_of(row.entry), row.entry.tier, row.entry.track


def rank_text(row: Row) -> str:
    """Return a rank with the ranks that the intervals allow, such as ``1 (1-3)``."""
    if row.rank is None:
        return "-"
    return str(row.rank) if row.rank_high == row.rank else f"{row.rank} ({row.rank_low}-{row.rank_high})"


@app.command
def build(
    *, board: Path, output: Path | None = None, database: str | None = None, imports: Imports = None
) -> None:
    """Write a board's pages: a static site that opens from disk and asks for nothing.

    Parameters
    ----------
    board
        The board's folder.
    output
        The folder of the site [index.html and pages/ in the board's folder].
    database
        A URL of SQLAlchemy with the board's index, which is brought up to date first [index.sqlite in its folder].
    """
    load_imports(imports)
    from ..leaderboards.site.build import build as build_site

    say(f"the page is {build_site(board, output, database).resolve()}")


@app.command
def serve(*, board: Path, output: Path | None = None, port: int = 8000) -> None:
    """Build a board's pages and serve them on this machine until interrupted.

    Parameters
    ----------
    board
        The board's folder.
    output
        The folder of the site [index.html and pages/ in the board's folder].
    port
        On 127.0.0.1; 0 takes one that is free.
    """
    from ..leaderboards.site.build import build as build_site
    from ..leaderboards.site.serve import serve as serve_site

    serve_site(output or board, port, lambda: build_site(board, output), say)
