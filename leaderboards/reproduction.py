"""Reproduction: the board trains a verified claim's config itself, on words and from weights that are new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from ..errors import RequestError
from ..evaluation.intervals import area
from ..evaluation.results import OWN, Score
from ..names import positive
from ..training.loop import train
from ..training.run import load_run
from .entries import Entry, rows
from .keys import digest
from .measuring import counts_of, files_of, task_of
from .records import Claim, Measured, Reason, Season, Verification
from .sandbox import LimitError, Limits, RefusedError, run_limited
from .season import secret_of, seed_of
from .submission import SUBMISSIONS, run_name
from .suite import suite as find_suite
from .verification import Watch, chosen_entries, examined, recorded

LIMITS = Limits(seconds=86400.0)
LACKING = 0.05
"""Area under the accuracy over log length by which the retrained models may fall short of the claimed ones."""


def retrain(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Train and count, in a limited process whose working folder is its own.

    Parameters
    ----------
    request : dict
        ``runs``, a list of ``{folder, config_sha256, weights_sha256, seed, season}``, the last as `measuring.measure`
        takes it.

    Returns
    -------
    list of dict
        ``{task, seed, results}`` of each.
    """
    torch.set_num_threads(1)
    found = []
    for number, run in enumerate(request["runs"]):
        config, _ = files_of(Path(run["folder"]), run["config_sha256"], run["weights_sha256"])
        if config.training is None or config.training.init is not None:
            raise RequestError("its weights do not come from a training alone: there is none to do again")
        training = config.training.model_copy(update={"seed": run["seed"], "threads": 1})
        folder = Path(f"retrained-{number}")
        train(config.model_copy(update={"training": training}), folder)
        results = counts_of(load_run(folder).model(), task_of(config), run["season"])
        found.append({"task": config.task, "seed": run["seed"], "results": results})
    return found


def reproduce(
    board: Path,
    ids: Sequence[str] = (),
    seeds: int | None = None,
    seconds: float = LIMITS.seconds,
    watch: Watch | None = None,
) -> list[Verification]:
    """Train verified claims again, and add what came of it to the ledger.

    A claim is reproduced where, on every task, the mean area under the accuracy over log length of the retrained models
    falls short of that of the claimed ones by at most 0.05, both on the season's words. Where a claim was verified in a
    season before, it is verified in this one first; what fails that is not trained.

    Parameters
    ----------
    board, ids, seconds, watch
        As `verify` takes them; all verified claims of trained models where no id is given.
    seeds : int, optional
        Trainings of each task; as many as the claim has where not given.

    Raises
    ------
    RequestError
        As `verify` does, and for a claim that is not verified or was not trained alone.
    """
    if seeds is not None:
        positive("seeds", seeds)
    if ids:
        chosen = chosen_entries(board, ids)
    else:
        chosen = [entry for entry in rows(board) if entry.tier == "verified" and _alone(entry.claim)]
    for entry in chosen:
        _refuse_what_cannot_be(entry)
    limits = replace(LIMITS, seconds=seconds)
    return recorded(
        board, chosen, lambda entry, season: _retrained(board, entry, season, seeds, limits), watch
    )


def _alone(claim: Claim) -> bool:
    """Say whether the weights come from a training of their own, from its own seed."""
    trainings = [run.training for run in claim.runs]
    return claim.track == "learned" and all(found is not None and found.init is None for found in trainings)


def _refuse_what_cannot_be(entry: Entry) -> None:
    claim = entry.claim
    if not entry.ranked:
        raise RequestError(f"claim {claim.id} is {entry.tier}: expected a verified one (krohn board verify)")
    if not _alone(claim):
        raise RequestError(
            f"claim {claim.id} is {claim.track}: expected one whose weights come from a training alone"
        )


def _retrained(
    board: Path, entry: Entry, season: Season, seeds: int | None, limits: Limits
) -> dict[str, Any]:
    claim, verification = entry.claim, entry.verification
    assert verification is not None
    if verification.season == season.season:
        verified: dict[str, Any] = {
            "tier": "verified",
            "repeated": verification.repeated,
            "measured": verification.measured,
        }
    else:
        verified = examined(board, claim, season, limits)
    if verified["tier"] != "verified":
        return verified
    secret = secret_of(season)
    suite, runs = find_suite(claim.suite), []
    for task in claim.tasks:
        mine = [(number, run) for number, run in enumerate(claim.runs, 1) if run.task == task]
        for index in range(seeds or len(mine)):
            number, run = mine[index % len(mine)]
            fresh = int(digest(secret + f"{claim.id} {task} {index}".encode())[:8], 16)
            cells = [[s.precision, s.length, s.rounding, s.overflow, s.order] for s in run.results]
            words = run.words if suite.open else suite.words
            asked = {"cells": cells, "words": words, "seed": seed_of(secret), "adaptive": run.adaptive}
            folder = (board / SUBMISSIONS / claim.id / run_name(number)).resolve()
            hashes = {"config_sha256": run.config_sha256, "weights_sha256": run.weights_sha256}
            runs.append({"folder": str(folder), **hashes, "seed": fresh, "season": asked})
    try:
        answers = run_limited("krohn.leaderboards.reproduction:retrain", {"runs": runs}, limits)
    except (LimitError, RefusedError) as error:
        reason = Reason(step="reproduce", text=f"not trained: {error}"[:500])
        return {**verified, "reasons": [reason]}
    retrained = [Measured.model_validate(answer) for answer in answers]
    reasons = shortfalls(verified["measured"], retrained)
    tier = "verified" if reasons else "reproduced"
    return {**verified, "tier": tier, "reasons": reasons, "retrained": retrained}


def shortfalls(measured: Sequence[Measured], retrained: Sequence[Measured]) -> list[Reason]:
    """Return the tasks on which retrained models fall short of those of a claim."""
    reasons = []
    for task in dict.fromkeys(run.task for run in measured):
        claimed, found = (
            fmean(_area(run.results) for run in runs if run.task == task) for runs in (measured, retrained)
        )
        if found < claimed - LACKING:
            text = f"{task}: area {found:.3f} after training again, {claimed:.3f} of the claim's weights"
            reasons.append(Reason(step="reproduce", text=text, task=task))
    return reasons


def _area(results: Sequence[Score]) -> float:
    """Return the area in the model's own precision, or in the first where it was not counted in that."""
    own = [score for score in results if score.precision == OWN]
    first = [score for score in results if score.precision == results[0].precision]
    return area([(score.length, score.accuracy) for score in own or first])
