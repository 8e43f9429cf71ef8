"""Draw the figures of docs/evaluation.md and docs/precision.md: python docs/draw_evaluation.py [RUN]

Those of the former are drawn of the baselines; RUN is a rotor on word:C5, evaluated as docs/precision.md says.
"""

from __future__ import annotations

import sys
from pathlib import Path

from krohn.automata.drawing.files import write_figure
from krohn.evaluation.bits import passing
from krohn.evaluation.compare import baselines
from krohn.evaluation.report_figures import bands_figure, bits_figure, grouped, heat_figure, survival_figure
from krohn.evaluation.results import read_evaluation

HERE = Path(__file__).parent / "pictures"


def main(arguments: list[str]) -> None:
    """Draw."""
    documents = [document for document in baselines() if document.task == "parity"]
    groups = grouped(documents)
    write_figure(
        HERE / "evaluation-parity.svg", bands_figure(groups, "fp32", "parity, trained at lengths 1-40")
    )
    write_figure(
        HERE / "survival-parity.svg", survival_figure(groups, "fp32", "parity: words without an error")
    )
    for label, (first, *_) in groups.items():
        write_figure(HERE / f"precision-parity-{label.split()[0]}.svg", heat_figure(first))
    if arguments:
        document = read_evaluation(Path(arguments[0]))
        rows = passing(document)
        families = {row.family: [r for r in rows if r.family == row.family] for row in rows}
        figure = bits_figure(families, 5, f"{document.label} on {document.task}")
        write_figure(HERE / "bits-C5.svg", figure)


if __name__ == "__main__":
    main(sys.argv[1:])
