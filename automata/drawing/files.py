"""A figure of matplotlib as a file: the same figure always gives the same bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from ...files import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_bytes(figure: Figure, ending: str, transparent: bool = False) -> bytes:
    """Return a figure as a file with no date in it.

    Parameters
    ----------
    figure : matplotlib Figure
    ending : str
        ``.svg`` or ``.png``.
    transparent : bool
        No background.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure_bytes(Figure(), ".svg")[:5]
    b'<?xml'
    """
    import matplotlib

    buffer = io.BytesIO()
    metadata = {"Date": None} if ending == ".svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": "krohn", "svg.fonttype": "none"}):
        figure.savefig(buffer, format=ending.removeprefix("."), metadata=metadata, transparent=transparent)
    return buffer.getvalue()


def write_figure(path: Path, figure: Figure, transparent: bool = False) -> None:
    """Write a figure as SVG or PNG, by the ending of `path`."""
    write_bytes(path, figure_bytes(figure, path.suffix, transparent))
