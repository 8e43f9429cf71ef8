"""krohn construct"""

from __future__ import annotations

from pathlib import Path

from .options import Imports, Json, load_imports
from .output import print_json, say


def command(
    task: str,
    /,
    *,
    model: str,
    run: Path,
    width: int | None = None,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Compute exact weights for a task, with no training, and write them as a run.

    What theory rules out is refused with the theorem.

    Parameters
    ----------
    task
        One with a finite machine, such as word:S4 or tomita:5, or a linear history: binding:T1, fibonacci.
    model
        rnn or deltaproduct (any machine), aussm (solvable groups), aussm-mamba (solvable machines), mamba (machines
        without groups); wave or rnn for histories.
    run
        The folder to make.
    width
        Channels [the least that is needed].
    """
    load_imports(imports)
    from ..generators.tasks import task as find_task
    from ..training.construct import construct_run

    result = construct_run(find_task(task), model, run, width)
    if json:
        print_json(result)
        return
    figures = result["construction"]
    entries = max(figures["lookups"], default=0)
    margin = "none, for there is one class" if figures["margin"] is None else f"{figures['margin']:.4g}"
    say(
        f"{run}: {figures['layers']} layers with a state, width {figures['width']}, "
        f"largest lookup {entries}, smallest margin {margin}"
    )
