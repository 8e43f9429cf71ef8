"""Adding a submission to a board: written whole or not at all, and named by the ledger."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from ..errors import KrohnError, RequestError
from ..files import new_folder, write_bytes, write_json
from ..training.run import CONFIG, WEIGHTS
from .intake import MOST_BYTES, read_plain
from .keys import digest
from .ledger import Ledger
from .packing import CARD, Packed
from .records import Claim, Record
from .season import open_season

SUBMISSIONS = "submissions"
CLAIM = "claim.json"


def submit(packed: Packed, board: Path) -> Record:
    """Add a submission to a board; a board that is not there yet is made, with a season and its keys.

    Raises
    ------
    RequestError
        Where the folder holds something else than a board, or the board has the same runs already.
    StorageError
        Where it cannot be written; nothing is left of it.
    """
    refuse_what_is_no_board(board)
    ledger = Ledger(board)
    with ledger.lock():
        _refuse_a_duplicate(packed, ledger)
        folder = board / SUBMISSIONS / packed.claim.id
        # Without a record in the ledger it is what a submission left that was killed.
        shutil.rmtree(folder, ignore_errors=True)
        for left in folder.parent.glob(".*.partial"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            with new_folder(folder) as temporary:
                _write(packed, temporary)
            if not ledger.files():
                open_season(ledger)
            return ledger.append(packed.claim)
        except KrohnError:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # where others lie in it, it stays
                folder.parent.rmdir()
            raise


def refuse_what_is_no_board(board: Path) -> None:
    """Raise where a folder holds something else than a board.

    Raises
    ------
    RequestError
        Where it is a file, or has files and no ledger.
    DamagedFileError
        Where its ledger holds what does not belong there.
    """
    if not str(board).isprintable():
        raise RequestError(f"board {str(board)!a}: expected a path of printable letters")
    if board.exists() and not board.is_dir():
        raise RequestError(f"{board} is a file: expected the folder of a board, or a name that is free")
    if board.is_dir() and any(board.iterdir()) and not (board / "ledger").is_dir():
        raise RequestError(
            f"{board} is no board: expected a folder with ledger/, an empty one, or a name that is free"
        )
    Ledger(board).listed()


def _refuse_a_duplicate(packed: Packed, ledger: Ledger) -> None:
    claim = packed.claim
    hashes = [run.weights_sha256.encode() for run in claim.runs]
    cells = _cells(claim)
    for file in ledger.files():
        if file.kind != "claim":
            continue
        text = file.path.read_bytes()
        if not all(sha256 in text for sha256 in hashes):
            continue
        other = Record.model_validate_json(text).content
        if isinstance(other, Claim) and other.suite == claim.suite and cells <= _cells(other):
            raise RequestError(
                f"{packed.where} is on the board already, as {other.id}: expected a run that was not submitted"
            )


def _cells(claim: Claim) -> set[tuple[str, int, str, int]]:
    return {
        (run.task, run.seed, score.precision, score.length) for run in claim.runs for score in run.results
    }


def _write(packed: Packed, folder: Path) -> None:
    write_json(folder / CLAIM, packed.claim.model_dump(mode="json"))
    write_bytes(folder / CARD, packed.card.encode())
    for number, (run, claimed) in enumerate(zip(packed.runs, packed.claim.runs, strict=True), 1):
        wanted = {CONFIG: claimed.config_sha256, WEIGHTS: claimed.weights_sha256}
        for name, sha256 in wanted.items():
            data = read_plain(run.folder / name, MOST_BYTES[name])
            if digest(data) != sha256:
                raise RequestError(f"{run.folder / name} changed while it was submitted: submit it again")
            write_bytes(folder / run_name(number) / name, data)


def run_name(number: int) -> str:
    """Return the folder of a claim's run, counted from 1.

    Examples
    --------
    >>> run_name(3)
    'run-003'
    """
    return f"run-{number:03d}"
