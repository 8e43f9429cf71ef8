"""A cascade as a picture: levels as boxes from the input on, dependencies as arrows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import RequestError
from ...files import write_bytes
from ..decomposition import Cascade
from ..decomposition.dependencies import dependencies
from .style import INK, STATE, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".svg", ".png")


def cascade_figure(cascade: Cascade) -> Figure:
    """Return the drawing as a matplotlib figure: groups round, flip-flops square.

    Below each box stands how many values its coordinate has and how many different things it can be told.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> from krohn.automata.decomposition import decompose
    >>> len(cascade_figure(decompose(counter(6))).axes)
    1
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    count = len(cascade.levels)
    pairs = dependencies(cascade)
    spans = [j - i for i, j in pairs]
    height = 1.5 + 0.28 * max(spans, default=0)
    figure = Figure(figsize=(1.7 * max(count, 1) + 0.8, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-1.0, max(count, 1) - 0.2)
    axes.set_ylim(-0.75, 0.55 + 0.3 * max(spans, default=0))
    axes.annotate("", (-0.42, 0), (-0.9, 0), arrowprops={"arrowstyle": "-|>", "color": INK})
    axes.text(-0.66, 0.1, "symbol", ha="center", fontsize=8, color=INK)
    for i, level in enumerate(cascade.levels):
        group = level.component.is_group
        box = FancyBboxPatch(
            (i - 0.34, -0.2),
            0.68,
            0.4,
            boxstyle=f"round,pad=0.02,rounding_size={0.18 if group else 0.01}",
            facecolor=STATE,
            edgecolor=colour(0) if group else colour(1),
            linewidth=1.6,
            zorder=3,
        )
        box.set_gid(f"level {i}")
        axes.add_patch(box)
        axes.text(i, 0, level.component.name, ha="center", va="center", fontsize=9, color=INK, zorder=4)
        told = f"{level.component.size} values, told {len(level.action)} things"
        axes.text(i, -0.42, told, ha="center", va="center", fontsize=7, color=INK)
    for i, j in pairs:
        _arc(axes, i, j)
    if not count:
        axes.text(-0.1, 0, "nothing to remember", fontsize=9, color=INK)
    return figure


def _arc(axes: Axes, i: int, j: int) -> None:
    from matplotlib.patches import FancyArrowPatch

    arrow = FancyArrowPatch(
        (i + 0.12, 0.24),
        (j - 0.12, 0.24),
        connectionstyle=f"arc3,rad={-0.5 if j - i == 1 else -0.32}",
        arrowstyle="-|>",
        mutation_scale=9,
        color=INK,
        alpha=0.75,
    )
    arrow.set_gid(f"dependency {i} {j}")
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
    import io

    import matplotlib

    if path.suffix not in ENDINGS:
        raise RequestError(
            f"drawing {path}: expected a name that ends in .svg or .png (or .json for the tables)"
        )
    buffer = io.BytesIO()
    # A fixed salt and no date: the same cascade always gives the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "krohn", "svg.fonttype": "none"}):
        metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
        cascade_figure(cascade).savefig(buffer, format=path.suffix[1:], metadata=metadata, dpi=150)
    write_bytes(path, buffer.getvalue())
