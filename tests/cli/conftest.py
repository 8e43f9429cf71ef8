"""Calling the command line in this process, and a run made by it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from krohn.cli import main

TRAIN = [
    *("--model", "lstm", "--set", "width=4", "--steps", "2", "--batch", "4", "--seed", "3"),
    *("--lengths", "1-8", "--validation-words", "4"),
]


@dataclass(frozen=True)
class Said:
    """What a command left with."""

    status: Any
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def path_from_anywhere() -> Iterator[None]:
    """Let a process that a test starts in another folder find what this one finds."""
    parts = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(str(Path(part).resolve()) for part in parts if part))
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets of boards lie in a folder of the test's own."""
    monkeypatch.setenv("KROHN_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def krohn(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command, given word by word."""

    def run(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Said(caught.value.code, out, err)

    return run


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was trained for two steps and evaluated."""
    folder = tmp_path_factory.mktemp("runs") / "lstm"
    for words in (
        ["train", "parity", "--run", str(folder), *TRAIN],
        ["evaluate", str(folder), "--lengths", "9,3", "--precision", "fp32,bf16", "--words", "7"],
    ):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
    return folder


@pytest.fixture
def run(evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The name of a copy of that run, in the folder that the test works in."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(evaluated, tmp_path / "run")
    return Path("run")
