"""Measure which bit counts keep which lengths: python docs/measure_bits.py RUN MODULUS docs/bits/NAME.json [LONGEST]

Bit counts are tried from the fewest on, and followed from stage to stage as long as they have kept every length before:
accuracy of at least 0.99, by the lower bound where there are words enough for one. A stage ends with six in a row that
keep it: those beyond are taken to keep it too. Called again, it goes on where it was. MODULUS is that of the task's
finest counter, k of the line of theory; lengths beyond LONGEST are left for another call.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from krohn.evaluation.evaluate import evaluate
from krohn.evaluation.intervals import least_words
from krohn.evaluation.precision import expand_items
from krohn.evaluation.results import THRESHOLD, Score
from krohn.files import read_json, sha256_of, write_bytes
from krohn.training.run import WEIGHTS, load_run

STAGES = (
    ([64, 128, 256, 512], 400),
    ([1024, 2048, 4096], 400),
    ([8192, 16384, 32768, 65536], 64),
    ([1 << 17, 1 << 18, 1 << 19, 1 << 20], 8),
)
"""Lengths, and words of each: 400 can show a lower bound of 0.99; 64 or 8 long ones cannot."""
KEYS = ("precision", "length", "correct", "total", "words_correct", "words", "squares")
"""What is kept of a `Score`: a row of the file."""
FAMILIES = ("state=e8m1..20", "phase=turn/2^1..24")
SETTLED = 6
"""Bit counts in a row that keep a stage, after which no more are tried."""


def kept(score: Score) -> bool:
    """Say whether a length was kept, as far as its words can say it."""
    low, _ = score.interval
    return (low if score.words >= least_words(THRESHOLD) else score.accuracy) >= THRESHOLD


def scores_of(found: dict[str, Any]) -> list[Score]:
    """Return the scores in a file."""
    return [Score.model_validate(dict(zip(KEYS, row, strict=True))) for row in found["rows"]]


def write(path: Path, found: dict[str, Any]) -> None:
    """Write the file, a row a line."""
    head = json.dumps({key: value for key, value in found.items() if key != "rows"}, indent=1)
    rows = ",\n  ".join(json.dumps(row) for row in found["rows"])
    write_bytes(path, f'{head[:-2]},\n "rows": [\n  {rows}\n ]\n}}\n'.encode())


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
    alone = ["fp32", f"phase=turn/{own}"]
    stages = [stage for stage in STAGES if stage[0][-1] <= longest]

    def keeps(item: str, stage: int) -> bool:
        """Measure what is missing of an item up to a stage; say whether it keeps all of it."""
        for lengths, words in stages[: stage + 1]:
            scores = [
                score for score in scores_of(found) if score.precision == item and score.length in lengths
            ]
            if not scores:
                scores = evaluate(model, run.task, lengths, [item], words)
                found["rows"] += [[getattr(score, key) for key in KEYS] for score in scores]
                write(path, found)
                print(item, *(f"{score.accuracy:.3f}" for score in scores), flush=True)
            if not all(map(kept, scores)):
                return False
        return True

    for stage in range(len(stages)):
        for item in alone:
            keeps(item, stage)
        for family in FAMILIES:
            row = 0
            for item in expand_items([family]):
                row = row + 1 if keeps(item, stage) else 0
                if row == SETTLED:
                    break


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:]))
