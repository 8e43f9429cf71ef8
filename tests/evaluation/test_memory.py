"""Evaluating long words takes the memory of short ones: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
from pathlib import Path
import torch
from krohn.evaluation.evaluate import evaluate
from krohn.models.zoo import build_model

torch.set_num_threads(1)
# The smallest model that turns: what is measured is what grows with the length.
settings = {"width": 2, "modes": 1, "drive": False, "convolution": False}
model = build_model("aussm", 2, 2, settings, seed=0)
for length in (4096, 4096, 1024 * 1024):
    (score,) = evaluate(model, "parity", [length], words=64)
    status = Path("/proc/self/status").read_text()
    print(score.total, status.split("VmHWM:")[1].split()[0])
"""
# Not `ru_maxrss`: it begins with the peak of the process that started this one.


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel says elsewhere what a process held at most")
def test_64_words_of_a_million_symbols_take_the_memory_of_4096() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    (labels, first), (_, short), (more, long) = rows
    assert labels == more == 64 * 256
    assert first <= short
    assert long <= 1.1 * short, done.stdout
