"""Train and evaluate what docs/zoo.md tells under "Trained here": python docs/make_trained.py RUNS [NAME …]

RUNS keeps the runs; what is finished there is not done again. The table is written into the page after each name.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from statistics import median

import torch

from krohn.cli import main as krohn
from krohn.evaluation.evaluate import evaluate_run
from krohn.evaluation.results import EVALUATION, Evaluation, read_evaluation
from krohn.files import write_bytes
from krohn.training.run import RESULT, load_run

PAGE = Path(__file__).with_name("zoo.md")
SEEDS = (0, 1, 2)
LENGTHS = [40, 64, 128, 256, 512, 1024, 4096]
SHOWN = (40, 256, 1024, 4096)

ROTOR = "--model aussm --set drive=false --set convolution=false"
COUNTER = f"{ROTOR} --set layers=a --label-smoothing 0.1"
TWO = f"{ROTOR} --set 'layers=a|f|a|f' --set modes=1 --lr 5e-3 --curriculum 2:0.6"
THREE = f"{ROTOR} --set 'layers=a|f|a|f|a|f' --set width=48 --set modes=1 --lr 4e-3 --steps 9000 --curriculum 2:0.6"
RECIPES = {
    "c3": f"word:C3 {COUNTER} --lr 1e-2 --steps 2000",
    "c5": f"word:C5 {COUNTER} --lr 1e-2 --steps 2000",
    "parity": f"parity {COUNTER} --lr 2e-2 --steps 3000 --curriculum 2:0.6",
    "parity-plain": f"parity {COUNTER} --lr 2e-2 --steps 3000",
    "s3": f"word:S3 {TWO} --set width=32 --steps 6000",
    "a4": f"word:A4 {TWO} --set width=32 --steps 8000",
    "a4w48": f"word:A4 {TWO} --set width=48 --steps 8000",
    "s4": f"word:S4 {THREE} --hints series",
    "sl23": f"word:SL2_3 {THREE} --hints series",
    "lstm-parity": "parity --model lstm --lr 1e-2 --steps 3000 --curriculum 2:0.6",
    "mamba-parity": "parity --model mamba --lr 5e-3 --steps 3000 --curriculum 2:0.6",
    "mamba-signed-parity": "parity --model mamba --set signed=true --lr 5e-3 --steps 3000 --curriculum 2:0.6",
}
"""The name of a recipe's runs, and what ``krohn train`` is given."""


def evaluated(runs: Path, name: str, train: bool) -> list[Evaluation]:
    """Return the evaluations of a recipe's seeds, made where they are not there; none where a seed is missing."""
    found = []
    for seed in SEEDS:
        folder = runs / f"{name}-{seed}"
        if not (folder / RESULT).exists() and train:
            more = ["--resume"] if folder.exists() else []
            try:
                krohn(
                    ["train", *shlex.split(RECIPES[name]), "--seed", str(seed), "--run", str(folder), *more]
                )
            except SystemExit as left:
                if left.code:
                    raise
        if not (folder / RESULT).exists():
            return []
        if not (folder / EVALUATION).exists():
            print(folder, file=sys.stderr, flush=True)
            evaluate_run(load_run(folder), LENGTHS, ["fp32"])
        found.append(read_evaluation(folder))
    return found


def row(name: str, documents: list[Evaluation]) -> str:
    """Return a row: the mean of accuracy over seeds, and from the least to the largest; horizons."""
    cells = []
    for length in SHOWN:
        values = [next(s.accuracy for s in d.scores("fp32") if s.length == length) for d in documents]
        spread = "" if min(values) == max(values) else f" ({min(values):.3f} to {max(values):.3f})"
        cells.append(f"{sum(values) / len(values):.3f}{spread}")
    horizons = [next(h.horizon or 0 for h in d.horizons if h.precision == "fp32") for d in documents]
    told = f"{median(horizons):,} ({', '.join(f'{horizon:,}' for horizon in horizons)})"
    return f"| `{RECIPES[name]}` | {' | '.join(cells)} | {told} |"


def table(runs: Path, names: list[str], train: bool) -> str:
    """Return the table of the recipes whose seeds are all there, trained or evaluated first where `names` has them."""
    lines = [
        f"| `krohn train …` | {' | '.join(f'{length:,}' for length in SHOWN)} | horizon: median (each seed) |",
        f"|---|{'---|' * len(SHOWN)}---|",
    ]
    for name in RECIPES:
        there = all((runs / f"{name}-{seed}" / EVALUATION).exists() for seed in SEEDS)
        if (name in names or there) and (documents := evaluated(runs, name, train)):
            lines.append(row(name, documents).replace("a|f", "a\\|f").replace("f|a", "f\\|a"))
    return "\n".join(lines)


if __name__ == "__main__":
    torch.set_num_threads(1)
    made = table(Path(sys.argv[1]), [name for name in sys.argv[2:] if name != "--no-training"] or [*RECIPES],
                 "--no-training" not in sys.argv)  # fmt: skip
    mark = re.compile(r"(<!-- trained -->\n).*?(<!-- end -->)", re.DOTALL)
    page = mark.sub(lambda found: f"{found[1]}{made}\n{found[2]}", PAGE.read_text())
    write_bytes(PAGE, page.encode())
