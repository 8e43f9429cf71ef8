"""8 seeds at once beside 8 runs one after another."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from ..generators.tasks import task
from ..training.config import training_config
from ..training.run import new_config
from ..training.seeds import side_by_side, train_seeds
from .measure import Row

SEEDS, STEPS, BATCH = 8, 1000, 64


def rows() -> list[Row]:
    """Train 8 small LSTMs both ways, by the clock: processes start and compile within what is measured."""
    keys = {"steps": STEPS, "batch": BATCH, "validation_words": BATCH, "save_every": STEPS}
    configs = [
        new_config(task("parity"), "lstm", {"width": 32}, training_config({**keys, "seed": seed}), [])
        for seed in range(SEEDS)
    ]
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        train_seeds(configs[:1], Path(folder) / "warm")
        for name, at_once in (("one", 1), ("all", side_by_side(SEEDS, 1))):
            begin = time.perf_counter()
            train_seeds(configs, Path(folder) / name, at_once=at_once)
            seconds[name] = time.perf_counter() - begin
    ratio = seconds["one"] / seconds["all"]
    steps = SEEDS * STEPS / seconds["all"]
    return [
        Row(f"{SEEDS} seeds at once", "steps_per_second", steps, "steps/s", f"{SEEDS} runs in turn", ratio)
    ]
