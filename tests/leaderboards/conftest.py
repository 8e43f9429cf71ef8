"""An evaluated run to submit, and claims made up."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krohn.evaluation.evaluate import evaluate_run
from krohn.generators.tasks import task
from krohn.training.config import TrainingConfig
from krohn.training.loop import train
from krohn.training.run import load_run, new_config


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "lstm"
    training = TrainingConfig(steps=2, batch=4, lengths=(1, 8), validation_words=4, seed=3)
    train(new_config(task("parity"), "lstm", {"width": 4}, training, []), folder)
    evaluate_run(load_run(folder), [9, 3], ["fp32", "bf16"], words=7, seed=5)
    return folder


@pytest.fixture
def run(evaluated: Path, tmp_path: Path) -> Path:
    """A copy of the evaluated run, to change at will."""
    return shutil.copytree(evaluated, tmp_path / "run")


Made = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def made() -> Made:
    """Make a claim up: right words of 400 with one label each, by precision and length."""

    def make(right: dict[str, dict[int, int]], **changes: Any) -> dict[str, Any]:
        content = {
            "schema_version": 1,
            "suite": "open-v1",
            "krohn": "0.1.0",
            "task": "parity",
            "task_version": 1,
            "convention": "krohn",
            "model": "lstm",
            "settings": {"width": 4},
            "parameters": 1234,
            "track": "learned",
            "training": TrainingConfig().model_dump(mode="json"),
            "test_seed": 0,
            "weights_sha256": "0" * 64,
            "results": [
                {
                    "precision": precision,
                    "length": length,
                    "correct": words,
                    "total": 400,
                    "words_correct": words,
                    "words": 400,
                    "squares": words,
                }
                for precision, counts in right.items()
                for length, words in counts.items()
            ],
            **changes,
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return {**content, "id": hashlib.sha256(text.encode()).hexdigest()[:16]}

    return make


@pytest.fixture
def put(tmp_path: Path) -> Callable[[list[dict[str, Any]]], Path]:
    """Write claims onto a board of their own."""

    def write(claims: list[dict[str, Any]]) -> Path:
        for claim in claims:
            folder = tmp_path / "board" / "submissions" / claim["id"]
            folder.mkdir(parents=True)
            (folder / "claim.json").write_text(json.dumps(claim))
        return tmp_path / "board"

    return write
