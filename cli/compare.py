"""krohn compare"""

from __future__ import annotations

import csv as csv_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import RequestError
from .options import Json
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..evaluation.compare import Published


def command(
    runs: list[Path] | None = None,
    /,
    *,
    extras: Annotated[str, Parameter(name="--with", help="baselines, published, or both by comma.")] = "",
    precision: str = "fp32",
    json: Json = False,
    csv: Annotated[bool, Parameter(negative=())] = False,
    latex: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Compare evaluated runs: means, medians and intervals over seeds, paired tests corrected by Holm.

    Runs of the same model, settings and task are seeds of one another.

    Parameters
    ----------
    runs
        Folders of evaluated runs, or of several seeds' runs.
    precision
        The item to compare in.
    csv
        One line a model, on stdout.
    latex
        A booktabs table, on stdout.
    """
    asked = [name.strip() for name in extras.split(",") if name.strip()]
    for name in asked:
        if name not in ("baselines", "published"):
            raise RequestError(f"--with {name!r}: expected baselines or published, or both by comma")
    if not runs and not asked:
        raise RequestError("nothing to compare: expected run folders, or --with baselines or published")
    if json + csv + latex > 1:
        raise RequestError("more than one of --json, --csv and --latex: expected one")
    from ..evaluation.compare import as_rows, compare
    from ..evaluation.compare import latex as to_latex
    from ..training.folders import runs_in

    found = compare(runs_in(runs or []), asked, precision)
    if json:
        print_json(found.model_dump(mode="json"))
        return
    if latex:
        print(to_latex(found), end="")
        return
    if csv:
        rows = as_rows(found)
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv_module.DictWriter(sys.stdout, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return
    for task in dict.fromkeys(row.task for row in found.rows):
        here = [row for row in found.rows if row.task == task]
        lengths = list(here[0].accuracy)
        columns = (
            "model",
            "seeds",
            "area",
            "low",
            "high",
            "by",
            "median",
            *(f"{n:,}" for n in lengths),
            "horizon",
        )
        table = [
            (
                row.model,
                len(row.seeds),
                row.area,
                row.area_low,
                row.area_high,
                row.interval,
                row.area_median,
                *row.accuracy.values(),
                _horizon(row.horizon_low, row.horizon_median, row.horizon_high),
            )
            for row in here
        ]
        print_table(columns, table, title=f"{task}, {found.precision}: means over seeds")
    if found.tests:
        columns = ("task", "first", "second", "pairs", "difference", "test", "p", "p (Holm)")
        table_of_tests = [
            (t.task, t.first, t.second, t.pairs, t.difference, t.test, t.p, t.p_holm) for t in found.tests
        ]
        print_table(columns, table_of_tests, title="area, seed by seed")
    _print_published(found.published)


def _horizon(low: int, middle: float, high: int) -> str:
    if low == high:
        return f"{low:,}" if low else "-"
    return f"{middle:,.0f} ({low:,} to {high:,})"


def _print_published(rows: list[Published]) -> None:
    for source in dict.fromkeys(row.source for row in rows):
        here = [row for row in rows if row.source == source]
        note = f"{source} ({here[0].provenance}): {here[0].metric}; {here[0].protocol}"
        tasks = list(dict.fromkeys(row.task for row in here))
        table = []
        for model in dict.fromkeys(row.model for row in here):
            values = {row.task: row.value for row in here if row.model == model}
            table.append((model, *("-" if values[task] is None else f"{values[task]:g}" for task in tasks)))
        print_table(("model", *tasks), table, title=note)
