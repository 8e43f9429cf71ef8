"""Is a board whole? Every byte of its records and of what they name, every signature, every promise of a season."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..errors import KrohnError
from ..files import json_bytes
from ..training.run import CONFIG, WEIGHTS
from .intake import MOST_BYTES, read_plain
from .keys import digest, is_signed
from .ledger import Ledger
from .packing import CARD
from .records import Claim, Record, Reveal, Season, Verification
from .submission import CLAIM, SUBMISSIONS, run_name


@dataclass
class Findings:
    """What a check found.

    Attributes
    ----------
    wrong : list of str
        What was changed or is missing.
    notes : list of str
        What is left of a writer that was killed: it harms nothing, and goes with the next submission.
    claims, verifications : int
        Records of the kind.
    head : str
        Hash of the last record: whoever keeps it can tell that nothing before it changed.
    """

    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    claims: int = 0
    verifications: int = 0
    head: str = ""


def check(board: Path) -> Findings:
    """Check a board.

    Raises
    ------
    RequestError
        Where the folder is no board.
    """
    ledger = Ledger(board)
    ledger.expect()
    found = Findings(wrong=ledger.check())
    if found.wrong:
        return found
    records = ledger.records()
    if records:
        found.head = digest(records[-1][0].path.read_bytes())
    history = _History(board, found)
    for file, record in records:
        history.see(record, file.path)
    history.end()
    return found


class _History:
    def __init__(self, board: Path, found: Findings) -> None:
        self.board, self.found = board, found
        self.seasons: dict[int, Season] = {}
        self.revealed: set[int] = set()
        self.claims: dict[str, Claim] = {}

    def see(self, record: Record, path: Path) -> None:
        content = record.content
        if isinstance(content, Claim):
            self.found.claims += 1
            if content.id in self.claims:
                self._wrong(path, f"claim {content.id} is there twice")
            self.claims[content.id] = content
            self.found.wrong += files_wrong(self.board / SUBMISSIONS / content.id, content)
            return
        if isinstance(content, Season):
            self._season(content, path)
        season = self.seasons.get(content.season)
        if season is None:
            self._wrong(path, f"there is no season {content.season} before it")
        elif not is_signed(content.model_dump(mode="json"), season.public_key):
            self._wrong(path, "its signature is not the board's")
        elif isinstance(content, Reveal):
            self._reveal(content, season, path)
        elif isinstance(content, Verification):
            self._verification(content, path)

    def _season(self, season: Season, path: Path) -> None:
        last = len(self.seasons)
        if season.season != last + 1 or len(self.revealed) != last:
            self._wrong(path, f"season {season.season} opens before season {last} has ended")
        if last and season.public_key != self.seasons[last].public_key:
            self._wrong(path, "it has another public key than the season before")
        self.seasons[season.season] = season

    def _reveal(self, reveal: Reveal, season: Season, path: Path) -> None:
        if digest(bytes.fromhex(reveal.secret)) != season.commitment:
            self._wrong(path, "its secret is not the one whose hash was told")
        if reveal.season in self.revealed:
            self._wrong(path, f"season {reveal.season} has ended already")
        self.revealed.add(reveal.season)

    def _verification(self, verification: Verification, path: Path) -> None:
        self.found.verifications += 1
        if verification.claim not in self.claims:
            self._wrong(path, f"there is no claim {verification.claim} before it")
        if verification.season in self.revealed:
            self._wrong(path, f"season {verification.season} had ended, its secret was told")

    def _wrong(self, path: Path, what: str) -> None:
        self.found.wrong.append(f"{path} is damaged: {what}")

    def end(self) -> None:
        folder = self.board / SUBMISSIONS
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.name not in self.claims:
                self.found.notes.append(f"{path} belongs to no claim: left by a submission that was stopped")
        for path in sorted(Ledger(self.board).folder.glob(".*.partial")):
            self.found.notes.append(f"{path} is no record: left by a writer that was stopped")


def files_wrong(folder: Path, claim: Claim) -> list[str]:
    """Return what is wrong with the files of a submission, a line each."""
    expected = {CARD: claim.card_sha256}
    for number, run in enumerate(claim.runs, 1):
        expected[f"{run_name(number)}/{CONFIG}"] = run.config_sha256
        expected[f"{run_name(number)}/{WEIGHTS}"] = run.weights_sha256
    wrong = []
    for name, sha256 in expected.items():
        try:
            data = read_plain(folder / name, MOST_BYTES[Path(name).name])
        except KrohnError as error:
            wrong.append(str(error))
            continue
        if digest(data) != sha256:
            wrong.append(f"{folder / name} was changed: its hash is {digest(data)[:16]}")
    wrong += _claim_wrong(folder / CLAIM, claim)
    known = {*expected, CLAIM}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if not path.is_dir() and str(path.relative_to(folder)) not in known:
            wrong.append(f"{path} is no file of the submission")
    return wrong


def _claim_wrong(path: Path, claim: Claim) -> list[str]:
    try:
        data = read_plain(path, MOST_BYTES[CLAIM])
    except KrohnError as error:
        return [str(error)]
    return (
        []
        if data == json_bytes(claim.model_dump(mode="json"))
        else [f"{path} is not the claim of the ledger"]
    )
