"""Packing a submission: runs from anywhere, checked against each other and the suite, made into a claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import RequestError
from ..evaluation.results import Score
from .intake import MOST_BYTES, read_card, read_plain
from .keys import digest
from .plain import plain_name, refuse_settings
from .records import Claim, Declarations, claim_id
from .rules import cells_of, missing, settings_of
from .run_files import RunFiles, read_run, validated
from .sandbox import LimitError, Limits, RefusedError, run_limited
from .suite import DEFAULT, Suite
from .suite import suite as find_suite

CARD = "card.md"
RUN_CARD = "README.md"
MOST_RUNS = 500
INSPECTION = Limits(seconds=600.0)


@dataclass(frozen=True)
class Packed:
    """What a submission will write.

    Attributes
    ----------
    claim : Claim
    card : str
    runs : list of RunFiles
        In the order of the claim's runs.
    own : str or None
        Why the board cannot verify it, such as an architecture of the user's own.
    """

    claim: Claim
    card: str
    runs: list[RunFiles]
    own: str | None = None

    @property
    def where(self) -> str:
        """The run folders, to be named in a message."""
        first, *others = self.runs
        return f"{first.folder} and {len(others)} more" if others else str(first.folder)


def pack(
    folders: Sequence[Path],
    suite: str = DEFAULT,
    *,
    name: str | None = None,
    card: Path | None = None,
    partial: bool = False,
    declarations: Declarations | None = None,
) -> list[Packed]:
    """Return the submissions that runs make: one a run in an open suite, one of all of them in another.

    Parameters
    ----------
    folders : sequence of Path
        Evaluated run folders; they may come from anywhere.
    suite : str
    name : str, optional
        What the row is called; its model where not given.
    card : Path, optional
        Markdown; the run's own README.md where not given, or a short one that is made of the config.
    partial : bool
        Whether tasks of the suite may be missing, where it has several.
    declarations : Declarations, optional

    Raises
    ------
    RequestError
        Where something is missing: all that is, in one line.
    DamagedFileError
        Where a file is not what it should be.
    """
    rules = find_suite(suite)
    if name is not None:
        try:
            plain_name(name)
        except ValueError as error:
            raise RequestError(str(error)) from None
    if partial and rules.open:
        raise RequestError(
            f"--partial with {suite}, whose rows are one run each: expected a suite of several tasks"
        )
    if not folders or len(folders) > MOST_RUNS:
        raise RequestError(f"{len(folders)} runs: expected 1 to {MOST_RUNS}")
    runs = [read_run(folder) for folder in dict.fromkeys(folders)]
    for run in runs:
        try:
            plain_name(run.config.model, "the name of its model")
            refuse_settings(run.config.settings)
        except ValueError as error:
            raise RequestError(f"{run.folder}: {error}") from None
    lacking = missing(rules, runs, partial)
    if lacking:
        raise RequestError(f"not yet a row of {suite}: {'; '.join(lacking)}")
    results = [cells_of(rules, run) for run in runs]
    looked_at = _inspected(runs, results)
    rows = [[i] for i in range(len(runs))] if rules.open else [_in_order(rules, runs)]
    made = []
    for row in rows:
        mine = [runs[i] for i in row]
        text = _card(mine, card, name)
        parts = [(runs[i], results[i], looked_at[i]) for i in row]
        claim = _claim(rules, parts, name or mine[0].config.model, text, declarations or Declarations())
        own = next((found["own"] for _, _, found in parts if "own" in found), None)
        made.append(Packed(claim, text, mine, own))
    return made


def _in_order(suite: Suite, runs: Sequence[RunFiles]) -> list[int]:
    place = {task: i for i, task in enumerate(suite.task_names)}
    return sorted(range(len(runs)), key=lambda i: (place[runs[i].config.task], runs[i].config.seed))


def _inspected(runs: Sequence[RunFiles], results: Sequence[list[Score]]) -> list[dict[str, Any]]:
    request = {"runs": [run.to_inspect(scores) for run, scores in zip(runs, results, strict=True)]}
    try:
        found = run_limited("krohn.leaderboards.inspection:inspect", request, INSPECTION)
    except RefusedError as error:
        raise RequestError(str(error)) from None
    except LimitError as error:
        names = ", ".join(str(run.folder) for run in runs[:3])
        raise LimitError(f"{names}: not looked at: {error}") from None
    return list(found)


def _card(runs: Sequence[RunFiles], card: Path | None, name: str | None) -> str:
    if card is not None:
        if card.is_dir():
            raise RequestError(f"card {card} is a folder: expected a file of Markdown")
        return read_card(read_plain(card, MOST_BYTES[CARD]), card)
    own = runs[0].folder / RUN_CARD
    if len(runs) == 1 and own.exists():
        return read_card(read_plain(own, MOST_BYTES[CARD]), own)
    config = runs[0].config
    tasks = ", ".join(dict.fromkeys(run.config.task for run in runs))
    settings = ", ".join(f"{key} = {value}" for key, value in settings_of(runs).items())
    return f"# {name or config.model}\n\n{config.model} ({config.track}) on {tasks}; {settings or 'no settings'}.\n"


def _claim(
    suite: Suite,
    parts: Sequence[tuple[RunFiles, list[Score], dict[str, Any]]],
    name: str,
    card: str,
    declarations: Declarations,
) -> Claim:
    from .. import __version__

    first = parts[0][0].config
    content = {
        "kind": "claim",
        "schema_version": 1,
        "suite": suite.name,
        "krohn": __version__,
        "name": name,
        "model": first.model,
        "settings": settings_of([run for run, _, _ in parts]),
        "track": first.track,
        "imports": any("own" in found for _, _, found in parts),
        "runs": [_run(*part) for part in parts],
        "declarations": declarations.model_dump(mode="json"),
        "card_sha256": digest(card.encode()),
    }
    try:
        id_ = claim_id(content)
    except (ValueError, UnicodeEncodeError):  # a number that JSON cannot say, or half a letter
        raise RequestError(f"{parts[0][0].folder}: expected finite numbers and whole letters") from None
    return validated(Claim, {**content, "id": id_}, f"the claim of {parts[0][0].folder}")


def _run(run: RunFiles, results: list[Score], found: dict[str, Any]) -> dict[str, Any]:
    config, evaluation = run.config, run.evaluation
    sizes = sum(math.prod(tensor.shape) for tensor in run.tensors.values())
    return {
        "task": config.task,
        "seed": config.seed,
        "results": [score.model_dump(mode="json") for score in results],
        "task_version": config.task_version,
        "convention": config.convention,
        "test_seed": evaluation.test_seed,
        "adaptive": evaluation.adaptive,
        "words": run.words,
        "training": config.training.model_dump(mode="json") if config.training else None,
        "parameters": found.get("parameters", sizes),
        "config_sha256": run.config_sha256,
        "weights_sha256": run.weights_sha256,
        "train_words_sha256": found.get("train_words_sha256"),
        "test_words_sha256": found.get("test_words_sha256"),
        "environment": {
            "krohn": evaluation.krohn,
            "device": evaluation.device,
            "backend": evaluation.backend,
            **evaluation.versions,
        },
    }
