"""Write docs/tasks.md, the reference of every family: `python docs/list_tasks.py docs/tasks.md`."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from krohn.generators.families import Family
from krohn.generators.kinds import Classes, Readout, SymbolSets, TimedSymbols, Vectors
from krohn.generators.task import Task
from krohn.generators.tasks import families

LENGTH = 13
# How symbols and classes are written below where no machine names them; otherwise by their numbers.
GLYPHS = {
    "mod-brackets": ("01234+-*()", ""),
    "solve-equation": ("01234+-*()x=", ""),
    "binary-addition": ("01+", "01$"),
    "binary-multiplication": ("01*", "01$"),
    "marked-copy": ("01#", ""),
    "marked-reversal": ("01#", ""),
    "missing-duplicate": ("01_", ""),
    "stack-manipulation": ("", "01$"),
    "shuffle-dyck": ("([)]", ""),
}
OPENING = """# Tasks

Every family with its rule, its words and an example: the first word of the task's training stream at seed 0 and a
length near {length}. This page is written by `python docs/list_tasks.py docs/tasks.md`.

A name may carry parameters after colons; those in brackets may be left out. Symbols and classes are numbered from 0;
examples write them as their machine names them, or as an expression; `$` ends an answer. A label stands below its
position, `·` where there is none; the readout says where labels are:

- `prefix`: after every input (where there is one);
- `final`: after the last input;
- `sequence`: the answer, read while the extra symbol `compute` (the number after the last symbol) is fed.

"""


def names_of(task: Task, family: Family) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how the symbols and the classes are written."""
    symbols, classes = (tuple(glyphs) for glyphs in GLYPHS.get(family.name, ("", "")))
    if task.machine is None:
        return symbols, classes
    return task.machine.names.symbols, task.machine.names.classes


def written(values: list[int], names: tuple[str, ...]) -> list[str]:
    """Return symbols or classes by their names, else by their numbers."""
    return ["·" if value == -100 else names[value] if value < len(names) else str(value) for value in values]


def vectors(rows: NDArray[np.float64]) -> list[str]:
    """Return vectors: signs as + and -, other numbers as they are, a zero vector as 0, an absent one as ·."""
    shown = []
    for row in rows:
        if np.isnan(row).all():
            shown.append("·")
        elif not row.any():
            shown.append("0")
        elif (np.abs(row) == 1).all():
            shown.append("".join("+" if x > 0 else "-" for x in row))
        else:
            shown.append(",".join(f"{x:.3g}" for x in row))
    return shown


def table(columns: list[list[str]]) -> str:
    """Return lines of cells, each column as wide as its widest."""
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    return "\n".join(
        " ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in columns
    )


def example(task: Task, family: Family) -> str:
    """Return the first word and its labels, one below the other."""
    possible = [int(n) for n in task.source.lengths(1, 4 * LENGTH)]
    wanted = possible[0] + 2 if isinstance(task.inputs, Vectors) else LENGTH
    length = min(possible, key=lambda n: (abs(n - wanted), n))
    words = task.sample(1, (length, length))
    symbols, classes = names_of(task, family)
    inputs: list[str] = (
        vectors(words.symbols[0])
        if isinstance(task.inputs, Vectors)
        else written([int(symbol) for symbol in words.symbols[0, :length]], symbols)
    )
    if words.delays is not None:
        inputs = [f"{x}@{d:g}" for x, d in zip(inputs, words.delays[0, :length].tolist(), strict=True)]
    labels: Any = words.labels[0]
    if isinstance(task.targets, SymbolSets):
        ends = (*symbols, "end") if symbols else ()
        sets = [[v for v in range(task.targets.size) if row[v] == 1] for row in labels[:length]]
        answers = ["{" + " ".join(written(found, ends)) + "}" for found in sets]
    elif isinstance(task.targets, Classes):
        begin = {Readout.PREFIX: 0, Readout.FINAL: length - 1, Readout.SEQUENCE: length}[task.readout]
        end = len(labels) if task.readout is Readout.SEQUENCE else length
        answers = written([int(label) for label in labels[begin:end]], classes)
    else:
        answers = vectors(labels)
    if task.readout is Readout.PREFIX:
        return table([["word", *inputs], ["labels", *answers]])
    return f"  word {' '.join(inputs)}\n{'label' if len(answers) == 1 else 'answer':>6} {' '.join(answers)}"


def size_of(task: Task) -> str:
    """Return the inputs, the targets and the readout in words."""
    if isinstance(task.inputs, Vectors):
        inputs = f"vectors of {task.inputs.dimension}"
    else:
        inputs = f"{task.inputs.size} symbols"
        if isinstance(task.inputs, TimedSymbols):
            inputs += " with " + ("real" if task.inputs.dense else "whole") + " delays"
    if isinstance(task.targets, Classes):
        targets = f"{task.targets.size} classes"
    elif isinstance(task.targets, SymbolSets):
        targets = f"sets of {task.targets.size}"
    else:
        targets = f"vectors of {task.targets.dimension}"
    return f"{inputs}, {targets}, readout {task.readout.value}"


def page() -> str:
    """Return the page."""
    parts = [OPENING.format(length=LENGTH)]
    for family in families():
        task = family.make(family.example, family.example.split(":")[1:])
        text = inspect.getdoc(family.build) or ""
        parts.append(f"## `{family.usage}`\n\n{text.replace('``', '`')}\n\n")
        parts.append(f"`{task.name}`: {size_of(task)}.\n\n```text\n{example(task, family)}\n```\n\n")
    return "".join(parts).rstrip("\n") + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
