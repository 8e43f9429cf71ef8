"""Evaluating long words takes the memory of short ones: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource
from krohn.evaluation.evaluate import evaluate
from krohn.models.zoo import build_model

model = build_model("aussm", 2, 2, {"width": 4, "modes": 2}, seed=0)
for length in (4096, 4096, int(1024 * 1024)):
    (score,) = evaluate(model, "parity", [length], words=64)
    print(score.total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the peak has another unit")
def test_64_words_of_a_million_symbols_take_the_memory_of_4096() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    (labels, first), (_, short), (more, long) = rows
    assert labels == more == 64 * 256
    assert first <= short
    assert long <= 1.1 * short, done.stdout
