"""A machine as an SVG file."""

from __future__ import annotations

from pathlib import Path

from ...errors import RequestError
from ...files import write_bytes
from ..machine import Machine
from .files import write_figure
from .graphviz import graphviz_svg, installed
from .picture import picture_of


def draw_machine(machine: Machine, path: Path, graphviz: bool | None = None) -> None:
    """Write a drawing of the part of a machine that can be reached.

    Accepting states have a second circle; where a machine has other classes than 0 and 1, each state says its
    own. Where arrows would be a thicket, symbols that generate the maps of all others are drawn, in colours.

    Parameters
    ----------
    machine : Machine
    path : Path
        The SVG file.
    graphviz : bool, optional
        Whether GraphViz lays it out; where not given, it does where it is installed.

    Raises
    ------
    RequestError
        Where the machine has more than 200 states, or the name does not end in .svg.
    KrohnError
        Where GraphViz fails.
    StorageError
        Where the file cannot be written.
    """
    if path.suffix != ".svg":
        raise RequestError(f"drawing {path}: expected a name that ends in .svg")
    picture = picture_of(machine)
    if installed() if graphviz is None else graphviz:
        write_bytes(path, graphviz_svg(picture))
        return
    from .figure import figure_of

    write_figure(path, figure_of(picture), transparent=True)
