"""A run folder from anywhere, as a submission sees it: its files read once, checked and hashed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import DamagedFileError, RequestError
from ..evaluation.results import EVALUATION, Evaluation, Score
from ..training.config import RunConfig
from ..training.run import CONFIG, WEIGHTS
from .intake import MOST_BYTES, parse_json, read_plain, run_folder
from .keys import digest
from .tensors import Tensor, tensors_of

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class RunFiles:
    """What a run's files say, none of it believed yet.

    Attributes
    ----------
    folder : Path
    config : RunConfig
    evaluation : Evaluation
    tensors : dict
        What the header of its weights says, by name.
    config_sha256, weights_sha256 : str
        Of the bytes that were read.
    weights_bytes : int
    """

    folder: Path
    config: RunConfig
    evaluation: Evaluation
    tensors: dict[str, Tensor]
    config_sha256: str
    weights_sha256: str
    weights_bytes: int

    @property
    def words(self) -> int:
        """Words asked for at a length."""
        return self.evaluation.words or max(score.words for score in self.evaluation.results)

    def to_inspect(self, results: list[Score]) -> dict[str, Any]:
        """Return what `inspection.inspect` takes."""
        cells = dict.fromkeys((s.precision, s.rounding, s.overflow, s.order) for s in results)
        return {
            "where": str(self.folder),
            "config": self.config.model_dump(mode="json"),
            "tensors": {name: [tensor.dtype, list(tensor.shape)] for name, tensor in self.tensors.items()},
            "cells": [list(cell) for cell in cells],
            "lengths": sorted({score.length for score in results}),
            "test_seed": self.evaluation.test_seed,
        }


def read_run(path: Path) -> RunFiles:
    """Read a run folder; nothing in it is ever executed, linked to or unpacked.

    Raises
    ------
    RequestError
        Where a file is missing; the message says how it is made.
    DamagedFileError
        Where one is not what it should be, or they do not belong together.
    """
    folder = run_folder(path)
    if not (folder / CONFIG).exists():
        raise RequestError(f"{folder} is no run: expected a folder with {CONFIG}")
    data = read_plain(folder / CONFIG, MOST_BYTES[CONFIG])
    config = validated(RunConfig, parse_json(data, folder / CONFIG), folder / CONFIG)
    if not (folder / WEIGHTS).exists():
        raise RequestError(f"{folder} has no weights yet: expected a finished training (--resume goes on)")
    weights = read_plain(folder / WEIGHTS, MOST_BYTES[WEIGHTS])
    tensors = tensors_of(weights, folder / WEIGHTS)
    if not (folder / EVALUATION).exists():
        raise RequestError(
            f"{folder} has no {EVALUATION} yet: expected an evaluated run (krohn evaluate {folder})"
        )
    told = parse_json(read_plain(folder / EVALUATION, MOST_BYTES[EVALUATION]), folder / EVALUATION)
    evaluation = validated(Evaluation, told, folder / EVALUATION)
    found = RunFiles(folder, config, evaluation, tensors, digest(data), digest(weights), len(weights))
    _belong_together(found)
    return found


def validated(kind: type[Model], document: Any, path: Path | str) -> Model:
    """Return a document by its schema.

    Raises
    ------
    DamagedFileError
        For the first key that does not follow it.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = "".join(f"{ascii(part)[1:-1] if isinstance(part, str) else part}: " for part in first["loc"])
        what = " ".join(first["msg"].removeprefix("Value error, ").split())
        raise DamagedFileError(f"{path} is damaged: {key[:120]}{what[:300]}") from None
    except (RecursionError, OverflowError):
        raise DamagedFileError(f"{path} is damaged: its numbers are too large or nested too deeply") from None


def _belong_together(run: RunFiles) -> None:
    config, evaluation = run.config, run.evaluation
    if evaluation.weights_sha256 != run.weights_sha256:
        raise RequestError(
            f"{run.folder} was evaluated with other weights: evaluate it again (krohn evaluate {run.folder})"
        )
    for key in ("task", "task_version", "convention", "model", "seed"):
        given, expected = getattr(evaluation, key), getattr(config, key)
        if given != expected:
            raise DamagedFileError(
                f"{run.folder / EVALUATION} is of another run: its {key} is {ascii(given)[:80]}, "
                f"expected {ascii(expected)[:80]}"
            )
    if not evaluation.results:
        raise DamagedFileError(f"{run.folder / EVALUATION} is damaged: it has no results")
