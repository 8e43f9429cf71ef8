"""krohn show"""

from __future__ import annotations

from .options import Imports, Json, load_imports
from .output import print_json, print_table


def command(task: str, /, *, json: Json = False, imports: Imports = None) -> None:
    """Show the figures of one task.

    Parameters
    ----------
    task
        Such as parity, count:5, word:S5, flipflop:2.
    """
    from ..generators.figures import figures
    from ..generators.tasks import task as find_task

    load_imports(imports)
    row = {**figures(find_task(task)), "decomposition": None}
    if json:
        print_json(row)
        return
    print_table(("", ""), [(key.replace("_", " "), value) for key, value in row.items() if value is not None])
