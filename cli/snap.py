"""krohn snap"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import KrohnError
from .options import Imports, Json, load_imports, parse_wholes
from .output import print_json, print_table, say

if TYPE_CHECKING:
    from ..training.snap import Trial


def command(
    run: Path,
    /,
    *,
    to: Path,
    lattice: str | None = None,
    each: Annotated[bool, Parameter(negative=())] = False,
    words: int = 4096,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Round the phases of a trained run to multiples of 1/q turn, and write it as a new run.

    Tries lattices from the coarsest, on validation words only, and takes the first that loses no label: candidates
    are the divisors of the exponent of the task's groups, its multiples by 2, 4 and 10, and those on which the phases
    lie best.

    Parameters
    ----------
    run
        A run of a model with phases, such as aussm.
    to
        The folder to make.
    lattice
        Try these q only, in this order, by comma.
    each
        One q a mode: the least such that each of the mode's phases is within a tolerance of a multiple of 1/q.
    words
        Validation words.
    """
    load_imports(imports)
    from ..training.run import load_run
    from ..training.snap import snap

    tried: list[Trial] = []
    wanted = parse_wholes("lattice", lattice) if lattice is not None else []
    try:
        result = snap(load_run(run), to, wanted, each, words, tried.append)
    except KrohnError:
        if not json and tried:
            _print(tried)
        raise
    if json:
        print_json(result)
        return
    _print(tried)
    say(f"{to}: {run} on lattice {result['lattice']}")


def _print(tried: list[Trial]) -> None:
    rows = [
        (trial.lattice, trial.finest or None, trial.correct, trial.total, trial.correct / trial.total)
        for trial in tried
    ]
    print_table(("lattice", "finest q", "right", "labels", "validation"), rows)
