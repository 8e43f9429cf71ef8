"""A drawing laid out by the program `dot` of GraphViz."""

from __future__ import annotations

import shutil
import subprocess

from ...errors import KrohnError
from .picture import Picture
from .style import INK, STATE, colour

SECONDS = 60


def installed() -> bool:
    """Return whether the program `dot` is on the path."""
    return shutil.which("dot") is not None


def layout_source(picture: Picture) -> str:
    """Return the DOT text of a drawing, styled (the plain format for other programs is elsewhere).

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> from krohn.automata.drawing.picture import picture_of
    >>> print(layout_source(picture_of(counter(2))).splitlines()[5].strip())
    q0 [label="0" id="state 0"]
    """
    machine = picture.machine
    lines = [
        "digraph machine {",
        "  rankdir=LR; bgcolor=transparent; fontname=Helvetica; labelloc=b;",
        f'  node [shape=circle style=filled fillcolor="{STATE}" color="{INK}" fontname=Helvetica margin=0.05];',
        f'  edge [color="{INK}" fontname=Helvetica arrowsize=0.7];',
        "  start [shape=point width=0.08];",
    ]
    for q in range(machine.states):
        shape = " shape=doublecircle" if picture.accepting(q) else ""
        lines.append(f'  q{q} [label="{_quoted(picture.state_label(q))}" id="state {q}"{shape}]')
    lines.append(f"  start -> q{machine.start}")
    place = {x: index for index, x in enumerate(picture.symbols)}
    for arrow in picture.arrows:
        if picture.coloured:
            look = f'color="{colour(place[arrow.symbols[0]])}"'
            if picture.both_ways(arrow):
                if arrow.source > arrow.target:
                    continue
                look += " dir=none"
        else:
            look = f'label="{_quoted(picture.arrow_name(arrow))}"'
        lines.append(f"  q{arrow.source} -> q{arrow.target} [{look}]")
    caption = [_escaped(picture.note)] if picture.note else []
    if picture.coloured:
        caption += [
            f'<font color="{colour(index)}">{_escaped(machine.names.symbol(x))}</font>'
            for index, x in enumerate(picture.symbols)
        ]
    if caption:
        lines.append(f"  label=<{'  '.join(caption)}>;")
    return "\n".join([*lines, "}", ""])


def graphviz_svg(picture: Picture) -> bytes:
    """Return the SVG that `dot` makes of a drawing.

    Raises
    ------
    KrohnError
        Where the program fails or takes more than a minute.
    """
    try:
        done = subprocess.run(
            ["dot", "-Tsvg"],
            input=layout_source(picture).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise KrohnError(f"dot did not lay out {picture.machine.states} states within {SECONDS} s") from None
    if done.returncode:
        raise KrohnError(f"dot failed: {' '.join(done.stderr.decode(errors='replace').split())[:200]}")
    return done.stdout


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
