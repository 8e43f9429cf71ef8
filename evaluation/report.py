"""One self-contained page of evaluated runs: nothing on it is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from ..automata.drawing.files import figure_bytes
from ..files import write_bytes
from .bits import passing
from .compare import compare
from .report_figures import bands_figure, grouped, heat_figure, survival_figure
from .results import OWN, Evaluation, read_evaluation


def write_report(folders: Sequence[Path], path: Path) -> None:
    """Write the page of evaluated runs.

    Parameters
    ----------
    folders : sequence of Path
    path : Path
        Of the HTML file.

    Raises
    ------
    RequestError
        Where a run was not evaluated, or not in fp32.
    """
    from .. import __version__

    documents = [read_evaluation(folder) for folder in folders]
    compared = compare(folders)
    tasks = list(dict.fromkeys(document.task for document in documents))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template("report.html.j2").render(
        version=__version__,
        tasks=[_task(task, [d for d in documents if d.task == task]) for task in tasks],
        rows=compared.rows,
        tests=compared.tests,
        runs=[_run(document) for document in documents],
    )
    write_bytes(path, page.encode())


def _inline(figure: Figure) -> Markup:
    svg = figure_bytes(figure, ".svg").decode()
    return Markup(svg[svg.index("<svg") :])


def _task(task: str, documents: Sequence[Evaluation]) -> dict[str, Any]:
    groups = grouped(documents)
    figures = [bands_figure(groups, OWN, "Accuracy against length; bands: 95 % over seeds")]
    if all(row.survival or row.positions for d in documents for row in d.summaries if row.precision == OWN):
        figures.append(survival_figure(groups, OWN, "Words without an error so far"))
    return {"name": task, "figures": [_inline(figure) for figure in figures]}


def _run(document: Evaluation) -> dict[str, Any]:
    return {
        "document": document,
        "heat": _inline(heat_figure(document)),
        "bits": passing(document),
        "leaks": [leak for leak in document.leaks if leak.seen],
    }
