"""Figures over several evaluations: bands over seeds, precision by length, survival, bits against length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .bits import Passing, theory_bits
from .results import Evaluation
from .seeds import seed_interval

Groups = Mapping[str, Sequence[Evaluation]]
"""A label to its seeds."""


def grouped(documents: Sequence[Evaluation]) -> dict[str, list[Evaluation]]:
    """Return evaluations of one task by the model's label, in order of appearance."""
    groups: dict[str, list[Evaluation]] = {}
    for document in documents:
        groups.setdefault(document.label, []).append(document)
    return groups


def _figure(title: str, height: float = 3.4) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize="medium", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _legend(axes: Axes, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    legend = axes.legend(handles, [" "] * len(labels), frameon=False, fontsize="small")
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_parse_math(False)  # a name with dollars, or that begins with _, stands as it is
        text.set_text(label)


def bands_figure(groups: Groups, precision: str, title: str) -> Figure:
    """Return mean accuracy against log length, with the 95 % interval over seeds as a band."""
    figure, axes = _figure(title)
    lines: list[Artist] = []
    for documents in groups.values():
        scores = [{s.length: s.accuracy for s in document.scores(precision)} for document in documents]
        lengths = sorted(set.intersection(*(set(row) for row in scores)))
        found = [seed_interval([row[length] for row in scores]) for length in lengths]
        (line,) = axes.plot(lengths, [row.mean for row in found], marker="o", markersize=3)
        lines.append(line)
        if len(documents) > 1:
            low = [max(0.0, row.low if row.low is not None else row.mean) for row in found]
            high = [min(1.0, row.high if row.high is not None else row.mean) for row in found]
            axes.fill_between(lengths, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    chances = {document.chance for documents in groups.values() for document in documents}
    for chance in chances - {None}:
        axes.axhline(float(chance or 0), color="0.4", linestyle=":", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel("length")
    axes.set_ylabel(f"accuracy, {precision}")
    _legend(axes, lines, [f"{label} ({len(documents)} seeds)" for label, documents in groups.items()])
    return figure


def heat_figure(document: Evaluation) -> Figure:
    """Return accuracy as a heat map, a row an item and a column a length."""
    items = list(dict.fromkeys(score.precision for score in document.results))
    lengths = sorted({score.length for score in document.results})
    cells = np.full((len(items), len(lengths)), np.nan)
    for score in document.results:
        cells[items.index(score.precision), lengths.index(score.length)] = score.accuracy
    figure, axes = _figure(
        f"{document.label} on {document.task}, seed {document.seed}", 1.2 + 0.28 * len(items)
    )
    image = axes.imshow(cells, vmin=0, vmax=1, cmap="viridis", aspect="auto")
    axes.set_xticks(range(len(lengths)), [f"{length:,}" for length in lengths], rotation=45, fontsize="small")
    axes.set_yticks(range(len(items)), items, fontsize="small")
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.set_xlabel("length")
    figure.colorbar(image, ax=axes, label="accuracy")
    return figure


def survival_figure(groups: Groups, precision: str, title: str) -> Figure:
    """Return the share of words without an error against symbols read, all seeds of a model together."""
    figure, axes = _figure(title)
    lines: list[Artist] = []
    for documents in groups.values():
        longest = max(document.results[-1].length for document in documents)
        curves = [row.survival for d in documents for row in d.summaries if row.precision == precision]
        grid = np.unique(np.geomspace(1, longest, 200).round().astype(int))
        shares = np.mean([[_at(curve, int(t)) for t in grid] for curve in curves], axis=0)
        (line,) = axes.step(grid, shares, where="post")
        lines.append(line)
    axes.set_xscale("log", base=2)
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel("symbols")
    axes.set_ylabel("words without an error")
    _legend(axes, lines, list(groups))
    return figure


def _at(curve: Sequence[tuple[int, float]], time: int) -> float:
    return next((share for when, share in reversed(curve) if when <= time), 1.0)


def bits_figure(families: Mapping[str, Sequence[Passing]], modulus: int, title: str) -> Figure:
    """Return the fewest bits that keep a length against log2 of the length, beside log2(L k / π)."""
    figure, axes = _figure(title)
    lines: list[Artist] = []
    lengths = sorted({row.length for rows in families.values() for row in rows})
    for rows in families.values():
        kept = [(row.length, row.fewest) for row in rows if row.fewest is not None]
        (line,) = axes.plot(*np.array(sorted(kept)).reshape(-1, 2).T, marker="o", markersize=3)
        lines.append(line)
    theory = [theory_bits(length, modulus) for length in lengths]
    (line,) = axes.plot(lengths, theory, color="0.4", linestyle="--")
    axes.set_xscale("log", base=2)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("length")
    axes.set_ylabel("fewest bits")
    _legend(axes, [*lines, line], [*families, f"log2(L · {modulus} / π)"])
    return figure


__all__ = ["bands_figure", "bits_figure", "grouped", "heat_figure", "survival_figure"]
