"""An evaluated run to submit, and claims made up."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import itertools
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from krohn.evaluation.evaluate import evaluate_run
from krohn.generators.tasks import task
from krohn.leaderboards import packing, reproduction, season, verification
from krohn.leaderboards.cells import Count, Counted
from krohn.leaderboards.keys import canonical, digest, new_key, public_of, sign
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.listing import Listed
from krohn.leaderboards.records import Claim, Season, Verification
from krohn.leaderboards.sandbox import Limits, answer, opened
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
    """Secrets of boards lie in a folder of the test's own, and are the same in every run of the tests."""
    number = itertools.count()
    monkeypatch.setattr(
        season.secrets, "token_bytes", lambda size: digest(b"%d" % next(number)).encode()[:size]
    )
    monkeypatch.setenv("KROHN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do in this process what is otherwise done in a limited one, which takes seconds to begin."""

    def call(function: str, request: dict[str, Any], limits: Limits) -> Any:
        module, _, name = function.partition(":")
        work = getattr(importlib.import_module(module), name)
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            return opened(json.loads(json.dumps(answer(work, json.loads(json.dumps(request))))))

    for module in (packing, verification, reproduction):
        monkeypatch.setattr(module, "run_limited", call)


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

    def board(self, folder: Path, *contents: Any) -> Ledger:
        """The ledger of a board, with these records added."""
        ledger = Ledger(folder)
        with ledger.lock():
            for content in contents:
                ledger.append(content)
        return ledger

    def listed(self, claim: Claim, verification: Verification | None = None, tier: str = "") -> Listed:
        """The row that a claim and its latest verification make."""
        measured = verification.measured if verification and verification.measured else claim.runs
        same = {
            key: getattr(claim, key)
            for key in ("id", "suite", "name", "model", "settings", "track", "parameters")
        }
        runs = [
            Counted(
                run.task,
                run.seed,
                run.training is not None,
                [Count(*(getattr(score, key) for key in Count._fields)) for score in own.results],
            )
            for run, own in zip(claim.runs, measured, strict=True)
        ]
        told = tier or (verification.tier if verification else "claimed")
        return Listed(**same, tier=told, time="2026-11-25T00:00:00Z", runs=runs, record=2, verification=None)  # type: ignore[arg-type]


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


POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


class Server:
    """A PostgreSQL of the test's own, in a folder of its own, reached by a socket there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, POSTGRES[-1].parent
        # The server refuses to run as root.
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        self.database = "postgres"
        self("initdb", "-D", "data", "-U", "krohn", "-A", "trust", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        return self.url_of("krohn", self.database)

    def url_of(self, user: str, database: str) -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={quote(str(self.folder), '')}"

    def new_database(self) -> None:
        """Make a database that is empty; the URL is its own from now on."""
        self.database = f"test_{time.monotonic_ns()}"
        self("createdb", "-h", str(self.folder), "-U", "krohn", self.database)

    def __call__(self, *command: str) -> None:
        more: dict[str, Any] = {"user": self.user.pw_uid, "group": self.user.pw_gid} if self.user else {}
        with (self.folder / "log").open("a") as log:
            arguments = [str(self.bin / command[0]), *command[1:]]
            subprocess.run(arguments, cwd=self.folder, check=True, stdout=log, stderr=log, **more)

    def start(self) -> None:
        self(
            "pg_ctl",
            "-D",
            "data",
            "-w",
            "-t",
            "120",
            "-o",
            f"-k {self.folder} -c listen_addresses=''",
            "start",
        )

    def stop(self) -> None:
        self("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def started() -> Iterator[Server]:
    if not POSTGRES:
        pytest.skip("needs the program postgres")
    # A socket's path has at most 107 letters, and every folder above has to be open to the server's user.
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    made = Server(folder)
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def server(started: Server) -> Server:
    """The server, with a database of the test's own."""
    started.new_database()
    return started
