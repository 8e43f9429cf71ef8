"""krohn tasks"""

from __future__ import annotations

from .options import Imports, Json, load_imports
from .output import print_json, print_table


def command(*, json: Json = False, imports: Imports = None) -> None:
    """List the tasks: a family once, with a default instance and its figures."""
    from ..generators.figures import figures
    from ..generators.tasks import families

    load_imports(imports)
    listed = families()
    rows = [figures(family.make(family.example, family.example.split(":")[1:])) for family in listed]
    if json:
        print_json(rows)
        return
    table = [
        (
            row["name"],
            family.usage,
            row["readout"],
            row["alphabet"],
            row["outputs"],
            row["states"],
            row["chance"],
        )
        for family, row in zip(listed, rows, strict=True)
    ]
    print_table(("task", "family", "readout", "symbols", "classes", "states", "chance"), table)
