"""Draw the figures of docs/evaluation.md: python docs/draw_evaluation.py RUNS

RUNS holds the runs c3-0 to s3-2 of docs/make_trained.py, evaluated as the page says; the others are of the baselines.
"""

from __future__ import annotations

import sys
from pathlib import Path

from krohn.automata.drawing.files import write_figure
from krohn.evaluation.compare import baselines
from krohn.evaluation.report_figures import bands_figure, grouped, heat_figure, survival_figure
from krohn.evaluation.results import read_evaluation

HERE = Path(__file__).parent / "pictures"
TRAINED = ("c3", "c5", "s3")
SEEDS = (0, 1, 2)


def main(runs: Path) -> None:
    """Draw."""
    parity = grouped([document for document in baselines() if document.task == "parity"])
    write_figure(
        HERE / "evaluation-parity.svg", bands_figure(parity, "fp32", "parity, trained at lengths 1-40")
    )
    trained = {name: [read_evaluation(runs / f"{name}-{seed}") for seed in SEEDS] for name in TRAINED}
    groups = {documents[0].task: documents for documents in trained.values()}
    write_figure(
        HERE / "evaluation-groups.svg", bands_figure(groups, "fp32", "rotors, trained at lengths 1-40")
    )
    write_figure(
        HERE / "survival-groups.svg", survival_figure(groups, "fp32", "rotors: words without an error")
    )
    for name, (first, *_) in trained.items():
        write_figure(HERE / f"precision-{name}.svg", heat_figure(first))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
