"""The board as one page of HTML: no script, no request to anywhere, figures inline."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from ..automata.drawing.files import figure_bytes
from ..errors import RequestError
from ..evaluation.figures import draw_curves
from ..files import write_bytes
from ..generators.figures import task_chance
from ..generators.tasks import task as find_task
from ..models.registry import MODELS
from .board import Row, own_scores, tables
from .claim import SUITE

PAGE = "index.html"


def label_of(row: Row) -> str:
    """Return how a row is called where several of one model stand together."""
    entry, settings = MODELS.get(row.claim.model), row.claim.settings
    changed = [
        f"{key}={str(value).lower() if isinstance(value, bool) else value}"
        for key, value in (entry.changed(settings) if entry else settings).items()
        if key not in ("width", "modes", "layers")
    ]
    return " ".join([row.claim.model, *changed, f"seed {row.claim.seed}"])


def _figure(task: str, rows: list[Row]) -> Markup:
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    axes = figure.subplots()
    curves = {f"{label_of(row)} ({row.claim.id[:4]})": own_scores(row.claim) for row in rows}
    trained = max((row.claim.longest for row in rows if row.claim.longest), default=None)
    draw_curves(axes, {name: scores for name, scores in curves.items() if scores}, trained, _chance(task))
    svg = figure_bytes(figure, ".svg").decode()
    return Markup(svg[svg.index("<svg") :])


def _chance(task: str) -> float | None:
    try:
        found = find_task(task)
    except RequestError:  # a user's task, whose file is not at hand
        return None
    return task_chance(found) if found.machine is not None else None


def build(board: Path) -> Path:
    """Write ``index.html`` into the board and return its path.

    Raises
    ------
    RequestError
        Where the folder is no board.
    """
    environment = Environment(
        loader=PackageLoader("krohn.leaderboards", "."), autoescape=True, undefined=StrictUndefined
    )
    sections = [
        {
            "task": task,
            "chance": _chance(task),
            "rows": rows,
            "lengths": sorted({score.length for row in rows for score in own_scores(row.claim)}),
            "precisions": list(dict.fromkeys(item.precision for row in rows for item in row.claim.horizons)),
            "figure": _figure(task, rows) if any(own_scores(row.claim) for row in rows) else None,
        }
        for task, rows in tables(board).items()
    ]
    html = environment.get_template("page.html.j2").render(
        suite=SUITE, sections=sections, own_scores=own_scores, label_of=label_of
    )
    write_bytes(board / PAGE, html.encode())
    return board / PAGE
