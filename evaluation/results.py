"""``evaluation.json``: its schema, and many of them as one table."""

from __future__ import annotations

import glob as globbing
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ..errors import DamagedFileError, RequestError
from ..files import read_json
from .intervals import horizon, interval

EVALUATION = "evaluation.json"
THRESHOLD = 0.99
WINDOW = 256
"""Positions counted at the end of a word with a label at every position."""


class Score(BaseModel):
    """Counts at one length in one precision, from which anyone can compute the interval again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    precision: str
    """The item as it was given."""
    length: int
    correct: int
    """Labels answered rightly."""
    total: int
    """Labels: those at the last min(L, 256) positions of every word, its only one, or its answers."""
    words_correct: int
    """Words with every counted label right."""
    words: int
    squares: int
    """Sum over words of the squared number of right labels."""

    @model_validator(mode="after")
    def _possible(self) -> Score:
        if not 0 <= self.words_correct <= self.words <= self.total:
            raise ValueError("expected 0 <= words_correct <= words <= total")
        if not self.total > 0 or not 0 <= self.correct <= self.total:
            raise ValueError("expected 0 <= correct <= total, total above 0")
        if not self.correct**2 <= self.squares * self.words or not self.squares <= self.correct * self._most:
            raise ValueError("squares cannot belong to these counts")
        return self

    @property
    def _most(self) -> int:
        """Labels that one word can have: where only some positions are labelled, words differ in that."""
        alike = self.total in (self.words, self.words * min(self.length, WINDOW))
        return self.total // self.words if alike else self.total - self.words + 1

    @property
    def accuracy(self) -> float:
        """Share of labels answered rightly."""
        return self.correct / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the accuracy."""
        return interval(self.correct, self.total, self.words, self.squares)


class Horizon(BaseModel):
    """The longest tested length up to which every lower bound reaches the threshold; null if none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    precision: str
    threshold: float
    horizon: int | None


class Evaluation(BaseModel):
    """What ``krohn evaluate`` writes into a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    krohn: str
    run: str
    task: str
    task_version: int
    convention: str
    model: str
    seed: int
    """The root seed of the training."""
    test_seed: int
    """The root seed of the test words."""
    weights_sha256: str
    device: str
    results: list[Score]
    horizons: list[Horizon]

    def scores(self, precision: str) -> list[Score]:
        """Return the scores of one precision item, in the order of the lengths asked for."""
        return [score for score in self.results if score.precision == precision]


def horizons_of(results: list[Score], threshold: float = THRESHOLD) -> list[Horizon]:
    """Return the horizon of every precision item, in the order of their first appearance."""
    return [
        Horizon(
            precision=item,
            threshold=threshold,
            horizon=horizon(
                [(score.length, score.interval[0]) for score in results if score.precision == item], threshold
            ),
        )
        for item in dict.fromkeys(score.precision for score in results)
    ]


def read_evaluation(run: Path) -> Evaluation:
    """Return a run's evaluation.

    Raises
    ------
    RequestError
        Where the run was not evaluated yet.
    DamagedFileError
        Where the file does not follow the schema.
    """
    path = run / EVALUATION
    if not path.is_file():
        raise RequestError(f"{run} has no {EVALUATION} yet: expected an evaluated run (krohn evaluate {run})")
    try:
        return Evaluation.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DamagedFileError(
            f"{path} is damaged: {key}: {first['msg'].removeprefix('Value error, ')}"
        ) from None


def results(glob: str) -> pd.DataFrame:
    """Return the evaluations of all runs that a pattern matches, one row a precision and length.

    Parameters
    ----------
    glob : str
        Of run folders, such as ``runs/*``.

    Returns
    -------
    DataFrame
        Columns run, task, model, seed, precision, length, the counts, accuracy, low and high (95 % interval).
    """
    rows = []
    for folder in sorted(globbing.glob(glob)):
        if not (Path(folder) / EVALUATION).is_file():
            continue
        found = read_evaluation(Path(folder))
        for score in found.results:
            low, high = score.interval
            rows.append(
                {"run": folder, "task": found.task, "model": found.model, "seed": found.seed}
                | score.model_dump()
                | {"accuracy": score.accuracy, "low": low, "high": high}
            )
    columns = ["run", "task", "model", "seed", *Score.model_fields, "accuracy", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
