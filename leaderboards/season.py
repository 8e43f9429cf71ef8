"""Seasons: a secret that test words come from, told by its hash when the season opens and itself when it ends."""

from __future__ import annotations

import secrets
from pathlib import Path

from ..errors import DamagedFileError, RequestError
from .keys import digest, keep_secret, new_key, public_of, read_key, read_secret, sign
from .ledger import Ledger
from .records import Reveal, Season


def seed_of(secret: bytes) -> int:
    """Return the root seed of a season's test words: 63 bits of the secret's hash with a prefix.

    Anyone can compute it once the secret is told; its own hash, told before, says nothing of it.

    Examples
    --------
    >>> seed_of(bytes(32)) == seed_of(bytes(32)) < 2**63
    True
    """
    return int(digest(b"krohn test words " + secret)[:16], 16) >> 1


def open_season(ledger: Ledger) -> Season:
    """Return the season that is open; open the board's first, or the one after the last; under the ledger's lock.

    Raises
    ------
    RequestError
        Where a season has ended and the board's key does not lie here.
    StorageError
        Where the secrets or the record cannot be written.
    """
    found = ledger.season()
    if found is not None:
        return found
    last = ledger.last_of("season")
    if last is not None:
        assert isinstance(last.content, Season)
        return _open(ledger, last.content.public_key, last.content.season + 1)
    key = new_key()
    keep_secret(public_of(key), "key", key.private_bytes_raw())
    return _open(ledger, public_of(key), 1)


def end_season(ledger: Ledger) -> Season:
    """End the season that is open, tell its secret, and open the next; under the ledger's lock.

    Raises
    ------
    RequestError
        Where there is none, or its secrets do not lie here.
    DamagedFileError
        Where the secret is not the one whose hash was told.
    """
    season = ledger.season()
    if season is None:
        raise RequestError(
            f"{ledger.board} has no season that is open: expected one (krohn submit RUN --board DIR)"
        )
    document = {
        "kind": "reveal",
        "schema_version": 1,
        "season": season.season,
        "secret": secret_of(season).hex(),
    }
    ledger.append(Reveal.model_validate(sign(document, read_key(season.public_key))))
    return open_season(ledger)


def season_of(board: Path, end: bool = False) -> Season:
    """Return the season of a board that is open; with `end`, end it and return the next.

    Raises
    ------
    RequestError
        Where the folder is no board, no season is open, or the board's secrets do not lie here.
    """
    ledger = Ledger(board)
    ledger.expect()
    if end:
        with ledger.lock():
            return end_season(ledger)
    found = ledger.season()
    if found is None:
        raise RequestError(f"{board} has no season that is open: its next opens with krohn board verify")
    return found


def secret_of(season: Season) -> bytes:
    """Return a season's secret from ``KROHN_HOME``.

    Raises
    ------
    RequestError
        Where it does not lie here.
    DamagedFileError
        Where it is not the one whose hash was told.
    """
    secret = read_secret(season.public_key, f"season-{season.season}")
    if digest(secret) != season.commitment:
        raise DamagedFileError(
            f"the secret of season {season.season} has the hash {digest(secret)[:16]}: "
            f"expected {season.commitment[:16]}, which its ledger tells"
        )
    return secret


def _open(ledger: Ledger, public_key: str, number: int) -> Season:
    secret = secrets.token_bytes(32)
    keep_secret(public_key, f"season-{number}", secret)
    document = {
        "kind": "season",
        "schema_version": 1,
        "season": number,
        "commitment": digest(secret),
        "public_key": public_key,
    }
    season = Season.model_validate(sign(document, read_key(public_key)))
    ledger.append(season)
    return season
