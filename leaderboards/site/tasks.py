"""The page of a task: its algebra, its machine drawn, and where it is asked for."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from markupsafe import Markup

from ...automata.algebra.varieties import CLASSES
from ...automata.algebra.verdict import verdict
from ...automata.decomposition import decompose
from ...automata.drawing.files import figure_bytes
from ...automata.drawing.graphviz import graphviz_svg, installed
from ...automata.drawing.picture import picture_of
from ...automata.machine import Machine
from ...errors import KrohnError
from ...generators.figures import figures
from ...generators.task import Task

MOST_ELEMENTS = 20_000
MOST_ENTRIES = 300
"""Of the transition table of a machine that is decomposed for its page."""
MOST_STATES = 12
MOST_SYMBOLS = 8


def slug(name: str) -> str:
    """Return a file's name for a task: readable, and one of its own.

    Examples
    --------
    >>> slug("word:S3"), slug("regex:(ab|ba)*")
    ('word-s3-641ad5', 'regex-ab-ba-766dd1')
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def class_of(task: Task) -> str:
    """Return the algebraic class of a task, or ``unknown`` where its monoid is too large."""
    return str(figures(task, MOST_ELEMENTS)["class"] or "unknown")


def facts(task: Task) -> dict[str, Any]:
    """Return what the page of a task says of it."""
    row = figures(task, MOST_ELEMENTS)
    machine = task.machine
    found = verdict(machine, MOST_ELEMENTS) if machine is not None else None
    return {
        **row,
        "self_class": row["class"],
        "finer": [(name, CLASSES[name]) for name in found.classes] if found else [],
        "circuit": found.circuit if found else None,
        "theorem": found.theorem if found else None,
        "cascade": _cascade(machine) if machine is not None else None,
        "drawing": _drawing(machine) if machine is not None else None,
    }


def _cascade(machine: Machine) -> str | None:
    if machine.states * machine.symbols > MOST_ENTRIES:
        return None
    try:
        return ", ".join(decompose(machine, MOST_ELEMENTS).names)
    except KrohnError:  # too large
        return None


def _drawing(machine: Machine) -> Markup | None:
    if machine.states > MOST_STATES or machine.symbols > MOST_SYMBOLS:
        return None
    picture = picture_of(machine)
    if installed():
        svg = graphviz_svg(picture).decode()
    else:
        from ...automata.drawing.figure import figure_of

        svg = figure_bytes(figure_of(picture), ".svg").decode()
    return Markup(svg[svg.index("<svg") :])
