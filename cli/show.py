"""krohn show"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import RequestError
from .options import Imports, Json, load_imports
from .output import print_json, say

if TYPE_CHECKING:
    from ..automata.decomposition import Cascade


def command(
    task: str | None = None,
    /,
    *,
    regex: str | None = None,
    alphabet: str | None = None,
    file: Path | None = None,
    dot: Annotated[Path | None, Parameter(help="Write the machine as a GraphViz file.")] = None,
    svg: Annotated[Path | None, Parameter(help="Draw the machine.")] = None,
    cascade: Annotated[
        Path | None,
        Parameter(help="Write the decomposition: a drawing (.svg, .png) or all its tables (.json)."),
    ] = None,
    limit: int = 1_000_000,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Show one machine: its states, its monoid and groups, its class and what follows, its cascade.

    Of a timed automaton also clocks, guards and resets; the machine is then that of whole time steps.

    Parameters
    ----------
    task
        Such as parity, count:5, word:S5, tomita:5.
    regex
        A regular expression instead of a task.
    alphabet
        The letters of the regular expression, such as abc [those that stand in it].
    file
        A machine in a file instead of a task (docs/formats.md): JSON, DOT, AT&T, GAP, UPPAAL, TChecker.
    limit
        Most elements of the monoid, and most entries of the cascade's tables.
    """
    from ..automata.algebra.verdict import verdict
    from ..automata.decomposition import decompose
    from ..automata.minimise import minimise
    from ..automata.sources import machine as machine_of
    from ..generators.figures import figures
    from ..generators.task import Readout, machine_task
    from ..generators.tasks import task as find_task
    from ..names import positive
    from .describe import lines_of

    if sum(given is not None for given in (task, regex, file)) != 1:
        raise RequestError(
            "show what: expected one of a task's name, --regex and --file, such as krohn show parity"
        )
    if alphabet is not None and regex is None:
        raise RequestError(f"--alphabet {alphabet!r}: expected with --regex only")
    positive("limit", limit)
    load_imports(imports)
    if regex is not None:
        shown = machine_task(f"regex:{regex}", machine_of(regex=regex, alphabet=alphabet), Readout.PREFIX)
    else:
        shown = find_task(str(task) if file is None else _task_of(file))
    row = figures(shown, limit)
    if shown.machine is None:
        if cascade or svg or dot:
            raise RequestError(f"task {shown.name!r} has no finite machine: there is nothing to draw")
        _print_figures({**row, "decomposition": None}, json)
        return
    machine = minimise(shown.machine)
    levels, why_not = None, ""
    try:
        levels = decompose(machine, limit)
    except RequestError as error:
        if cascade is not None:
            raise
        why_not = str(error)
    if dot is not None:
        from ..automata.interchange import write_machine

        write_machine(machine, dot, "dot")
        say(f"{dot} is written")
    if svg is not None:
        from ..automata.drawing import draw_machine

        draw_machine(machine, svg)
        say(f"{svg} is drawn")
    if cascade is not None and levels is not None:
        _write_cascade(levels, cascade)
    if json:
        print_json({**row, "decomposition": list(levels.names) if levels is not None else None})
        return
    automaton = getattr(shown.source, "automaton", None)
    if automaton is not None:
        from ..automata.timed.describe import describe

        print("\n".join([*describe(automaton), ""]))
    print("\n".join(lines_of(row, machine, verdict(machine, limit), levels, why_not)))


def _task_of(file: Path) -> str:
    from ..automata.interchange import read_machine
    from ..automata.machine import Machine
    from ..generators.machine_files import machine_file

    kind = "file" if isinstance(read_machine(machine_file(str(file))), Machine) else "timed:file"
    return f"{kind}:{file}"


def _write_cascade(levels: Cascade, path: Path) -> None:
    from ..automata.drawing.cascade import draw_cascade
    from ..files import write_json

    if path.suffix == ".json":
        write_json(path, {"schema_version": 1, **levels.to_json()})
    else:
        draw_cascade(levels, path)
    say(f"{path} is written")


def _print_figures(row: dict[str, object], json: bool) -> None:
    from .output import print_table

    if json:
        print_json(row)
        return
    print_table(("", ""), [(key.replace("_", " "), value) for key, value in row.items() if value is not None])
