"""krohn board verify, reproduce, check, season and index: what is done to a board's ledger"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .options import Json
from .output import print_json, say

Ids = Annotated[list[str] | None, Parameter(negative=())]
Flag = Annotated[bool, Parameter(negative=())]


def verify(ids: Ids = None, /, *, board: Path, limit: float = 3600.0, json: Json = False) -> None:
    """Measure claims: their own words again, then the season's secret words; sign what was found.

    Parameters
    ----------
    ids
        Claims, by the first digits of their ids [all that were not looked at yet].
    board
        The board's folder.
    limit
        Seconds that the evaluation of one claim may take.
    """
    from ..leaderboards.verification import verify as verify_claims

    _print(verify_claims(board, ids or [], _seconds(limit), _tell), json)


def reproduce(
    ids: Ids = None, /, *, board: Path, seeds: int | None = None, limit: float = 86400.0, json: Json = False
) -> None:
    """Train verified claims again from their configs, on fresh words.

    Parameters
    ----------
    ids
        Claims, by the first digits of their ids [all that are verified].
    board
        The board's folder.
    seeds
        Trainings of each task [as many as the claim has].
    limit
        Seconds that the trainings of one claim may take.
    """
    from ..leaderboards.reproduction import reproduce as reproduce_claims

    _print(reproduce_claims(board, ids or [], seeds, _seconds(limit), _tell), json)


def check(*, board: Path, json: Json = False) -> None:
    """Find any change in a board's ledger and in the files that it names.

    Parameters
    ----------
    board
        The board's folder.
    """
    from ..errors import DamagedFileError
    from ..leaderboards.checking import check as check_board

    found = check_board(board)
    if json:
        print_json({"whole": not found.wrong, **vars(found)})
    for note in found.notes:
        say(note)
    if found.wrong:
        more = f" (and {len(found.wrong) - 1} more)" if len(found.wrong) > 1 else ""
        raise DamagedFileError(f"{found.wrong[0]}{more}")
    if not json:
        say(
            f"{board} is whole: {found.claims} claims, {found.verifications} verifications; "
            f"its last record has the hash {found.head or 'of nothing'}"
        )


def season(*, board: Path, end: Flag = False, json: Json = False) -> None:
    """Say which season is open.

    Parameters
    ----------
    board
        The board's folder.
    end
        End it: tell its secret, so that anyone can draw its words, and open the next.
    """
    from ..leaderboards.season import season_of

    found = season_of(board, end)
    if json:
        print_json(found.model_dump(mode="json"))
    else:
        say(f"season {found.season} is open: the hash of its secret is {found.commitment}")


def index(
    *, board: Path, database: str | None = None, parquet: Path | None = None, json: Json = False
) -> None:
    """Build the SQL index of a board anew from its ledger.

    Parameters
    ----------
    board
        The board's folder.
    database
        A URL of SQLAlchemy, such as postgresql+psycopg://user@host/name [index.sqlite in the board's folder].
    parquet
        A folder to write the tables to, one Parquet file each.
    """
    from ..leaderboards.index import build_index, write_parquet

    counts = build_index(board, database)
    if parquet is not None:
        write_parquet(board, parquet, database)
    if json:
        print_json(counts)
    else:
        say("the index holds " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))


def _seconds(limit: float) -> float:
    from ..errors import RequestError

    if not 1 <= limit < 10**7:
        raise RequestError(f"limit is {limit:g}: expected seconds, 1 or more and below 10,000,000")
    return limit


def _tell(claim: Any, verification: Any) -> None:
    found = "not measured" if verification.tier == "claimed" else verification.tier
    say(f"{claim.id} {claim.name}: {found}")
    for reason in verification.reasons[:5]:
        say(f"  {reason.text}")
    if len(verification.reasons) > 5:
        say(f"  and {len(verification.reasons) - 5} more")


def _print(found: list[Any], json: bool) -> None:
    if json:
        keys = {"claim", "tier", "season", "reasons"}
        print_json([verification.model_dump(mode="json", include=keys) for verification in found])
    elif not found:
        say("no claim to look at")
