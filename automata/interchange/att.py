"""AT&T text, which OpenFst, foma and HFST read and print: acceptors, and Moore machines as transducers.

A line is ``source target symbol`` for an acceptor, ``source target symbol output`` for a machine with outputs,
or a final state; the start is the source of the first line. Tables beside the file, ``NAME.isyms``,
``NAME.osyms`` and ``NAME.ssyms``, list symbols, outputs and states with their numbers. A state that no transition
enters, as a start may be, has the output that its table lists first.

Source: https://www.openfst.org/twiki/bin/view/FST/FstQuickTour
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...errors import RequestError
from ..machine import Machine
from .acceptors import is_acceptor
from .att_tables import Table, read_name, read_table, table_text, written
from .collector import Collector
from .numbering import as_numbers
from .source import Source

EPSILON = {"<eps>", "<epsilon>", "ε", "@0@", "@_EPSILON_SYMBOL_@"}
ONE = {"0", "0.0", "-0", "-0.0"}
"""What a path of no cost weighs."""

NONE = Table((), None)
Line = tuple[int, list[str]]


def looks_like_att(source: Source) -> bool:
    """Return whether the first line could be one of AT&T text, whose states are numbers or in a table.

    Examples
    --------
    >>> looks_like_att(Source(Path("m"), "0 1 a")), looks_like_att(Source(Path("m"), "once upon a time"))
    (True, False)
    """
    fields = source.text.lstrip()[:1000].partition("\n")[0].split()
    named = source.path.with_suffix(".ssyms").is_file()
    return 1 <= len(fields) <= 5 and (named or all(re.fullmatch("[0-9]+", field) for field in fields[:2]))


def read(source: Source, complete: bool = False) -> Machine:
    """Return the machine in a file and the tables beside it.

    Raises
    ------
    DamagedFileError
        For a line that is neither a transition nor a final state, and for a damaged table.
    RequestError
        For ε, a weight, a transducer with states that are not final, and what `Collector.machine` refuses.
    """
    inputs, outputs = read_table(source, ".isyms"), read_table(source, ".osyms")
    states = read_table(source, ".ssyms", states=True)
    steps, finals = _lines(source, named=states is not None)
    width = _width(source, steps, outputs is not None)
    for number, fields in finals:
        _no_weight(source, number, fields[1:])
    collector = Collector(source)
    for number, fields in steps:
        collector.transition(fields[0], fields[2], fields[1], number)
        if width == 4:
            collector.output(fields[1], fields[3], number)
    _no_epsilon(source, steps, inputs)
    final = {fields[0] for _, fields in finals}
    for name in sorted(final):
        _ = collector.states[name]
    if width == 3:
        collector.accepting = final
    elif outputs and outputs.first:
        for name in collector.states:
            collector.outputs.setdefault(name, outputs.first)
    for name in collector.states:
        if width == 4 and name not in final:
            raise source.refused(
                None,
                f"state {name!r} is not final, though transitions have outputs: expected all to be final",
            )
    return collector.machine(
        steps[0][1][0],
        complete,
        states=(states or NONE).names,
        symbols=(inputs or NONE).names,
        classes=(outputs or NONE).names,
        entered=width == 4,
    )


def _lines(source: Source, named: bool) -> tuple[list[Line], list[Line]]:
    lines = source.text.split("\n")
    if lines.pop():
        raise source.damaged(
            len(lines) + 1, "a line without an end: expected a newline; the file may be cut short"
        )
    steps: list[Line] = []
    finals: list[Line] = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) > 5:
            raise source.damaged(
                number, f"{len(fields)} fields: expected 'source target symbol', or 'state' where it is final"
            )
        fields = [read_name(field) for field in fields]
        (steps if len(fields) > 2 else finals).append((number, fields))
        for name in fields[: 2 if len(fields) > 2 else 1]:
            if not named and not re.fullmatch("[0-9]+", name):
                beside = source.path.with_suffix(".ssyms").name
                raise source.damaged(number, f"state {name!r}: expected a whole number, or a table {beside}")
    if not steps:
        raise source.refused(None, "no transition: expected lines 'source target symbol'")
    return steps, finals


def _width(source: Source, steps: list[Line], outputs: bool) -> int:
    # How many fields say a transition; what follows is a weight. In HFST an acceptor puts out its symbols.
    width = 4 if outputs else min(4, *(len(fields) for _, fields in steps))
    for number, fields in steps:
        if len(fields) < width:
            raise source.damaged(number, f"{len(fields)} fields: expected 'source target symbol output'")
        _no_weight(source, number, fields[width:])
    if width == 4 and not outputs:
        if all(re.fullmatch(r"-?[0-9]+\.[0-9]+|inf(inity)?", fields[3].lower()) for _, fields in steps):
            _no_weight(source, steps[0][0], steps[0][1][3:])
            return 3
        if all(fields[2] == fields[3] for _, fields in steps):
            return 3
    return width


def _no_weight(source: Source, number: int, fields: list[str]) -> None:
    for field in fields:
        if field not in ONE:
            raise source.refused(
                number, f"the weight {field!r}: expected none, as machines here have no weights"
            )


def _no_epsilon(source: Source, steps: list[Line], inputs: Table | None) -> None:
    # Without a table, files of numbers mean ε by 0, as OpenFst does.
    numeric = as_numbers(fields[2] for _, fields in steps) is not None
    epsilon = {inputs.epsilon} if inputs else EPSILON | ({"0"} if numeric else set())
    for number, fields in steps:
        if fields[2] in epsilon:
            beside = source.path.with_suffix(".isyms").name
            raise source.refused(
                number,
                f"symbol {fields[2]!r} is ε: expected a symbol"
                + ("" if inputs else f", or a table {beside} that gives it another number than 0"),
            )


def files(machine: Machine, path: Path) -> dict[Path, str]:
    """Return the text of a machine and of the tables beside it.

    An acceptor (see `is_acceptor`) has final states; any other machine is a transducer whose states are all final.

    Raises
    ------
    RequestError
        For names that are empty, ``<eps>`` or hold blanks other than spaces and tabs, and for a transducer with
        states of different classes that no transition enters, as outputs are those of transitions.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> texts = files(counter(2), Path("parity.att"))
    >>> [path.name for path in texts], texts[Path("parity.att")].split("\\n")
    (['parity.att', 'parity.isyms'], ['0 0 0', '1', '0 1 1', '1 1 0', '1 0 1', ''])
    """
    names, delta, outputs = machine.names, machine.delta.tolist(), machine.outputs.tolist()
    symbols = [names.symbol(x) for x in range(machine.symbols)]
    classes = [names.output(c) for c in range(machine.classes)]
    states = [names.state(q) for q in range(machine.states)]
    acceptor = is_acceptor(machine)
    texts = {path.with_suffix(".isyms"): table_text("symbol", symbols)}
    if not acceptor:
        unread = sorted(set(range(machine.states)) - set(np.unique(machine.delta).tolist()))
        first = outputs[unread[0]] if unread else 0
        for q in unread:
            if outputs[q] != first:
                raise RequestError(
                    f"states {states[unread[0]]!r} and {states[q]!r} have different classes and no transition enters "
                    "them: in AT&T text outputs are those of transitions; expected another format"
                )
        texts[path.with_suffix(".osyms")] = table_text("class", classes, first=first)
    if names.states:
        texts[path.with_suffix(".ssyms")] = table_text("state", states, states=True)
    if path in texts:
        raise RequestError(f"{path}: expected another ending, which that of a table is")
    lines = []
    for q in sorted(range(machine.states), key=lambda q: q != machine.start):  # the start comes first
        for x, target in enumerate(delta[q]):
            fields = [
                states[q],
                states[target],
                symbols[x],
                *([] if acceptor else [classes[outputs[target]]]),
            ]
            lines.append(" ".join(map(written, fields)) + "\n")
    # Before the other transitions, so that a file that is cut short lacks some of those, which is seen.
    lines[1:1] = [f"{written(states[q])}\n" for q in range(machine.states) if not acceptor or outputs[q]]
    return {path: "".join(lines), **texts}
