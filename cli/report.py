"""krohn report"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .output import say


def command(
    runs: list[Path],
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
) -> None:
    """Write one self-contained HTML page of evaluated runs.

    Parameters
    ----------
    runs
        Folders of evaluated runs, or of several seeds' runs.
    output
        The HTML file.
    """
    from ..evaluation.report import write_report
    from ..training.folders import runs_in

    write_report(runs_in(runs), output)
    say(f"the page is {output.resolve()}")
