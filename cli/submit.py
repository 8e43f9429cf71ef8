"""krohn submit"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..names import shown
from .options import Imports, Json, load_imports
from .output import print_json, say

Flag = Annotated[bool, Parameter(negative=())]


def command(
    runs: list[Path],
    /,
    *,
    board: Path,
    suite: str = "open-v1",
    name: str | None = None,
    card: Path | None = None,
    partial: Flag = False,
    tuned_trials: int | None = None,
    external_data: bool | None = None,
    licence: str | None = None,
    contact: str | None = None,
    dry_run: Flag = False,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Put the claims of evaluated runs on a board: checked first, listed as claimed until the board has measured them.

    Parameters
    ----------
    runs
        Run folders. In open-v1 each is a row; in any other suite all of them are one.
    board
        The board's folder; made where there is none, with a season and its key.
    suite
        What is asked of the runs.
    name
        What the row is called [its model].
    card
        A model card in Markdown [the run's README.md, or a short one made of its config].
    partial
        Let tasks of the suite be missing: the row is listed without a rank. Not in open-v1, where a row is one run.
    tuned_trials
        Trainings that were tried before these were chosen [unknown].
    external_data
        Whether anything but the tasks' own training words was used [unknown].
    licence
        Of the weights [unknown].
    contact
        Who answers questions [unknown].
    dry_run
        Check everything and print the claims; write nothing.
    """
    load_imports(imports)
    from ..errors import RequestError
    from ..leaderboards.packing import pack
    from ..leaderboards.records import Declarations
    from ..leaderboards.submission import refuse_what_is_no_board, submit

    try:
        declared = Declarations(
            tuned_trials=tuned_trials, external_data=external_data, licence=licence, contact=contact
        )
    except ValueError as error:
        raise RequestError(_first(error)) from None
    refuse_what_is_no_board(board)
    packed = pack(runs, suite, name=name, card=card, partial=partial, declarations=declared)
    if dry_run:
        print_json([item.claim.model_dump(mode="json") for item in packed])
        say(f"nothing was written: {len(packed)} of {len(packed)} submissions are ready for {board}")
        return
    records = [submit(item, board) for item in packed]
    if json:
        listed = [
            {
                "id": item.claim.id,
                "suite": suite,
                "task": item.claim.tasks[0] if len(item.claim.tasks) == 1 else None,
                "tasks": item.claim.tasks,
                "model": item.claim.model,
                "track": item.claim.track,
                "record": record.number,
                "verifiable": item.own is None,
            }
            for item, record in zip(packed, records, strict=True)
        ]
        print_json(listed)
        return
    for item, record in zip(packed, records, strict=True):
        say(f"{item.where} is on {board} as {item.claim.id}, record {record.number}: claimed")
        if item.own is not None:
            say(f"{item.claim.id} stays claimed: {item.own}")


def _first(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    flag = f"--{first['loc'][0]}".replace("_", "-")
    return f"{flag} is {shown(first['input'])}: {first['msg'].removeprefix('Value error, ').lower()}"
