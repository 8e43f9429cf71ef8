"""Accuracy against length as a small SVG: a line a precision, its interval behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ...names import visible

WIDTH, HEIGHT = 300, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 26


@dataclass(frozen=True)
class Point:
    """Accuracy at a length, over all seeds, with its bounds."""

    length: int
    accuracy: float
    low: float
    high: float


def draw(
    lines: Mapping[str, Sequence[Point]], title: str, trained: int | None, chance: float | None
) -> Markup:
    """Return the curves of a model on a task as SVG.

    Parameters
    ----------
    lines : mapping
        Precision to points, by length.
    title : str
        What is read aloud in place of the picture.
    trained : int, optional
        The longest training length, which is shaded.
    chance : float, optional
        Drawn as a dotted line.
    """
    lengths = sorted({point.length for points in lines.values() for point in points})
    if not lengths:
        return Markup("")
    low, high = math.log2(lengths[0]), math.log2(lengths[-1])
    span = max(high - low, 1e-9)

    def x(length: float) -> float:
        share = (math.log2(max(length, 1)) - low) / span if len(lengths) > 1 else 0.5
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)

    def y(accuracy: float) -> float:
        return TOP + (1 - accuracy) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(visible(title))}">'
    ]
    if trained is not None and len(lengths) > 1 and trained >= lengths[0]:
        width = x(trained) - LEFT
        parts.append(
            f'<rect class="trained" x="{LEFT}" y="{TOP}" width="{width:.1f}" height="{y(0) - TOP}"/>'
        )
    for tick in (0.0, 0.5, 1.0):
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        )
        parts.append(f'<text x="{LEFT - 5}" y="{y(tick) + 3:.1f}" text-anchor="end">{tick:g}</text>')
    if chance is not None:
        parts.append(
            f'<line class="chance" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(chance):.1f}" y2="{y(chance):.1f}"/>'
        )
    for length in _ticks(lengths, x):
        anchor = "end" if x(length) > WIDTH - 30 else "middle"
        parts.append(f'<text x="{x(length):.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{length:,}</text>')
    for number, points in enumerate(lines.values()):
        ordered = sorted(points, key=lambda point: point.length)
        upper = [f"{x(p.length):.1f},{y(p.high):.1f}" for p in ordered]
        lower = [f"{x(p.length):.1f},{y(p.low):.1f}" for p in reversed(ordered)]
        middle = " ".join(f"{x(p.length):.1f},{y(p.accuracy):.1f}" for p in ordered)
        parts.append(f'<polygon class="band c{number % 8}" points="{" ".join(upper + lower)}"/>')
        parts.append(f'<polyline class="line c{number % 8}" points="{middle}"/>')
        parts += [
            f'<circle class="dot c{number % 8}" cx="{x(p.length):.1f}" cy="{y(p.accuracy):.1f}" r="2"/>'
            for p in ordered
        ]
    parts.append("</svg>")
    return Markup("".join(parts))


def _ticks(lengths: Sequence[int], x: object) -> list[int]:
    """Return the lengths that there is room to name."""
    found: list[int] = []
    for length in lengths:
        at = x(length)  # type: ignore[operator]
        if not found or at - x(found[-1]) > 40:  # type: ignore[operator]
            found.append(length)
    return found
