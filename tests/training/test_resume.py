"""A training killed at any moment and resumed ends with the weights of an unbroken one, bit by bit."""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from krohn.cli import main
from krohn.training.checkpoint import read_tensors

FLAGS = {
    "save-every": 5,
    "log-every": 1,
    "validate-every": 60,
    "validation-words": 64,
    "batch": 16,
    "lengths": "1-12",
    "curriculum": "2:0.5",
    "weight-decay": 0.1,
    "seed": 5,
}


def arguments(model: str, run: Path, steps: int, *more: str) -> list[str]:
    command = ["train", "count:3", "--model", model, "--set", "width=8", "--run", str(run), "--json", *more]
    for flag, value in {**FLAGS, "steps": steps, "checkpoints": f"every:{steps // 3}"}.items():
        command += [f"--{flag}", str(value)]
    return command


def finish(run: Path, command: list[str]) -> dict[str, Any]:
    with pytest.raises(SystemExit) as left:
        main(command)
    assert left.value.code == 0
    result: dict[str, Any] = json.loads((run / "result.json").read_text())
    return result


def seen(run: Path) -> tuple[int, int]:
    """The file of metrics itself, which every start replaces, and the number of steps in it."""
    try:
        with (run / "metrics.jsonl").open("rb") as file:
            return os.fstat(file.fileno()).st_ino, file.read().count(b"\n")
    except FileNotFoundError:
        return 0, 0


def kill_at(model: str, run: Path, steps: int, step: int, seconds: float) -> int:
    """Train or go on, kill some time after a step is on disk, and return the steps on disk."""
    resume = ["--resume"] if run.exists() else []
    before, _ = seen(run)
    command = [sys.executable, "-m", "krohn", *arguments(model, run, steps, *resume)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            file, logged = seen(run)
            if file != before and logged >= step:
                break
            time.sleep(0.001)
        time.sleep(seconds)
        process.kill()
        _, complaint = process.communicate()
    assert process.returncode == -9, f"it was to be killed, but ended: {complaint.decode()}"
    return seen(run)[1]


def check(model: str, folder: Path, kills: int, steps: int, longest: float) -> None:
    killed, unbroken = folder / "killed", folder / "unbroken"
    seed = secrets.randbits(32)
    moments = random.Random(seed)
    # The last 40 steps are left alone, so that each process is killed before it ends.
    targets = sorted(moments.randrange(steps - 40) for _ in range(kills))
    reached = [kill_at(model, killed, steps, step, moments.uniform(0, longest)) for step in targets]
    state = int(read_tensors(killed / "state.safetensors")["step"])
    assert not (killed / "weights.safetensors").exists()
    print(f"{model}: moments from random.Random({seed}): steps on disk {reached}, state of step {state}")
    resumed = finish(killed, arguments(model, killed, steps, "--resume"))
    expected = finish(unbroken, arguments(model, unbroken, steps))
    for key in ("weights_sha256", "validation", "steps"):
        assert resumed[key] == expected[key]
    # Steps that were made twice are told once, and every checkpoint that is kept is the same.
    assert metrics(killed) == metrics(unbroken)
    assert [row["step"] for row in metrics(killed)] == list(range(1, steps + 1))
    names = sorted(os.listdir(unbroken / "checkpoints"))
    assert len(names) == 3
    for name in names:
        assert (killed / "checkpoints" / name).read_bytes() == (unbroken / "checkpoints" / name).read_bytes()
    # Once more on what is finished: nothing is left to do, and nothing changes.
    assert finish(killed, arguments(model, killed, steps, "--resume")) == {
        **resumed,
        "seconds": pytest.approx(resumed["seconds"], abs=5),
    }


def metrics(run: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def test_two_kills(tmp_path: Path) -> None:
    check("lstm", tmp_path, kills=2, steps=120, longest=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["lstm", "mamba", "aussm"])
def test_ten_kills(model: str, tmp_path: Path) -> None:
    check(model, tmp_path, kills=10, steps=600, longest=0.1)
