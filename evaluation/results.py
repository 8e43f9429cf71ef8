"""``evaluation.json``: its schema, and many of them as one table."""

from __future__ import annotations

import glob as globbing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ..errors import DamagedFileError, RequestError
from ..files import read_json
from .details import Clock, Crossing, Drift, Leak, Summary
from .intervals import horizon, interval, least_words, normalised

if TYPE_CHECKING:
    import pandas as pd

EVALUATION = "evaluation.json"
OWN = "fp32"
"""The precision that models are trained in."""
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
    rounding: str = "nearest"
    """How the item rounds: ``nearest``, ``zero`` or ``stochastic``."""
    overflow: str = "infinity"
    """What it makes of too large a number: ``infinity`` or ``saturate``."""
    order: str = "sequential"
    """The state is rounded after every step, or (``chunked:C``) at the end of every C, or
    (``parallel:C``) all that is composed in a tree over every C steps."""

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
    high: int | None = None
    """The same by the upper bounds: what the words counted do not rule out."""


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
    decides: bool = True
    """Whether the number was made by the CPU's kernels, by which scores are decided; a GPU's are not."""
    backend: str = "cpu"
    versions: dict[str, str] = {}
    words: int | None = None
    """Words at a length; where `adaptive`, what the evaluation could have spent on every one."""
    adaptive: bool = False
    chance: float | None = None
    """Accuracy of the best constant answer, at length 256."""
    results: list[Score]
    horizons: list[Horizon]
    summaries: list[Summary] = []
    clock: list[Clock] = []
    leaks: list[Leak] = []
    settings: dict[str, Any] = {}
    """The model's settings that are not the defaults."""
    drift: list[Drift] = []
    crossing: Crossing | None = None

    @property
    def label(self) -> str:
        """The model with the settings that are not its defaults."""
        return " ".join([self.model, *(f"{key}={_plain(value)}" for key, value in self.settings.items())])

    def scores(self, precision: str) -> list[Score]:
        """Return the scores of one precision item, in the order of the lengths asked for."""
        return [score for score in self.results if score.precision == precision]


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):  # such as one lattice a mode, which is another for each seed
        return f"({len(value)} rows)"
    return str(value).lower() if isinstance(value, bool) else str(value)


def horizons_of(results: list[Score], threshold: float = THRESHOLD) -> list[Horizon]:
    """Return the horizon of every precision item, in the order of their first appearance.

    A length with too few words for all of them right to show the threshold is never within a horizon, however many
    labels they have.
    """
    least = least_words(threshold)
    found = []
    for item in dict.fromkeys(score.precision for score in results):
        rows = [score for score in results if score.precision == item]
        low = [(row.length, row.interval[0] if row.words >= least else 0.0) for row in rows]
        high = [(row.length, row.interval[1]) for row in rows]
        found.append(
            Horizon(
                precision=item,
                threshold=threshold,
                horizon=horizon(low, threshold),
                high=horizon(high, threshold),
            )
        )
    return found


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
        Columns run, task, model, seed, precision, length, the counts, rounding, overflow, order, accuracy, low and
        high (95 % interval), chance, the accuracy with chance as 0, the item's horizon, area and median first error,
        the share of test words seen in training, device.
    """
    import pandas as pd

    rows = []
    for folder in sorted(globbing.glob(glob)):
        if (Path(folder) / EVALUATION).is_file():
            rows += rows_of(read_evaluation(Path(folder)), folder)
    return pd.DataFrame(rows, columns=COLUMNS)


OWN_COLUMNS = ["run", "task", "model", "seed"]
MORE_COLUMNS = [
    *("accuracy", "low", "high", "chance", "normalised", "horizon", "area", "first_error", "seen", "device")
]
COLUMNS = [*OWN_COLUMNS, *Score.model_fields, *MORE_COLUMNS]


def rows_of(found: Evaluation, folder: str) -> list[dict[str, Any]]:
    """Return what `results` makes of one evaluation."""
    horizons = {row.precision: row.horizon for row in found.horizons}
    summaries = {row.precision: row for row in found.summaries}
    leaks = {row.length: row.seen / row.words for row in found.leaks}
    rows = []
    for score in found.results:
        low, high = score.interval
        summary = summaries.get(score.precision)
        rows.append(
            {"run": folder, "task": found.task, "model": found.model, "seed": found.seed}
            | score.model_dump()
            | {
                "accuracy": score.accuracy,
                "low": low,
                "high": high,
                "chance": found.chance,
                "normalised": normalised(score.accuracy, found.chance),
                "horizon": horizons.get(score.precision),
                "area": summary.area if summary else None,
                "first_error": summary.first_error if summary else None,
                "seen": leaks.get(score.length),
                "device": found.device,
            }
        )
    return rows
