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
from krohn.leaderboards.keys import canonical, digest, new_key, public_of, sign
from krohn.leaderboards.records import Claim, Season, Verification
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


ZEROS = "0" * 64


class Records:
    """Records made up, signed with a key of the test's own."""

    def __init__(self) -> None:
        self.key = new_key()
        self.secret = bytes(range(32))

    def score(self, length: int, right: int, precision: str = "fp32", words: int = 400) -> dict[str, Any]:
        """Counts of words with one label each."""
        counts = {"correct": right, "words_correct": right, "squares": right, "words": words, "total": words}
        echo = {"rounding": "nearest", "overflow": "infinity", "order": "sequential"}
        return {"precision": precision, "length": length, **counts, **echo}

    def run(self, results: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        return {
            "task": "parity",
            "seed": 0,
            "results": results,
            "task_version": 1,
            "convention": "krohn",
            "test_seed": 0,
            "adaptive": False,
            "words": 400,
            "training": TrainingConfig().model_dump(mode="json"),
            "parameters": 1234,
            "config_sha256": ZEROS,
            "weights_sha256": ZEROS,
            "train_words_sha256": ZEROS,
            "test_words_sha256": ZEROS,
            "environment": {"python": "3.11"},
            **changes,
        }

    def document(self, runs: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        """A claim's document, with the id that belongs to it."""
        declared = {"tuned_trials": None, "external_data": None, "licence": None, "contact": None}
        content = {
            "kind": "claim",
            "schema_version": 1,
            "suite": "open-v1",
            "krohn": "0.1.0",
            "name": "lstm",
            "model": "lstm",
            "settings": {"width": 4},
            "track": "learned",
            "imports": False,
            "runs": runs,
            "declarations": declared,
            "card_sha256": ZEROS,
            **changes,
        }
        return {**content, "id": digest(canonical(content))[:16]}

    def claim(self, right: dict[int, int] | None = None, **changes: Any) -> Claim:
        """A claim of one run: right words of 400 by length."""
        results = [self.score(length, words) for length, words in (right or {40: 400}).items()]
        return Claim.model_validate(self.document([self.run(results)], **changes))

    def season(self, number: int = 1) -> Season:
        document = {
            "kind": "season",
            "schema_version": 1,
            "season": number,
            "commitment": digest(self.secret),
            "public_key": public_of(self.key),
        }
        return Season.model_validate(sign(document, self.key))

    def verification(self, claim: Claim, tier: str = "verified", **changes: Any) -> Verification:
        measured = [run.model_dump(include={"task", "seed", "results"}) for run in claim.runs]
        found = {"claim": claim.id, "season": 1, "tier": tier, "repeated": measured, "measured": measured}
        more = {"krohn": "0.1.0", "environment": {"python": "3.11"}, "signature": "0" * 128, **changes}
        document = Verification.model_validate({**found, **more}).model_dump(mode="json")
        return Verification.model_validate(sign(document, self.key))


@pytest.fixture(scope="session")
def records() -> Records:
    """Make records up."""
    return Records()
