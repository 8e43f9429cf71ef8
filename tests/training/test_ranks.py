"""Two processes by torchrun train as one does, up to rounding; the first alone writes and speaks."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from krohn.errors import RequestError
from krohn.training.checkpoint import read_tensors
from krohn.training.ranks import Ranks, all_ranks
from krohn.training.run import load_run

# A small learning rate: a wild training would magnify the last bit of a sum in any case.
FLAGS = "--set width=8 --steps 24 --batch 9 --lr 2e-3 --lengths 1-7 --validation-words 20 --log-every 1 --save-every 5"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def together(*words: str) -> subprocess.CompletedProcess[str]:
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", str(free_port())]
    command = [sys.executable, *launch, "-m", "--", "krohn", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def alone(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "krohn", *words], capture_output=True, text=True)


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    more = "--accumulate 2 --curriculum 2:mastery=0.4"
    request = ["train", "parity", "--model", "lstm", *FLAGS.split(), *more.split(), "--json"]
    assert alone(*request, "--run", str(one)).returncode == 0
    done = together(*request, "--run", str(two))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run"] == str(two)  # one document, of the first process
    assert losses(two) == pytest.approx(losses(one), rel=1e-5)
    for name, value in load_run(one).model().state_dict().items():
        torch.testing.assert_close(load_run(two).model().state_dict()[name], value, rtol=1e-4, atol=1e-5)
    kept = sorted(path.name for path in two.iterdir())
    assert kept == sorted(path.name for path in one.iterdir())
    assert int(read_tensors(two / "state.safetensors")["step"]) == 24
    before = (two / "weights.safetensors").read_bytes()
    assert together(*request, "--run", str(two), "--resume").returncode == 0  # nothing is left to do
    assert (two / "weights.safetensors").read_bytes() == before
    said = together(*request, "--run", str(two))
    lines = [line for line in said.stderr.splitlines() if line.startswith("krohn: ")]
    assert said.returncode != 0
    assert lines == [f"krohn: {two} exists already: expected a folder name that is free"]


def test_rows_make_up_the_batch() -> None:
    for count in (2, 7, 64):
        rows = [i for rank in range(2) for i in range(count)[Ranks(rank, 2).rows(count)]]
        assert rows == list(range(count))


def test_more_processes_than_words_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "3"), ("MASTER_ADDR", "localhost")):
        monkeypatch.setenv(name, value)
    with pytest.raises(RequestError) as refused, all_ranks("cpu", 2):
        pass
    assert str(refused.value) == "batch is 2 for 3 processes: expected at least a word for each"
