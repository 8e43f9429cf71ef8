"""What a task's own rule lets be known without following it: declared by its source, or decided by the algebra."""

from __future__ import annotations

from ...automata.algebra.verdict import verdict
from ...automata.machine import Machine
from ..kinds import Classes
from ..task import Task

LIMIT = 20_000


def allowed(task: Task) -> dict[str, str]:
    """Return the kinds of predictors (`constant`, `length`, `first`, `last`, `bag`) that a rule allows, and why.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> allowed(task("count:5"))
    {'bag': 'its machine is commutative'}
    >>> sorted(allowed(task("last")))
    ['bag', 'last']
    """
    found = _by_machine(task.machine) if task.machine is not None else {}
    if not isinstance(task.targets, Classes):
        found["constant"] = "its labels are no classes that could be alike"
    return {**found, **task.source.hints}


def _by_machine(machine: Machine) -> dict[str, str]:
    told = verdict(machine, LIMIT)
    classes = told.classes
    found = {}
    if "commutative" in classes:
        found["bag"] = "its machine is commutative"
    elif told.kind in ("aperiodic", "abelian", "solvable"):
        found["bag"] = f"its machine is {told.kind}: a commutative image of it tells something"
    if "definite" in classes:
        found["last"] = "its machine is definite: the last symbols decide"
    elif told.resets:
        found["last"] = "its machine has resets: it forgets what came before"
    if "reverse definite" in classes:
        found["first"] = "its machine is reverse definite: the first symbols decide"
    elif "generalised definite" in classes:
        found["first"] = "its machine is generalised definite: the first and last symbols decide"
        found["last"] = found["first"]
    return found
