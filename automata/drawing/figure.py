"""A drawing laid out by networkx and drawn by matplotlib: for machines without GraphViz."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .picture import Arrow, Picture
from .style import INK, STATE, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Places = NDArray[np.float64]

BEND = 0.22
"""How far an arrow leaves the straight line, in its length: two opposite ones lie side by side."""


def places_of(picture: Picture) -> Places:
    """Return where each state stands, shape (states, 2), from -1 to 1.

    Distances in the picture follow those in the graph (Kamada and Kawai, "An algorithm for drawing general
    undirected graphs", 1989), begun from a circle in breadth-first order: the same machine always gives the
    same picture.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> from krohn.automata.drawing.picture import picture_of
    >>> places_of(picture_of(counter(4))).shape
    (4, 2)
    """
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(range(picture.machine.states))
    graph.add_edges_from((a.source, a.target) for a in picture.arrows if a.source != a.target)
    circle = networkx.circular_layout(graph)
    laid = networkx.kamada_kawai_layout(graph, pos=circle) if len(graph) > 2 else circle
    places = np.array([laid[q] for q in graph], np.float64)
    places -= places.mean(0)
    if len(places) == 2:  # side by side, the start to the left
        places = np.array([[-1.0, 0.0], [1.0, 0.0]])
        if picture.machine.start == 1:
            places = -places
    return places / max(float(np.abs(places).max()), 1e-9)


def figure_of(picture: Picture) -> Figure:
    """Return the drawing as a matplotlib figure.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> from krohn.automata.drawing.picture import picture_of
    >>> len(figure_of(picture_of(counter(3))).axes)
    1
    """
    from matplotlib.figure import Figure

    places = places_of(picture)
    states = picture.machine.states
    side = float(np.clip(1.6 + 1.15 * np.sqrt(states), 3.0, 14.0))
    height = side * float(np.clip(np.ptp(places[:, 1]) / 2 + 0.35, 0.45, 1.0))
    figure = Figure(figsize=(side, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_aspect("equal")
    radius = float(np.clip(0.26 * _nearest(places), 0.03, 0.2))
    place = {x: index for index, x in enumerate(picture.symbols)}
    for arrow in picture.arrows:
        ink = colour(place[arrow.symbols[0]]) if picture.coloured else INK
        name = "" if picture.coloured else picture.arrow_name(arrow)
        if picture.both_ways(arrow) and arrow.source != arrow.target:
            if arrow.source < arrow.target:
                a, b = places[arrow.source], places[arrow.target]
                axes.plot([a[0], b[0]], [a[1], b[1]], color=ink, zorder=2)
        elif arrow.source == arrow.target:
            _loop(axes, places, arrow.source, radius, ink, name)
        else:
            _arrow(axes, places, arrow, radius, ink, name)
    start = places[picture.machine.start]
    away = _outward(places, picture.machine.start, turn=np.pi / 2)
    _line(axes, start + away * (radius * 2.6), start + away * radius, 0.0, INK)
    for q in range(states):
        _state(axes, picture, q, places[q], radius, side)
    reach = 1 + 4.2 * radius
    low, high = places.min(0) - 4.2 * radius, places.max(0) + 4.2 * radius
    axes.set_xlim(min(low[0], -reach * 0.6), max(high[0], reach * 0.6))
    axes.set_ylim(low[1], high[1])
    _caption(axes, picture)
    return figure


def _state(axes: Axes, picture: Picture, q: int, centre: Places, radius: float, side: float) -> None:
    from matplotlib.patches import Circle

    for share in (1.0, 0.84) if picture.accepting(q) else (1.0,):
        circle = Circle((centre[0], centre[1]), radius * share, facecolor=STATE, edgecolor=INK, zorder=3)
        circle.set_gid(f"state {q}" if share == 1.0 else f"accepting {q}")
        axes.add_patch(circle)
    label = picture.state_label(q)
    widest = max(len(line) for line in label.split("\n"))
    size = float(np.clip(95 * side * radius / max(widest, 2) / 3, 5, 12))
    axes.text(centre[0], centre[1], label, ha="center", va="center", fontsize=size, color=INK, zorder=4)


def _arrow(axes: Axes, places: Places, arrow: Arrow, radius: float, ink: str, name: str) -> None:
    a, b = places[arrow.source], places[arrow.target]
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    across = np.array([along[1], -along[0]])
    begin = a + radius * (0.93 * along + 0.37 * across)
    end = b + radius * (-0.93 * along + 0.37 * across)
    _line(axes, begin, end, BEND, ink)
    if name:
        middle = (begin + end) / 2 + across * (BEND / 2 * float(np.linalg.norm(end - begin)))
        _name(axes, middle, name)


def _loop(axes: Axes, places: Places, q: int, radius: float, ink: str, name: str) -> None:
    away = _outward(places, q)
    across = np.array([-away[1], away[0]])
    begin, end = (places[q] + radius * (0.86 * away + side * 0.5 * across) for side in (1, -1))
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    top = places[q] + away * (radius * 2.9)
    curve = Path(
        [begin, top + across * radius * 0.8, top - across * radius * 0.8, end],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    axes.add_patch(FancyArrowPatch(path=curve, arrowstyle="-|>", mutation_scale=9, color=ink, zorder=2))
    if name:
        _name(axes, places[q] + away * (radius * 2.75), name)


def _line(axes: Axes, begin: Places, end: Places, bend: float, ink: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    axes.add_patch(
        FancyArrowPatch(
            (begin[0], begin[1]),
            (end[0], end[1]),
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=0,
            shrinkB=0,
            color=ink,
            zorder=2,
        )
    )


def _name(axes: Axes, place: Places, name: str) -> None:
    behind = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    axes.text(
        place[0], place[1], name, ha="center", va="center", fontsize=8, color=INK, zorder=5, bbox=behind
    )


def _caption(axes: Axes, picture: Picture) -> None:
    if picture.note:
        axes.text(0.01, 0.01, picture.note, transform=axes.transAxes, fontsize=7, color=INK)
    if picture.coloured:
        from matplotlib.lines import Line2D

        keys = [Line2D([], [], color=colour(index)) for index in range(len(picture.symbols))]
        names = [picture.machine.names.symbol(x) for x in picture.symbols]
        axes.legend(keys, names, loc="upper left", fontsize=7, frameon=False)


def _outward(places: Places, q: int, turn: float = 0.0) -> Places:
    direction = places[q] - places.mean(0)
    if float(np.linalg.norm(direction)) < 1e-6 or len(places) == 2:
        direction = np.array([0.0, 1.0])
    if turn and len(places) == 2:
        direction = np.array([np.sign(places[q, 0]), 0.0])
    elif turn:
        direction = np.array(
            [
                np.cos(turn) * direction[0] - np.sin(turn) * direction[1],
                np.sin(turn) * direction[0] + np.cos(turn) * direction[1],
            ]
        )
    return np.asarray(direction / np.linalg.norm(direction), np.float64)


def _nearest(places: Places) -> float:
    if len(places) == 1:
        return 1.0
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    return float(gaps[~np.eye(len(places), dtype=bool)].min())
