"""A cascade as a picture: levels as frames from the input on, their primes as boxes, dependencies as arrows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import RequestError
from ..decomposition import Cascade, Level
from ..decomposition.dependencies import dependencies, factor_dependencies
from .files import write_figure
from .style import INK, STATE, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".svg", ".png")
GAP = 0.25
"""Between two frames, in widths of a box."""


def cascade_figure(cascade: Cascade) -> Figure:
    """Return the drawing as a matplotlib figure: a frame for each level, in it its groups (round) and its
    flip-flop (square), an arrow where one listens to another.

    Below each frame stands how many values the coordinate has and how many different things it can be told.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> from krohn.automata.decomposition import decompose
    >>> len(cascade_figure(decompose(counter(6))).axes)
    1
    """
    from matplotlib.figure import Figure

    widths = [len(level.primes) for level in cascade.levels]
    begins = [sum(widths[:i]) + GAP * i for i in range(len(widths))]
    across = sum(widths) + GAP * max(len(widths) - 1, 0)
    centres = [begin + (width - 1) / 2 for begin, width in zip(begins, widths, strict=True)]
    pairs = dependencies(cascade)
    reach = max((centres[j] - centres[i] for i, j in pairs), default=0.0)
    top = 0.5 + 0.18 * reach
    figure = Figure(figsize=(1.5 * max(across, 1) + 1.0, 1.25 * (top + 0.8)), dpi=150)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-1.1, max(across, 1) - 0.35)
    axes.set_ylim(-0.75, top)
    axes.annotate("", (-0.55, 0), (-1.0, 0), arrowprops={"arrowstyle": "-|>", "color": INK})
    axes.text(-0.78, 0.1, "symbol", ha="center", fontsize=8, color=INK)
    for i, level in enumerate(cascade.levels):
        _frame(axes, i, begins[i], level)
    for i, j in pairs:
        _arc(axes, f"dependency {i} {j}", centres[i] + 0.1, centres[j] - 0.1, 0.32, -0.36)
    if not cascade.levels:
        axes.text(-0.1, 0, "nothing to remember", fontsize=9, color=INK)
    return figure


def _frame(axes: Axes, i: int, begin: float, level: Level) -> None:
    from matplotlib.patches import FancyBboxPatch

    count = len(level.primes)
    frame = FancyBboxPatch(
        (begin - 0.42, -0.24),
        count - 0.16,
        0.48,
        boxstyle="round,pad=0.02",
        facecolor="white",
        edgecolor="#9ca3af",
    )
    frame.set_gid(f"level {i}")
    axes.add_patch(frame)
    for k, prime in enumerate(level.primes):
        box = FancyBboxPatch(
            (begin + k - 0.36, -0.17),
            0.72,
            0.34,
            boxstyle=f"round,pad=0.01,rounding_size={0.15 if prime.is_group else 0.01}",
            facecolor=STATE,
            edgecolor=colour(0) if prime.is_group else colour(1),
            linewidth=1.6,
            zorder=3,
        )
        box.set_gid(f"prime {i} {k}")
        axes.add_patch(box)
        axes.text(begin + k, 0, prime.name, ha="center", va="center", fontsize=9, color=INK, zorder=4)
    at = 0
    for index in level.turning:
        series = level.groups[index]
        assert series is not None
        for a, b in factor_dependencies(series):
            _arc(
                axes, f"factor {i} {at + a} {at + b}", begin + at + a + 0.1, begin + at + b - 0.1, -0.17, 0.25
            )
        at += len(series.factors)
    told = f"{level.size} values, told {len(level.action)} things"
    axes.text(begin + (count - 1) / 2, -0.55, told, ha="center", va="center", fontsize=7, color=INK)


def _arc(axes: Axes, name: str, begin: float, end: float, height: float, bend: float) -> None:
    from matplotlib.patches import FancyArrowPatch

    arrow = FancyArrowPatch(
        (begin, height),
        (end, height),
        connectionstyle=f"arc3,rad={bend}",
        arrowstyle="-|>",
        mutation_scale=8,
        color=INK,
        alpha=0.75,
        zorder=5,
    )
    arrow.set_gid(name)
    axes.add_patch(arrow)


def draw_cascade(cascade: Cascade, path: Path) -> None:
    """Write the drawing of a cascade.

    Parameters
    ----------
    cascade : Cascade
    path : Path
        Ends in .svg or .png.

    Raises
    ------
    RequestError
        For another ending.
    StorageError
        Where the file cannot be written.
    """
    if path.suffix not in ENDINGS:
        raise RequestError(
            f"drawing {path}: expected a name that ends in .svg or .png (or .json for the tables)"
        )
    write_figure(path, cascade_figure(cascade))
