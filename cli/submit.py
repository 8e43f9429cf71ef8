"""krohn submit"""

from __future__ import annotations

from pathlib import Path

from .options import Imports, Json, load_imports
from .output import print_json, say


def command(runs: list[Path], /, *, board: Path, json: Json = False, imports: Imports = None) -> None:
    """Put the claims of evaluated runs on a board.

    Parameters
    ----------
    runs
        Run folders.
    board
        The board's folder; made where there is none.
    """
    load_imports(imports)
    from ..leaderboards.board import new_claim, submit

    runs = list(dict.fromkeys(runs))
    for run in runs:
        new_claim(run, board)  # one that cannot be submitted is refused before the first is
    claims = [submit(run, board) for run in runs]
    if json:
        print_json([{"id": claim.id, "task": claim.task, "model": claim.model} for claim in claims])
        return
    for run, claim in zip(runs, claims, strict=True):
        say(f"{run} is on {board} as {claim.id}")
