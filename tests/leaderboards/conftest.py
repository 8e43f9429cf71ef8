"""An evaluated run to submit, and claims made up."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import KrohnError
from krohn.evaluation.evaluate import evaluate_run
from krohn.generators.tasks import task
from krohn.leaderboards import packing, reproduction, submission, verification
from krohn.leaderboards.keys import canonical, digest, new_key, public_of, sign
from krohn.leaderboards.records import Claim, Season, Verification
from krohn.leaderboards.sandbox import Limits, RefusedError
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


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Secrets of boards lie in a folder of the test's own."""
    monkeypatch.setenv("KROHN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do in this process what is otherwise done in a limited one, which takes seconds to begin."""

    def call(function: str, request: dict[str, Any], limits: Limits) -> Any:
        module, _, name = function.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)(json.loads(json.dumps(request)))
        except KrohnError as error:
            raise RefusedError(str(error)) from None
        return json.loads(json.dumps(found))

    for module in (packing, verification, reproduction):
        monkeypatch.setattr(module, "run_limited", call)


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

    def signed(self, kind: Any, **content: Any) -> Any:
        """A record with the signature of the test's key."""
        document = kind.model_validate({**content, "signature": "0" * 128}).model_dump(mode="json")
        return kind.model_validate(sign(document, self.key))

    def season(self, number: int = 1) -> Season:
        told = {"commitment": digest(self.secret), "public_key": public_of(self.key)}
        found: Season = self.signed(Season, season=number, **told)
        return found

    def verification(self, claim: Claim, tier: str = "verified", **changes: Any) -> Verification:
        measured = [run.model_dump(include={"task", "seed", "results"}) for run in claim.runs]
        found = {"claim": claim.id, "season": 1, "tier": tier, "repeated": measured, "measured": measured}
        more = {"krohn": "0.1.0", "environment": {"python": "3.11"}, **changes}
        made: Verification = self.signed(Verification, **{**found, **more})
        return made


@pytest.fixture(scope="session")
def records() -> Records:
    """Make records up."""
    return Records()


def hash_of(board: Path) -> str:
    """A hash of all that lies under a board."""
    digest_ = hashlib.sha256()
    for path in sorted(board.rglob("*")):
        digest_.update(f"{path.relative_to(board)} {path.is_file() and path.stat().st_mtime_ns}".encode())
        digest_.update(path.read_bytes() if path.is_file() else b"")
    return digest_.hexdigest()


@pytest.fixture
def refuse(near: None, evaluated: Path, tmp_path: Path) -> Callable[..., str]:
    """Expect that a submission is refused with one line that matches, and that the board stays as it was."""
    board = tmp_path / "board"
    (first,) = packing.pack([evaluated])
    submission.submit(first, board)
    before = hash_of(board)

    def refused(folder: Path, expected: str, **options: Any) -> str:
        def submit() -> None:
            for packed in packing.pack([folder], **options):
                submission.submit(packed, board)

        with pytest.raises(KrohnError) as caught:
            submit()
        line = str(caught.value)
        assert re.search(expected, line) or expected in line, line
        assert "\n" not in line
        assert len(line) < 1000 + 3 * len(str(folder))
        assert hash_of(board) == before
        return line

    return refused
