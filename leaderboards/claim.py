"""A claim: what a submission says it reached. Data, never code."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import DamagedFileError, RequestError
from ..evaluation.results import Horizon, Score, horizons_of, read_evaluation
from ..files import read_json, sha256_of
from ..training.config import Track, TrainingConfig
from ..training.run import WEIGHTS, load_run

CLAIM = "claim.json"
SUITE = "open-v1"


class Claim(BaseModel):
    """``claim.json`` of a submission.

    Scores are counts, so that anyone can compute the intervals again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    id: str
    """The first 16 hexadecimal digits of sha256 over the rest, as JSON with sorted keys."""
    suite: Literal["open-v1"] = "open-v1"
    krohn: str
    task: str
    task_version: int
    convention: str
    model: str
    settings: dict[str, Any]
    parameters: int
    track: Track = "learned"
    training: TrainingConfig | None
    test_seed: int
    weights_sha256: str
    results: list[Score]

    @property
    def seed(self) -> int:
        """The training's seed; 0 where nothing was trained."""
        return self.training.seed if self.training else 0

    @property
    def longest(self) -> int | None:
        """The length of the longest training word; None where nothing was trained."""
        return self.training.lengths[1] if self.training else None

    @property
    def horizons(self) -> list[Horizon]:
        """The horizons that follow from the counts."""
        return horizons_of(self.results)


def claim_id(content: dict[str, Any]) -> str:
    """Return the id that belongs to a claim's content (all keys but ``id``)."""
    rest = {key: value for key, value in content.items() if key != "id"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]


def claim_of(folder: Path) -> Claim:
    """Return the claim that a run makes.

    Raises
    ------
    RequestError
        Where the folder is no run, was not evaluated, or was evaluated with other weights.
    DamagedFileError
        Where a file in it is damaged.
    """
    run = load_run(folder)
    found = read_evaluation(folder)
    parameters = sum(parameter.numel() for parameter in run.model().parameters())
    if found.weights_sha256 != sha256_of(folder / WEIGHTS):
        raise RequestError(
            f"{folder} was evaluated with other weights: evaluate it again (krohn evaluate {folder})"
        )
    content = {
        "schema_version": 1,
        "suite": SUITE,
        "krohn": found.krohn,
        "task": run.config.task,
        "task_version": run.config.task_version,
        "convention": run.config.convention,
        "model": run.config.model,
        "settings": run.config.settings,
        "parameters": parameters,
        "track": run.config.track,
        "training": run.config.training.model_dump(mode="json") if run.config.training else None,
        "test_seed": found.test_seed,
        "weights_sha256": found.weights_sha256,
        "results": [score.model_dump(mode="json") for score in found.results],
    }
    return Claim.model_validate({**content, "id": claim_id(content)})


def read_claim(path: Path) -> Claim:
    """Return the claim in a file.

    Raises
    ------
    RequestError
        Where there is no such file.
    DamagedFileError
        Where it does not follow the schema, or its id does not belong to its content.
    """
    content = read_json(path)
    try:
        claim = Claim.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DamagedFileError(
            f"{path} is damaged: {key}: {first['msg'].removeprefix('Value error, ')}"
        ) from None
    if claim.id != claim_id(content):
        raise DamagedFileError(
            f"{path} is damaged: its id is {claim.id}, its content gives {claim_id(content)}"
        )
    return claim
