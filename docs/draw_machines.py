"""Draw the machines and cascades of the manual: `python docs/draw_machines.py docs/pictures`."""

from __future__ import annotations

import sys
from pathlib import Path

import krohn
from krohn.automata.decomposition import decompose
from krohn.automata.drawing import draw_machine
from krohn.automata.drawing.cascade import draw_cascade

MACHINES = ("parity", "flipflop:2", "tomita:5", "word:S3", "regex:(ab|ba)*", "word:S4", "gridworld:4")
CASCADES = ("word:S4", "mod-ltr:5", "tomita:5", "regex:(a|b)*abb(a|b)*", "gridworld:4", "count:6")


def file_name(name: str) -> str:
    """Return what the picture of a task is called.

    Examples
    --------
    >>> file_name("regex:(ab|ba)*")
    'regex-ab-ba'
    """
    return "-".join("".join(c if c.isalnum() else " " for c in name).split())


def main(folder: Path) -> None:
    for name in MACHINES:
        machine = krohn.task(name).machine
        assert machine is not None
        # Not by GraphViz: every release of it draws a little differently.
        draw_machine(machine, folder / f"{file_name(name)}.svg", graphviz=False)
    for name in CASCADES:
        machine = krohn.task(name).machine
        assert machine is not None
        draw_cascade(decompose(machine), folder / f"cascade-{file_name(name)}.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
