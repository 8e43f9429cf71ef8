"""Measure which bit counts keep which lengths: python docs/measure_bits.py RUN MODULUS docs/bits/NAME.json [LONGEST]

Every bit count is tried, and followed from stage to stage as long as it has kept every length before: accuracy of at
least 0.99, by the lower bound where there are words enough for one. Called again, it goes on where it was. MODULUS is
that of the task's finest counter, k of the line of theory; lengths beyond LONGEST are left for another call.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from krohn.evaluation.evaluate import evaluate
from krohn.evaluation.intervals import least_words
from krohn.evaluation.precision import expand_items
from krohn.evaluation.results import THRESHOLD, Score
from krohn.files import read_json, sha256_of, write_json
from krohn.training.run import WEIGHTS, load_run

STAGES = (
    ([64, 128, 256, 512], 400),
    ([1024, 2048, 4096], 400),
    ([8192, 16384], 400),
    ([1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20], 4),
)
"""Lengths, and words of each: 400 can show a lower bound of 0.99; 4 words of a million symbols cannot."""
FAMILIES = ("state=e8m1..20", "phase=turn/2^1..24")


def kept(score: Score) -> bool:
    """Say whether a length was kept, as far as its words can say it."""
    low, _ = score.interval
    return (low if score.words >= least_words(THRESHOLD) else score.accuracy) >= THRESHOLD


def main(folder: Path, modulus: int, path: Path, longest: int = 1 << 20) -> None:
    """Measure a run."""
    run = load_run(folder)
    model, sha = run.model(), sha256_of(folder / WEIGHTS)
    found: dict[str, Any] = {"task": run.config.task, "model": run.config.model, "modulus": modulus}
    found |= {"seed": run.config.seed, "track": run.config.track, "weights_sha256": sha, "rows": []}
    if path.is_file():
        found = read_json(path)
        if found["weights_sha256"] != sha:
            raise SystemExit(f"{path} is of other weights: remove it")
    own = run.config.settings.get("phase_lattice") or modulus
    for lengths, words in STAGES:
        if lengths[-1] > longest:
            break
        for item in expand_items(["fp32", f"phase=turn/{own}", *FAMILIES]):
            rows = [Score.model_validate(row) for row in found["rows"] if row["precision"] == item]
            if any(row.length == lengths[0] for row in rows) or not all(map(kept, rows)):
                continue
            scores = evaluate(model, run.task, lengths, [item], words)
            found["rows"] += [score.model_dump() for score in scores]
            write_json(path, found)
            print(item, *(f"{score.accuracy:.3f}" for score in scores), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:]))
