"""Verification: the claim's own words counted again, then words that nobody has seen; a signed record of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import RequestError
from ..evaluation.evaluate import versions
from ..evaluation.results import Score
from ..names import nearest
from .comparing import repeat_reasons, season_reasons
from .entries import Entry, rows
from .keys import read_key, sign
from .ledger import Ledger
from .records import Claim, ClaimedRun, Measured, Reason, Season, Tier, Verification
from .sandbox import LimitError, Limits, RefusedError, run_limited
from .season import open_season, secret_of, seed_of
from .submission import SUBMISSIONS, run_name
from .suite import suite as find_suite

LIMITS = Limits(seconds=3600.0)
Watch = Callable[[Claim, Verification], None]
Measure = Callable[[Entry, Season], dict[str, Any]]


def verify(
    board: Path, ids: Sequence[str] = (), seconds: float = LIMITS.seconds, watch: Watch | None = None
) -> list[Verification]:
    """Measure claims, and add what was found to the ledger, one after another.

    Parameters
    ----------
    board : Path
    ids : sequence of str
        Claims, or the first digits of their ids; all that no verification names yet where not given.
    seconds : float
        What the evaluation of one claim may take.
    watch : callable, optional
        Called with a claim and what was found of it.

    Raises
    ------
    RequestError
        Where the folder is no board, there is no such claim, or the board's secrets do not lie here.
    DamagedFileError
        Where the ledger was changed.
    """
    chosen = chosen_entries(board, ids) if ids else [e for e in rows(board) if e.verification is None]
    limits = replace(LIMITS, seconds=seconds)
    return recorded(board, chosen, lambda entry, season: examined(board, entry.claim, season, limits), watch)


def recorded(
    board: Path, chosen: Sequence[Entry], measure: Measure, watch: Watch | None
) -> list[Verification]:
    """Measure claims in the open season, and add to the ledger what is found of each as soon as it is.

    Parameters
    ----------
    board : Path
    chosen : sequence of Entry
    measure : callable
        Called with an entry and the season; returns tier, counts and reasons.
    watch : callable, optional
        As `verify` takes it.

    Raises
    ------
    RequestError
        Where the season ends meanwhile; what was found before stays.
    """
    ledger = Ledger(board)
    with ledger.lock():
        season = open_season(ledger)
    key = read_key(season.public_key)
    secret_of(season)  # or it would be missed only after hours
    found = []
    for entry in chosen:
        verification = signed(measure(entry, season), entry.claim, season, key)
        with ledger.lock():
            if ledger.season() != season:
                raise RequestError(
                    f"season {season.season} ended while claim {entry.claim.id} was measured on its words, which are "
                    "no secret any more: nothing was written of it; measure it again"
                )
            ledger.append(verification)
        found.append(verification)
        if watch is not None:
            watch(entry.claim, verification)
    return found


def chosen_entries(board: Path, ids: Sequence[str]) -> list[Entry]:
    """Return the entries with some ids, or with ids that begin so.

    Raises
    ------
    RequestError
        For one that the board does not have, or that several begin with.
    """
    entries = {entry.claim.id: entry for entry in rows(board)}
    found = []
    for given in dict.fromkeys(ids):
        fitting = [id_ for id_ in entries if given and id_.startswith(given)]
        if len(fitting) != 1:
            near = nearest(given, entries)
            hint = f"; did you mean {near!r}?" if near and not fitting else ""
            what = (
                f"{len(fitting)} claims begin so"
                if fitting
                else f"{board} has {len(entries)} claims, not this"
            )
            raise RequestError(f"claim {given!r}: {what}: expected an id of the board{hint}")
        found.append(entries[fitting[0]])
    return found


def examined(board: Path, claim: Claim, season: Season, limits: Limits) -> dict[str, Any]:
    """Return what is found of a claim: tier, counts, reasons."""
    if claim.imports:
        text = f"model {claim.model!r} or its task is a user's own, which Krohn never runs: listed as claimed"
        return _found("claimed", [Reason(step="files", text=text)])
    folder, seed = board / SUBMISSIONS / claim.id, seed_of(secret_of(season))
    request = {"runs": [_request(folder, claim, number, seed) for number in range(1, len(claim.runs) + 1)]}
    try:
        answers = run_limited("krohn.leaderboards.measuring:measure", request, limits)
    except LimitError as error:
        return _found("claimed", [Reason(step="limits", text=f"not evaluated: {error}"[:500])])
    except RefusedError as error:
        return _found("refuted", [Reason(step="files", text=str(error)[:500])])
    cannot = [answer["cannot"] for answer in answers if "cannot" in answer]
    if cannot:
        return _found("claimed", [Reason(step="files", text=f"not evaluated: {cannot[0]}"[:500])])
    return compared(claim, answers)


def compared(claim: Claim, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what follows from the counts of a claim's runs."""
    repeated, measured = (
        [
            Measured(task=run.task, seed=run.seed, results=[Score.model_validate(s) for s in answer[key]])
            for run, answer in zip(claim.runs, answers, strict=True)
        ]
        for key in ("repeated", "measured")
    )
    reasons = [
        reason for run, answer in zip(claim.runs, answers, strict=True) for reason in _words(run, answer)
    ]
    reasons += repeat_reasons(claim.runs, repeated)
    if not reasons:
        reasons = season_reasons(claim.runs, repeated, measured)
    return _found("refuted" if reasons else "verified", reasons, repeated=repeated, measured=measured)


def _words(run: ClaimedRun, answer: dict[str, Any]) -> list[Reason]:
    reasons = []
    for key, what in (("train_words_sha256", "training"), ("test_words_sha256", "test")):
        claimed = getattr(run, key)
        if claimed != answer[key]:
            hashes = f"{str(claimed)[:16]}, the board's {str(answer[key])[:16]}"
            text = f"{run.task}: its {what} words have the hash {hashes}"
            reasons.append(Reason(step="files", text=text, task=run.task, seed=run.seed))
    return reasons


def _found(tier: Tier, reasons: list[Reason], **counts: list[Measured]) -> dict[str, Any]:
    return {"tier": tier, "reasons": reasons, **counts}


def _request(folder: Path, claim: Claim, number: int, season_seed: int) -> dict[str, Any]:
    run, suite = claim.runs[number - 1], find_suite(claim.suite)
    cells = [[s.precision, s.length, s.rounding, s.overflow, s.order] for s in run.results]
    asked = {"cells": cells, "words": run.words, "adaptive": run.adaptive}
    # In an open suite as many words as the claim has: what it shows is for the claimant to choose.
    words = run.words if suite.open else suite.words
    return {
        "folder": str((folder / run_name(number)).resolve()),
        "config_sha256": run.config_sha256,
        "weights_sha256": run.weights_sha256,
        "test_seed": run.test_seed,
        "repeat": {**asked, "seed": run.test_seed},
        "season": {**asked, "words": words, "seed": season_seed},
    }


def signed(found: dict[str, Any], claim: Claim, season: Season, key: Ed25519PrivateKey) -> Verification:
    """Return the record of what was found, signed."""
    from .. import __version__

    document = Verification(
        claim=claim.id,
        season=season.season,
        krohn=__version__,
        environment=versions(),
        signature="0" * 128,
        **found,
    ).model_dump(mode="json")
    return Verification.model_validate(sign(document, key))
