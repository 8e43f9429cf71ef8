"""Write the tables of the manual that are computed: peers' conventions, and what the audit finds in them.

python docs/write_tables.py            # write all
python docs/write_tables.py conventions
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from krohn.generators.audit.audit import audit_task
from krohn.generators.conventions.registry import CONVENTIONS, convention_task
from krohn.generators.conventions.row import Dressed
from krohn.generators.task import Task

HERE = Path(__file__).parent
INSTANCES = {"word": "word:S5", "cycle": "cycle:5", "gridworld": "gridworld:5", "dihedral": "dihedral:5"}
INSTANCES |= {"permutation-reset": "permutation-reset:S3", "flipflop": "flipflop:2"}
OURS = {
    "cycle:8": "cycle:8",
    "majority:11": "majority:11",
    "missing-duplicate:9": "missing-duplicate:9",
    "word:S5:three": "word:S5",
    "unmarked-reversal": "marked-reversal",
}


def rows() -> Iterator[tuple[str, str, Task]]:
    """Yield each convention's tasks, a family by an instance."""
    for convention, table in CONVENTIONS.items():
        for name in table:
            full = INSTANCES.get(name, name)
            yield convention, full, convention_task(convention, full)


def conventions() -> str:
    """Return a row a task and peer, with an example word."""
    lines = ["| convention | task | rule | word | label |", "|---|---|---|---|---|"]
    for convention, name, task in rows():
        assert isinstance(task.source, Dressed)
        word, label = example(task)
        lines.append(f"| {convention} | `{name}` | {task.source.row.rule} | `{word}` | `{label}` |")
    return "\n".join(lines)


def example(task: Task) -> tuple[str, str]:
    """Return the first word that a task draws of length 8 to 12, and its labels (· where a position has none)."""
    words = task.sample(1, (8, 12), seed=0, split="example")
    length = int(words.lengths[0])
    known = words.labelled[0]
    labels = [str(x) if there else "·" for x, there in zip(words.labels[0], known, strict=True)]
    if task.readout.value == "prefix":
        labels = labels[:length]
    else:
        labels = [label for label, there in zip(labels, known, strict=True) if there]
    return " ".join(map(str, words.symbols[0, :length])), " ".join(labels)


def findings() -> str:
    """Return what the audit calls a defect, for every peer's tasks and for Krohn's own beside them."""
    lines = ["| convention | task | defects at 1-40 | defects at 41-256 | ours |", "|---|---|---|---|---|"]
    for convention, name, task in rows():
        ours = OURS.get(name, name)
        cells = [_defects(task, lengths) for lengths in ("1-40", "41-256")]
        own = (
            "; ".join(filter(None, {_defects(convention_task("krohn", ours), "41-256")} - {"none"})) or "none"
        )
        lines.append(f"| {convention} | `{name}` | {cells[0]} | {cells[1]} | {own} |")
    return "\n".join(lines)


def _defects(task: Task, lengths: str) -> str:
    found = [f for f in audit_task(task) if f.verdict == "defect" and f.lengths == lengths]
    told = [
        f"{f.check} {f.value:.3f} ({f.expected:.3f})"
        if f.interval
        else f"{f.check}: {f.value:,.0f}, {f.note}"
        for f in found
    ]
    return "; ".join(told) or "none"


TABLES = {"conventions": conventions, "findings": findings}
PAGES = {"conventions": HERE / "conventions.md", "findings": HERE / "audit.md"}


def filled(page: str, name: str) -> str:
    """Return a page with one table between its marks."""
    mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    table = TABLES[name]()
    return mark.sub(lambda found: f"{found[1]}{table}\n{found[2]}", page)


if __name__ == "__main__":
    for table in sys.argv[1:] or TABLES:
        path = PAGES[table]
        path.write_text(filled(path.read_text(), table))
