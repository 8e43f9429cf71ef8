"""Ctrl-C during a training: status 130, and a run that goes on to the same weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMAND = [
    *("train", "parity", "--model", "lstm", "--set", "width=4", "--steps", "200", "--batch", "2"),
    *("--lengths", "1-4", "--validation-words", "2", "--save-every", "20", "--log-every", "1"),
]


def as_from_a_terminal() -> None:
    """Let the child hear Ctrl-C even where this process was told not to."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_an_interrupted_training_goes_on_to_the_same_weights(
    krohn: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "krohn", *COMMAND, "--run", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=as_from_a_terminal,
    )
    metrics, until = Path("run/metrics.jsonl"), time.monotonic() + 60
    while not (metrics.exists() and metrics.read_text().count("\n") > 3):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "krohn: stopped\n")
    assert sorted(path.name for path in Path("run").iterdir()) == [
        "config.json",
        "metrics.jsonl",
        "state.safetensors",
    ]
    done = metrics.read_text().count("\n")
    assert 19 < done < 200

    assert krohn(*COMMAND, "--run", "run", "--resume").status == 0
    assert metrics.read_text().count("\n") == 200
    assert krohn(*COMMAND, "--run", "unbroken").status == 0
    weights = [Path(name, "weights.safetensors").read_bytes() for name in ("run", "unbroken")]
    assert weights[0] == weights[1]


def test_an_interrupted_dataset_leaves_nothing(
    krohn: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("krohn.generators.storage.workers.write_shard", interrupted)
    said = krohn("generate", "parity", "-o", "data", "--split", "train:10:1-4")
    assert (said.status, said.out, said.err) == (130, "", "krohn: stopped\n")
    assert not list(tmp_path.iterdir())
