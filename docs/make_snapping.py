"""Train, pull, snap and measure what docs/snapping.md tells: python docs/make_snapping.py RUNS [TASK …]

RUNS keeps the runs; what is finished there is not done again, and with --no-training what is missing is left out. Rows
go to docs/snapping.json, of which `draw_snapping.py` makes the page's table and figure.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import torch

from krohn.cli import main as krohn
from krohn.evaluation.closure import closure
from krohn.evaluation.counting import count
from krohn.evaluation.request import request
from krohn.files import read_json, write_json
from krohn.training.run import RESULT, Run, load_run

ROWS = Path(__file__).with_name("snapping.json")
SEEDS = (0, 1, 2)
LENGTHS = [40, 256, 1024, 4096, 16384]
WORDS = 32
LONG, LONG_WORDS = 1_000_000, 10
FINE = 600
"""A lattice that is finer than any task here asks for."""
STATES = 20_000

ROTOR = "--model aussm --set drive=false --set convolution=false"
COUNTER = f"{ROTOR} --set layers=a --label-smoothing 0.1"
TWO = f"{ROTOR} --set 'layers=a|f|a|f' --set modes=1 --lr 5e-3 --curriculum 2:0.6"
THREE = f"{ROTOR} --set 'layers=a|f|a|f|a|f' --set width=48 --set modes=1 --lr 4e-3 --steps 9000 --curriculum 2:0.6"
RECIPES: dict[str, tuple[str, str, int]] = {
    "parity": ("parity", f"{COUNTER} --lr 2e-2 --steps 3000 --curriculum 2:0.6", 2),
    "word:C3": ("c3", f"{COUNTER} --lr 1e-2 --steps 2000", 3),
    "word:C5": ("c5", f"{COUNTER} --lr 1e-2 --steps 2000", 5),
    "word:S3": ("s3", f"{TWO} --set width=32 --steps 6000", 6),
    "word:A4": ("a4w48", f"{TWO} --set width=48 --steps 8000", 6),
    "word:S4": ("s4", f"{THREE} --hints series", 6),
    "word:SL2_3": ("sl23", f"{THREE} --hints series", 12),
}
"""Task to the name of its runs, how it is trained, and the lattice to which its phases are then pulled."""
PULL = "--model aussm --lr 2e-3 --steps 3000"
DISTURBED = {
    ("0.1", "600 steps"): "--lr 1e-3 --steps 600 --batch 32",
    ("0.1", "4,000 steps, hints"): "--lr 4e-3 --steps 4000 --batch 64 --curriculum 2:0.6 --hints series",
    ("0.01", "2,500 steps, hints"): "--lr 1e-3 --steps 2500 --batch 64 --curriculum 2:0.6 --hints series",
    ("0.001", "600 steps"): "--lr 3e-4 --steps 600 --batch 64 --curriculum 2:0.6",
}
"""By how much a construction is disturbed, and how it is then trained."""
AGAIN = {"word:S4": list(DISTURBED), "word:SL2_3": list(DISTURBED)[:1]}
"""Tasks whose construction is disturbed and trained again."""


def call(line: str) -> bool:
    """Call a command; return whether it did its work."""
    print(f"krohn {line}", file=sys.stderr, flush=True)
    try:
        krohn(shlex.split(line))
    except SystemExit as left:
        return left.code == 0
    return True


def make(folder: Path, line: str) -> bool:
    """Make a run by a command that ends with its folder, or go on with it."""
    if (folder / RESULT).exists():
        return True
    more = " --resume" if folder.exists() else ""
    return call(f"{line} {shlex.quote(str(folder))}{more}")


def measure(run: Run, lattice: int | None) -> dict[str, Any]:
    """Return accuracy at every length and, where that stays 1, the wrong labels in ten words of a million symbols."""
    model, task = run.model(), run.task
    for module in model.modules() if lattice else ():
        if hasattr(module, "set_lattice"):
            module.set_lattice(lattice)
    (short,) = count(model, task, request(LENGTHS, words=WORDS))
    accuracy = [round(short.score(length, precision="fp32").accuracy, 4) for length in LENGTHS]
    errors = None
    if min(accuracy) == 1:
        (long,) = count(model, task, request([LONG], words=LONG_WORDS))
        errors = sum(group.total - group.correct for group in long.by_position())
    known = closure(model, task, STATES) if min(accuracy) == 1 else None
    exact = known is not None and known.proven
    return {"accuracy": accuracy, "errors": errors, "states": known.states if known and exact else None}


def snap_all(runs: Path, task: str) -> None:
    """Make the runs of a task, snap them, and pull what did not become exact."""
    name, recipe, q = RECIPES[task]
    hints = " --hints series" if "--hints" in recipe else ""
    for seed in SEEDS:
        learned, pulled = runs / f"{name}-{seed}", runs / f"{name}-{seed}-pulled"
        if not (learned / RESULT).exists() and "--no-training" in sys.argv:
            continue
        if not make(learned, f"train {task} {recipe} --seed {seed} --run"):
            continue
        if snapped(task, seed, "snapped", learned):
            continue
        pull = f"{PULL} --pull {q}:1{hints} --seed {seed} --init {shlex.quote(str(learned))}"
        if make(pulled, f"train {task} {pull} --run"):
            snapped(task, seed, "pulled, snapped", pulled)


def disturb(runs: Path, task: str) -> None:
    """Construct a task that has three rotors, disturb its weights, train and snap it."""
    built = runs / f"{RECIPES[task][0]}-constructed"
    for number, (noise, how) in enumerate(AGAIN.get(task, []), 1):
        again = runs / f"{RECIPES[task][0]}-disturbed-{number}"
        if "--no-training" in sys.argv and not (again / RESULT).exists():
            continue
        make(built, f"construct {task} --model aussm --run")
        line = f"--model aussm --noise {noise} --set phase_lattice=0 {DISTURBED[noise, how]}"
        if make(again, f"train {task} {line} --init {shlex.quote(str(built))} --run"):
            variant = f"construction disturbed by {noise}, {how}"
            keep(task, 0, variant, again)
            snapped(task, 0, f"{variant}, snapped", again)


def compare(runs: Path, task: str) -> None:
    """Measure the runs of a task as they were trained, and on a lattice that is too fine."""
    for seed in SEEDS:
        learned = runs / f"{RECIPES[task][0]}-{seed}"
        if (learned / RESULT).exists():
            keep(task, seed, "as trained", learned)
            keep(task, seed, "over-fine", learned, FINE)


def snapped(task: str, seed: int, variant: str, source: Path) -> bool:
    """Snap a run and measure what comes of it; return whether it became exact."""
    folder = source.with_name(f"{source.name}-snapped")
    if make(folder, f"snap {shlex.quote(str(source))} --to"):
        return keep(task, seed, variant, folder)["errors"] == 0
    write({"task": task, "seed": seed, "variant": variant, "lattice": None})
    return False


def keep(task: str, seed: int, variant: str, folder: Path, lattice: int | None = None) -> dict[str, Any]:
    """Return the row of a run, measured where there is none yet."""
    key = (task, seed, variant)
    for row in written():
        if (row["task"], row["seed"], row["variant"]) == key:
            return row
    run, result = load_run(folder), read_json(folder / RESULT)
    validation = [result["validation"]["correct"], result["validation"]["total"]]
    row = {"task": task, "seed": seed, "variant": variant, "lattice": result.get("lattice", lattice)}
    row |= {"validation": validation, **measure(run, lattice)}
    write(row)
    return row


def written() -> list[dict[str, Any]]:
    """Return the rows so far."""
    found: list[dict[str, Any]] = read_json(ROWS) if ROWS.exists() else []
    return found


def write(row: dict[str, Any]) -> None:
    """Add a row, in place of one of the same task, seed and variant."""
    key = ("task", "seed", "variant")
    others = [old for old in written() if any(old[k] != row[k] for k in key)]
    write_json(ROWS, [*others, row])


if __name__ == "__main__":
    torch.set_num_threads(1)
    for act in (snap_all, disturb, compare):
        for asked in [name for name in sys.argv[2:] if name != "--no-training"] or RECIPES:
            act(Path(sys.argv[1]), asked)
