"""Train and evaluate the baselines that the project ships: python docs/make_baselines.py RUNS

RUNS keeps the runs; what is finished there is not done again. The evaluations go to evaluation/baselines/.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from krohn.evaluation.compare import BASELINES
from krohn.evaluation.evaluate import evaluate_run
from krohn.evaluation.results import EVALUATION, read_evaluation
from krohn.files import write_json
from krohn.generators.tasks import task
from krohn.training.config import training_config
from krohn.training.loop import train
from krohn.training.run import RESULT, load_run, new_config

SEEDS = (0, 1, 2)
LENGTHS = [40, 64, 128, 256, 512, 1024, 2048, 4096]
PRECISIONS = ["fp64", "fp32", "bf16", "fp16"]
ROTOR: dict[str, Any] = {"drive": False, "convolution": False}
PARITY: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "rotor": ("aussm", ROTOR, {"steps": 1500, "lr": 2e-2, "label_smoothing": 0.1, "curriculum": (2, 0.6)}),
    "lstm": ("lstm", {}, {"steps": 800, "lr": 1e-2}),
    "mamba": ("mamba", {}, {"steps": 400, "lr": 1e-2}),
}


def main(runs: Path) -> None:
    """Make every baseline that is not there."""
    for name, (model, settings, training) in PARITY.items():
        for seed in SEEDS:
            folder = runs / f"parity-{name}-{seed}"
            if not (folder / RESULT).exists():
                config = new_config(
                    task("parity"), model, settings, training_config({**training, "seed": seed}), []
                )
                train(config, folder, resume=folder.exists())
            if not (folder / EVALUATION).exists():
                evaluate_run(load_run(folder), LENGTHS, PRECISIONS)
            found = read_evaluation(folder).model_copy(update={"run": folder.name})
            write_json(BASELINES / f"{folder.name}.json", found.model_dump(mode="json"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
