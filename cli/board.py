"""krohn board show, krohn board build"""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from .options import Imports, Json, load_imports
from .output import print_json, print_table, say

app = App(name="board", help="Show a board, or build its page.", result_action="return_value")
for verb in ("verify", "reproduce", "check", "season", "index"):
    app.command(f"krohn.cli.ledger:{verb}", name=verb)


@app.command
def show(*, board: Path, json: Json = False, imports: Imports = None) -> None:
    """Print the board's tables, a task after another, rows by horizon.

    Parameters
    ----------
    board
        The board's folder.
    """
    load_imports(imports)
    from ..leaderboards.board import as_json

    if json:
        print_json(as_json(board))
    else:
        print_board(board)


def print_board(board: Path) -> None:
    """Print the board's tables on stdout."""
    from ..leaderboards.board import own_scores, tables
    from ..leaderboards.page import label_of

    for task, rows in tables(board).items():
        lengths = sorted({score.length for row in rows for score in own_scores(row.claim)})
        precisions = list(dict.fromkeys(item.precision for row in rows for item in row.claim.horizons))
        listed = []
        for row in rows:
            accuracy = {score.length: score.accuracy for score in own_scores(row.claim)}
            horizons = {item.precision: item.horizon for item in row.claim.horizons}
            rank = str(row.rank or "-")
            if row.rank_low != row.rank_high:
                rank += f" ({row.rank_low}-{row.rank_high})"
            listed.append(
                (
                    rank,
                    label_of(row),
                    *(accuracy.get(length) for length in lengths),
                    *(horizons.get(precision) for precision in precisions),
                )
            )
        columns = (
            "rank",
            "model",
            *(f"{length:,}" for length in lengths),
            *(f"horizon {precision}" for precision in precisions),
        )
        print_table(columns, listed, title=f"{task} (all rows claimed; accuracy in fp32 at each length)")
        print()


@app.command
def build(*, board: Path, imports: Imports = None) -> None:
    """Write the board's page, one HTML file.

    Parameters
    ----------
    board
        The board's folder.
    """
    load_imports(imports)
    from ..leaderboards.page import build as build_page

    say(f"the page is {build_page(board).resolve()}")
