"""krohn snap"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import KrohnError
from ..names import positive
from .options import Imports, Json, load_imports, parse_wholes
from .output import print_json, print_table, say

if TYPE_CHECKING:
    from ..evaluation.closure import Closure
    from ..training.snap import Trial


def command(
    run: Path,
    /,
    *,
    to: Path,
    lattice: str | None = None,
    each: Annotated[bool, Parameter(negative=())] = False,
    words: int = 4096,
    states: int = 20_000,
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
    states
        Pairs of the new model's state and the task's at which looking for all that it can reach is given up. Where
        they are fewer, it is known of every word of every length whether it is answered rightly.
    """
    load_imports(imports)
    from ..evaluation.closure import closure, has_closure
    from ..files import write_json
    from ..training.run import RESULT, load_run
    from ..training.snap import snap

    positive("states", states)
    tried: list[Trial] = []
    wanted = parse_wholes("lattice", lattice) if lattice is not None else []
    try:
        result = snap(load_run(run), to, wanted, each, words, tried.append)
    except KrohnError:
        if not json and tried:
            _print(tried)
        raise
    made = load_run(to)
    found = closure(made.model(), made.task, states) if has_closure(made.task) else None
    result["closure"] = None if found is None else asdict(found)
    write_json(to / RESULT, result)
    if json:
        print_json(result)
        return
    _print(tried)
    say(f"{to}: {run} on lattice {result['lattice']}; {_told(found)}")


def _told(found: Closure | None) -> str:
    if found is None:
        return "not enumerated, for the task has no finite machine that labels its words"
    if found.proven:
        least = "" if found.margin is None else f", by {found.margin:.2g} at least"
        return f"exact at every length: all {found.states:,} states it can reach answer rightly{least}"
    if found.complete or found.wrong:
        return f"of {found.states:,} states that it can reach, some answer wrongly: it is not exact at every length"
    return (
        f"it can reach at least {found.states:,} states, none of them wrong, as far as was looked: "
        "a larger --states looks further"
    )


def _print(tried: list[Trial]) -> None:
    rows = [
        (trial.lattice, trial.finest or None, trial.correct, trial.total, trial.correct / trial.total)
        for trial in tried
    ]
    print_table(("lattice", "finest q", "right", "labels", "validation"), rows)
