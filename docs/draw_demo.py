"""Draw the README's picture from a demo's board: `python docs/draw_demo.py demo docs/demo.png`."""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.figure import Figure

import krohn
from krohn.automata.drawing.files import write_figure
from krohn.evaluation.figures import draw_curves
from krohn.evaluation.results import OWN
from krohn.generators.figures import chance
from krohn.leaderboards.standings import standings


def main(demo: Path, picture: Path) -> None:
    found = standings(demo / "board")
    figure = Figure(figsize=(9, 3.2), layout="constrained", dpi=120)
    for axes, table in zip(figure.subplots(1, len(found)), found, strict=True):
        task = str(table.task)
        curves = {
            row.entry.model: [score for score in row.entry.runs[0].scores if score.precision == OWN]
            for row in table.rows
        }
        machine = krohn.task(task).machine
        assert machine is not None
        draw_curves(axes, curves, 40, chance(machine, krohn.task(task).readout))
        axes.set_title(f"{task}, trained at lengths 1-40", loc="left", fontsize="medium")
    write_figure(picture, figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
