"""krohn tasks"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from .options import Imports, Json, load_imports
from .output import print_json, print_table, progress, say

Class = Literal["aperiodic", "abelian", "solvable", "nonsolvable", "nonregular", "timed", "binding"]

WHAT = {
    "aperiodic": "no group: resets are enough",
    "abelian": "groups that commute",
    "solvable": "groups made of abelian ones",
    "nonsolvable": "groups with a simple factor that is not abelian",
    "nonregular": "no finite machine",
    "timed": "clocks",
    "binding": "variables bound in a state of vectors",
    None: "not classified: the monoid passed its limit",
}


def command(
    *,
    class_: Annotated[Class | None, Parameter(name="--class", help="Only the tasks of one class.")] = None,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """List the tasks by class: a family once, with a default instance and its figures."""
    from ..generators.figures import figures
    from ..generators.tasks import families
    from ..generators.tasks import task as find_task

    load_imports(imports)
    listed = []
    with progress("tasks", "families") as update:  # the first call on a machine compiles what it runs
        for number, family in enumerate(families()):
            update(number, len(families()), family.name)
            listed.append((family.usage, figures(find_task(family.example))))
    if class_ is not None:
        listed = [(usage, row) for usage, row in listed if row["class"] == class_]
    if json:
        print_json([row for _, row in listed])
        return
    if not listed:
        say(f"no task is of class {class_}")
        return
    found = {row["class"] for _, row in listed}
    sections = [(name, what) for name, what in WHAT.items() if name in found]
    widths = _widths(listed)
    for name, what in sections:
        rows = [_cells(usage, row, widths) for usage, row in listed if row["class"] == name]
        print_table(COLUMNS, rows, title=f"{name or 'unknown'}: {what}")


COLUMNS = ("task", "family", "labels", "symbols", "outputs", "states", "monoid", "groups", "chance")


def _widths(listed: list[tuple[str, dict[str, Any]]]) -> tuple[int, int]:
    """The first columns of all sections are as wide, so that the sections read as one table."""
    return max(len(row["name"]) for _, row in listed), max(len(usage) for usage, _ in listed)


def _cells(usage: str, row: dict[str, Any], widths: tuple[int, int]) -> tuple[Any, ...]:
    groups = ", ".join(row["groups"] or ())
    return (
        row["name"].ljust(widths[0]),
        usage.ljust(widths[1]),
        row["readout"].ljust(8),
        row["alphabet"],
        row["outputs"],
        row["states"],
        row["monoid"],
        groups,
        row["chance"],
    )
