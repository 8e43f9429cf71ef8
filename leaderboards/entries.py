"""The rows that a ledger holds: every claim with what the board found of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .ledger import Ledger
from .records import Claim, Measured, Tier, Verification


@dataclass(frozen=True)
class Entry:
    """A claim, and the board's word on it.

    Attributes
    ----------
    claim : Claim
    time : str
        When it was submitted, UTC.
    verification : Verification or None
        The latest that stands (`stands`).
    reproduced : bool
        Whether one of its verifications retrained it with success.
    """

    claim: Claim
    time: str
    verification: Verification | None = None
    reproduced: bool = False

    @property
    def tier(self) -> Tier:
        """What the row may call itself."""
        return tier_of(self.verification.tier if self.verification else None, self.reproduced)

    @property
    def ranked(self) -> bool:
        """Whether the row has a rank: the board measured it, and found what was claimed."""
        return self.tier in ("verified", "reproduced")

    @property
    def measured(self) -> list[Measured]:
        """Counts to show, one item a run: the board's own on the season's words; the claim's where there are none."""
        if self.verification is not None and self.verification.measured:
            return self.verification.measured
        return list(self.claim.runs)


def stands(found: Tier, before: Tier | None) -> bool:
    """Say whether a verification takes the place of the one before: one that found nothing leaves what was found.

    Examples
    --------
    >>> stands("refuted", "verified"), stands("claimed", None), stands("claimed", "verified")
    (True, True, False)
    """
    return found != "claimed" or before in (None, "claimed")


def tier_of(latest: Tier | None, reproduced: bool) -> Tier:
    """Return what a row may call itself by the verification that stands, and whether it was ever reproduced.

    Examples
    --------
    >>> tier_of(None, False), tier_of("verified", True), tier_of("refuted", True)
    ('claimed', 'reproduced', 'refuted')
    """
    if latest is None:
        return "claimed"
    return "reproduced" if reproduced and latest == "verified" else latest


def rows(board: Path) -> list[Entry]:
    """Return the entries of a board in the order of their submission.

    Raises
    ------
    RequestError
        Where the folder is no board.
    DamagedFileError
        Where its ledger was changed.
    """
    ledger = Ledger(board)
    ledger.expect()
    claims: dict[str, tuple[Claim, str]] = {}
    latest: dict[str, Verification] = {}
    reproduced = set()
    for _, record in ledger.records():
        content = record.content
        if isinstance(content, Claim):
            claims[content.id] = content, record.time
        elif isinstance(content, Verification):
            before = latest.get(content.claim)
            if stands(content.tier, before.tier if before else None):
                latest[content.claim] = content
            if content.tier == "reproduced":
                reproduced.add(content.claim)
    return [Entry(claim, when, latest.get(id_), id_ in reproduced) for id_, (claim, when) in claims.items()]
