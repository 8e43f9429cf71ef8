"""krohn bench"""

from __future__ import annotations

from typing import Literal

from ..errors import RequestError
from .options import Json
from .output import print_json, print_table, say


def command(
    what: Literal["automata", "generators", "kernels", "layers", "evaluation", "board"],
    /,
    *,
    explain: bool = False,
    longest: int | None = None,
    json: Json = False,
) -> None:
    """Measure speed beside what a user would pick instead, all in one run.

    Parameters
    ----------
    what
        automata, generators, kernels, layers, evaluation or board.
    explain
        For kernels: say which backend runs here and why, and measure nothing.
    longest
        For evaluation: length of the longest words [65536].
    """
    if explain:
        _explain(what, json)
        return
    if longest is not None and what != "evaluation":
        raise RequestError(f"--longest is given with {what!r}: expected evaluation, which alone has lengths")
    from importlib import import_module

    from ..benchmarks.measure import document

    say(f"measuring {what}; ratios hold within this run only")
    options = {} if longest is None else {"longest": longest}
    found = import_module(f"..benchmarks.{what}", __package__).rows(**options)
    if json:
        print_json(document(found))
        return
    columns = ("case", "metric", "value", "unit", "against", "ratio", "")
    table = [
        (row.case, row.metric, f"{row.value:.3g}", row.unit, row.against, row.ratio, row.reason or "")
        for row in found
    ]
    print_table(columns, table)


def _explain(what: str, json: bool) -> None:
    if what != "kernels":
        raise RequestError(f"--explain is given with {what!r}: expected kernels, which alone has backends")
    from ..kernels.backends import explain

    lines = explain().splitlines()
    if json:
        print_json({"backends": lines})
    else:
        print("\n".join(lines))
