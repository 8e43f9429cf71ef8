"""A machine told to a person: what it is made of, what class it is in, what follows from that."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..automata.algebra.verdict import Verdict
    from ..automata.decomposition import Cascade
    from ..automata.machine import Machine

WIDTH = 100
MOST_CELLS = 60
"""A larger transition table is a matter for a file."""
MOST_BOXES = 6
MOST_CELLS_ACROSS = 12
MOST_ELEMENTS = 20_000


def lines_of(
    row: Mapping[str, Any], machine: Machine, found: Verdict, cascade: Cascade | None, why_not: str
) -> Iterator[str]:
    """Yield the lines that `krohn show` prints of a machine.

    Parameters
    ----------
    row : mapping
        Its figures (`krohn.generators.figures.figures`).
    machine : Machine
        The minimal one.
    found : Verdict
    cascade : Cascade or None
        Its decomposition; `why_not` says why there is none.
    """
    from ..automata.minimise import minimise

    yield row["name"]
    chance = "" if row["chance"] is None else f", chance {row['chance']:.3f} ({row['readout']} labels)"
    counts = ((machine.states, "state"), (machine.symbols, "symbol"), (machine.classes, "class"))
    yield from _entry("machine", ", ".join(_count(number, noun) for number, noun in counts) + chance)
    if machine.states * machine.symbols <= MOST_CELLS:
        yield from _transitions(minimise(machine))
    if found.limit_reached:
        yield from _entry("monoid", str(found.reason).removeprefix("monoid of "))
        yield from _entry("class", "unknown: the groups of the cascade are in the monoid, there may be more")
    else:
        resets = "it forgets" if found.resets else "a group: it forgets nothing"
        yield from _entry("monoid", f"{_count(found.monoid or 0, 'element')}; {resets}")
        yield from _entry("class", _class(found))
        for group in found.subgroups:
            factors = ", ".join(group.factors)
            length = (
                "not solvable" if group.derived_length is None else f"derived length {group.derived_length}"
            )
            yield from _entry("group", f"{group.name}: order {group.order:,}, {length}, made of {factors}")
        finer = [name for name in found.classes if name not in ("aperiodic", "group")]
        if finer:
            yield from _entry("also", ", ".join(finer))
        yield from _boxes(found, machine)
        yield from _entry("circuits", f"{found.circuit}: {found.theorem}")
    if cascade is None:
        yield from _entry("cascade", why_not)
    else:
        yield from _entry("cascade", _cascade(cascade))
    yield from _models(found)


def _models(found: Verdict) -> Iterator[str]:
    from ..automata.algebra.expressivity import expressivity

    for number, row in enumerate(expressivity(found)):
        text = f"{'yes' if row.possible else 'no':<4}{row.models}: {row.reason} ({row.source})"
        yield from _entry("models" if not number else "", text, hanging=4)


def _boxes(found: Verdict, machine: Machine) -> Iterator[str]:
    from ..automata.algebra.green import GreenRelations
    from ..automata.algebra.monoid import TransitionMonoid

    if not found.resets:  # a group is one cell, however many elements it has
        yield from _entry("D-classes", f"1 x 1 cells of {_count(found.monoid or 0, 'element')}, 1 group")
        return
    if (found.monoid or MOST_ELEMENTS) >= MOST_ELEMENTS:
        return
    green = GreenRelations(TransitionMonoid.of(machine.semiautomaton))
    for d in range(min(green.d_classes, MOST_BOXES)):
        box = green.egg_box(d)
        groups = int(box.groups.sum())
        cells = f"{len(box.rows)} x {len(box.columns)} cells of {_count(box.cell, 'element')}"
        inside = "no group" if not groups else f"{_count(groups, 'group')}"
        yield from _entry("D-classes" if not d else "", f"{cells}, {inside}")
        if 1 < len(box.rows) <= MOST_CELLS_ACROSS >= len(box.columns) > 1:
            for line in str(box).splitlines()[1:]:
                yield f"{'':<16}{line}"
    if green.d_classes > MOST_BOXES:
        yield from _entry("", f"and {green.d_classes - MOST_BOXES} more")


def _class(found: Verdict) -> str:
    if found.kind == "nonsolvable":
        return f"not solvable: {', '.join(found.simple_factors)} is in it"
    if found.kind == "solvable":
        return f"solvable, derived length {found.derived_length}"
    return str(found.kind)


def _cascade(cascade: Cascade) -> str:
    if not cascade.levels:
        return "no level: there is nothing to remember"
    count = _count(len(cascade.levels), "permutation-reset level")
    groups = "no group" if not cascade.groups else _count(cascade.groups, "group")
    largest = _count(cascade.largest_table, "entry")
    return (
        f"{', '.join(cascade.names)} (from the input on, in {count}; {groups}; largest table {largest}; "
        f"found by {cascade.method}, proved)"
    )


def _transitions(machine: Machine) -> Iterator[str]:
    names = machine.names
    header = ["", *(names.symbol(x) for x in range(machine.symbols)), "output"]
    rows = [header]
    for q in range(machine.states):
        start = "> " if q == machine.start else ""
        targets = [names.state(int(p)) for p in machine.delta[q]]
        rows.append([start + names.state(q), *targets, names.output(int(machine.outputs[q]))])
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for number, cells in enumerate(rows):
        text = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        yield f"  {'table' if not number else '':<10}{text}".rstrip()


def _entry(key: str, text: str, hanging: int = 0) -> Iterator[str]:
    indent = " " * (12 + hanging)
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=f"  {key:<10}", subsequent_indent=indent, break_long_words=False
    )


def _count(number: int, noun: str) -> str:
    plural = {"class": "classes", "entry": "entries"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"
