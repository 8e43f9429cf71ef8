r"""GAP: a semiautomaton as a list of transformations, a symbol each, states counted from 1.

Beside the list a file may set ``start`` (1 otherwise), ``outputs`` (the class of each state, counted from 0; each
state its own class otherwise), ``classes`` (their number, or names), ``symbols`` and ``states`` (names). A
transformation fixes every point that it does not list, and GAP prints none of the fixed points at its end.

Source: https://docs.gap-system.org/doc/ref/chap53.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...errors import RequestError
from ..labels import Names
from ..machine import Machine
from ..semiautomaton import Semiautomaton
from .collector import LARGEST_TABLE
from .gap_syntax import Reader, Transformation
from .source import Source

NAMES = ("start", "outputs", "classes", "symbols", "states")


def read(source: Source, complete: bool = False) -> Machine:
    """Return the machine in a file.

    Raises
    ------
    DamagedFileError
        Where the text is cut short or is no GAP, with the line.
    RequestError
        For statements that are no list of transformations and none of the values above, with the line.
    """
    found: dict[str, Any] = {}
    symbols: list[Transformation] | None = None
    reader = Reader(source)
    while reader.token.kind != "end":
        line, name = reader.token.line, ""
        if reader.token.kind == "name":
            name = reader.take().text
            if reader.token.kind != ":=":
                raise source.refused(
                    line, f"{name!r}: expected '{name} := …', a list of transformations or names"
                )
            reader.take()
        value = reader.value()
        if reader.token.kind in (";", ";;"):
            reader.take()
        elif reader.token.kind != "end":
            reader.expect(";")
        if name in NAMES:
            found[name] = value
        elif type(value) is list and value and all(isinstance(item, Transformation) for item in value):
            if symbols is not None:
                raise source.refused(line, "a second list of transformations: expected one")
            symbols = value
        else:
            raise source.refused(
                line,
                f"{name or 'a value'!r} is no list of transformations: expected one, and {', '.join(NAMES)}",
            )
    if symbols is None:
        raise source.refused(
            None, "no list of transformations: expected one, such as [ Transformation( [ 2, 1 ] ) ]"
        )
    return _machine(source, symbols, found)


def _machine(source: Source, symbols: list[Transformation], found: dict[str, Any]) -> Machine:
    for name, value in found.items():
        fits = {
            "start": type(value) is int,
            "outputs": _all(value, int),
            "classes": type(value) is int or _all(value, str),
        }
        if not fits.get(name, _all(value, str)):
            raise source.damaged(name, "expected a number for start, numbers for outputs, names otherwise")
    named, classes = found.get("states", []), found.get("classes")
    states = max(len(found.get("outputs", [])), len(named), *(max(images, default=1) for images in symbols))
    states = max(states, *(len(images) for images in symbols))
    if states * len(symbols) > LARGEST_TABLE:
        raise source.refused(
            None,
            f"{states} states and {len(symbols)} symbols: expected a table of at most {LARGEST_TABLE} entries",
        )
    start = found.get("start", 1)
    if not 1 <= start <= states:
        raise source.damaged("start", f"{start}: expected a state from 1 to {states}")
    delta = np.tile(np.arange(states)[:, None], len(symbols))
    for x, images in enumerate(symbols):
        delta[: len(images), x] = np.array(images, np.int64) - 1
    try:
        return Machine(
            Semiautomaton(delta),
            start - 1,
            found.get("outputs", range(states)),
            len(classes) if isinstance(classes, list) else classes,
            Names(
                tuple(found.get("symbols", [])),
                tuple(named),
                tuple(classes) if isinstance(classes, list) else (),
            ),
        )
    except RequestError as error:
        raise source.damaged(None, str(error)) from None


def _all(value: Any, kind: type) -> bool:
    return type(value) is list and all(type(item) is kind for item in value)


def text(machine: Machine) -> str:
    """Return a machine as GAP statements; GAP reads them with ``Read("FILE");``.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> print(text(counter(2)), end="")
    start := 1;;
    outputs := [ 0, 1 ];;
    classes := 2;;
    transformations := [
      Transformation( [ 1, 2 ] ),
      Transformation( [ 2, 1 ] )
    ];;
    """
    names = machine.names
    classes = _list(map(_quoted, names.classes)) if names.classes else str(machine.classes)
    lines = [f"start := {machine.start + 1};;", f"outputs := {_list(machine.outputs.tolist())};;"]
    lines.append(f"classes := {classes};;")
    for kind in ("symbols", "states"):
        if given := getattr(names, kind):
            lines.append(f"{kind} := {_list(map(_quoted, given))};;")
    rows = ",\n".join(f"  Transformation( {_list(row)} )" for row in (machine.delta.T + 1).tolist())
    lines.append(f"transformations := [\n{rows}\n];;")  # last: a file that is cut short lacks it
    return "\n".join(lines) + "\n"


def _list(items: Iterable[object]) -> str:
    return f"[ {', '.join(map(str, items))} ]"


def _quoted(name: str) -> str:
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(f"\\{ord(c):03o}" if ord(c) < 32 else c for c in text) + '"'
