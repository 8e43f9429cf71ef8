"""The figure of a run, and of several: accuracy against length, one line a precision or a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..automata.drawing.files import write_figure
from ..generators.figures import task_chance
from ..training.run import Run
from .results import Evaluation, Score

FIGURE = "evaluation.svg"
MARKERS = "osD^vP*X"


def draw_curves(
    axes: Axes, curves: Mapping[str, Sequence[Score]], trained: int | None, chance: float | None
) -> None:
    """Draw accuracy with its 95 % interval against length, a line for each entry.

    Parameters
    ----------
    axes : matplotlib Axes
    curves : mapping
        Label to scores.
    trained : int, optional
        The longest training length; what is right of it was never seen. None where nothing was trained.
    chance : float, optional
        Drawn as a dotted line.
    """
    drawn = []
    for index, unsorted in enumerate(curves.values()):
        scores = sorted(unsorted, key=lambda score: score.length)
        lengths = [score.length for score in scores]
        shown = [score.accuracy for score in scores]
        below = [max(0.0, score.accuracy - score.interval[0]) for score in scores]
        above = [max(0.0, score.interval[1] - score.accuracy) for score in scores]
        marker = MARKERS[index % len(MARKERS)]
        drawn.append(axes.errorbar(lengths, shown, (below, above), marker=marker, markersize=4, capsize=2))
    if trained is not None:
        axes.axvspan(1, trained, color="0.9", zorder=0)
    if chance is not None:
        axes.axhline(chance, color="0.4", linestyle=":", linewidth=1)
    ticks = sorted({score.length for scores in curves.values() for score in scores})
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(left=min(ticks) * 0.7, right=max(ticks) * 1.4)
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel("length")
    axes.set_ylabel("accuracy")
    legend = axes.legend(drawn, [" "] * len(drawn), frameon=False, fontsize="small")
    for text, label in zip(legend.get_texts(), curves, strict=True):
        text.set_parse_math(False)  # a name with dollars, or that begins with _, stands as it is
        text.set_text(label)
    axes.spines[["top", "right"]].set_visible(False)


def run_figure(document: Evaluation, trained: int | None, chance: float | None) -> Figure:
    """Return the figure of one run: a line for each precision."""
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    curves = {
        item: document.scores(item) for item in dict.fromkeys(row.precision for row in document.results)
    }
    draw_curves(axes, curves, trained, chance)
    axes.set_title(f"{document.model} on {document.task}", loc="left", fontsize="medium", parse_math=False)
    return figure


def draw_run(run: Run, document: Evaluation) -> Path:
    """Write the figure of an evaluated run into its folder and return its path."""
    task = run.task
    constant = task_chance(task) if task.machine is not None else None
    path = run.folder / FIGURE
    write_figure(path, run_figure(document, run.config.longest, constant))
    return path
