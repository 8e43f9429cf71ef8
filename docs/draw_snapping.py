"""Write the tables of docs/snapping.md and draw its figure from docs/snapping.json: python docs/draw_snapping.py"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from krohn.automata.drawing.files import write_figure
from krohn.files import read_json

HERE = Path(__file__).parent
LENGTHS = (40, 256, 1024, 4096, 16384)
COLOURS = {
    "as trained": "C7",
    "over-fine": "C1",
    "snapped": "C0",
    "pulled, snapped": "C2",
}
"""Variants in their order, and how they are drawn; disturbed constructions follow and are not."""
Rows = list[dict[str, Any]]


def table(rows: Rows) -> str:
    """Return a row a run: accuracy by length, wrong labels in ten words of a million symbols."""
    heads = [f"{length:,}" for length in LENGTHS]
    lines = [
        f"| task | seed | phases | lattice | {' | '.join(heads)} | wrong of 10,000,000 | proven |",
        f"|---|---|---|---|{'---|' * len(heads)}---|---|",
    ]
    for row in rows:
        front = f"| `{row['task']}` | {row['seed']} | {row['variant']} | {row['lattice'] or '-'} | "
        if "accuracy" not in row:
            lines.append(front + "every lattice loses labels | " + "| " * (len(heads) + 1))
            continue
        proven = f"{row['states']:,} states" if row["states"] else ""
        errors = "-" if row["errors"] is None else f"{row['errors']:,}"
        cells = [f"{accuracy:.3f}" for accuracy in row["accuracy"]]
        lines.append(front + f"{' | '.join(cells)} | {errors} | {proven} |")
    return "\n".join(lines)


def figure(rows: Rows) -> Figure:
    """Return accuracy against length: a panel a task, a colour a variant, a line a seed."""
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    made = Figure(figsize=(3 * -(-len(tasks) // 2), 4.8), layout="constrained")
    panels = made.subplots(2, -(-len(tasks) // 2), sharex=True, sharey=True, squeeze=False).flatten()
    for panel, task in zip(panels, tasks, strict=False):
        for row in rows:
            if row["task"] == task and row["variant"] in COLOURS and "accuracy" in row:
                style = {"color": COLOURS[row["variant"]], "marker": "o", "markersize": 3, "linewidth": 1}
                panel.semilogx(LENGTHS, row["accuracy"], **style, label=row["variant"])
        panel.set_title(task, fontsize=10)
        panel.set_ylim(-0.03, 1.03)
        panel.spines[["top", "right"]].set_visible(False)
    for panel in panels[len(tasks) :]:
        panel.set_axis_off()
    shown = {
        name: line for panel in panels for line, name in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    made.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=3, frameon=False)
    made.supxlabel("length of the word")
    made.supylabel("accuracy")
    return made


def main() -> None:
    """Write and draw."""
    rows = read_json(HERE / "snapping.json")
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    variants = list(dict.fromkeys([*COLOURS, *(row["variant"] for row in rows)]))
    rows.sort(
        key=lambda row: (
            tasks.index(row["task"]),
            row["variant"] not in COLOURS,
            row["seed"],
            variants.index(row["variant"]),
        )
    )
    page = HERE / "snapping.md"
    mark = re.compile(r"(<!-- rows -->\n).*?(<!-- end -->)", re.DOTALL)
    page.write_text(mark.sub(lambda found: f"{found[1]}{table(rows)}\n{found[2]}", page.read_text()))
    write_figure(HERE / "pictures" / "snapping.svg", figure(rows))


if __name__ == "__main__":
    main()
