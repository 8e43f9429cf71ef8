"""The formats of files, by name; the one that a file has, by its ending and content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ...errors import KrohnError, RequestError
from ...files import write_bytes
from ...names import lookup
from ..machine import Machine
from ..timed.automaton import TimedAutomaton
from . import att, dot, gap, krohn_json, one_clock, tchecker, uppaal
from .source import Source, read_source

AnyMachine = Machine | TimedAutomaton


class Reader(Protocol):
    """A function that reads a machine."""

    def __call__(self, source: Source, complete: bool = False) -> AnyMachine: ...


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes
    ----------
    name : str
    endings : tuple of str
        The first is the usual one.
    holds : type, or types
        What it can hold.
    read : callable
        ``read(source, complete)`` returns the machine in a file.
    files : callable
        ``files(machine, path)`` returns the text of each file to write.
    """

    name: str
    endings: tuple[str, ...]
    holds: type | tuple[type, ...]
    read: Reader
    files: Callable[[Any, Path], dict[Path, str]]


def _one_file(text: Callable[[Any], str]) -> Callable[[Any, Path], dict[Path, str]]:
    return lambda machine, path: {path: text(machine)}


FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
        Format("krohn", (".json",), (Machine, TimedAutomaton), krohn_json.read, _one_file(krohn_json.text)),
        Format("dot", (".dot", ".gv"), Machine, dot.read, _one_file(dot.text)),
        Format(
            "learnlib",
            (".dot",),
            Machine,
            dot.read,
            _one_file(lambda machine: dot.text(machine, one_edge_a_symbol=True)),
        ),
        Format("att", (".att", ".fst"), Machine, att.read, att.files),
        Format("gap", (".g", ".gap"), Machine, gap.read, _one_file(gap.text)),
        Format("one-clock", (".json",), TimedAutomaton, one_clock.read, _one_file(one_clock.text)),
        Format("uppaal", (".xml",), TimedAutomaton, uppaal.read, _one_file(uppaal.text)),
        Format("tchecker", (".tck",), TimedAutomaton, tchecker.read, _one_file(tchecker.text)),
    )
}


def read_machine(path: Path | str, format: str | None = None, complete: bool = False) -> AnyMachine:
    """Return the machine in a file.

    Parameters
    ----------
    path : Path or str
    format : str, optional
        One of `FORMATS`; where not given, that of the ending, or of the content.
    complete : bool
        Whether transitions that an acceptor lacks lead to a rejecting sink; refused otherwise.

    Returns
    -------
    Machine or TimedAutomaton

    Raises
    ------
    RequestError
        Where there is no such file, it is too large, its format is not known, or what it says is no deterministic,
        complete machine; with the line or element.
    DamagedFileError
        Where the file is not well-formed or is cut short, with the line or element.

    Examples
    --------
    >>> import tempfile
    >>> from krohn.automata.counters import counter
    >>> path = Path(tempfile.mkdtemp()) / "parity.dot"
    >>> write_machine(counter(2), path)
    >>> read_machine(path) == counter(2)
    True
    """
    path = Path(path)
    chosen = None if format is None else lookup("format", format, FORMATS)
    source = read_source(path)
    if chosen is not None:
        return chosen.read(source, complete)
    seen = recognise(source)
    if path.suffix.lower() == ".json":
        return FORMATS[seen if seen == "one-clock" else "krohn"].read(source, complete)
    chosen = _by_ending(path)
    if chosen is None and seen is None:
        raise RequestError(
            f"{path}: neither its ending nor its content is known: expected {_endings()}, or a format: "
            + ", ".join(FORMATS)
        )
    chosen = chosen or FORMATS[str(seen)]
    try:
        return chosen.read(source, complete)
    except KrohnError as error:
        if seen in (None, chosen.name):
            raise
        raise type(error)(f"{error}; read as {chosen.name} by its ending, but it looks like {seen}") from None


def write_machine(machine: AnyMachine, path: Path | str, format: str | None = None) -> None:
    """Write a machine to a file, whole or not at all.

    Parameters
    ----------
    machine : Machine or TimedAutomaton
    path : Path or str
        AT&T text writes its tables beside it, with the endings ``.isyms``, ``.osyms`` and ``.ssyms``.
    format : str, optional
        One of `FORMATS`; where not given, that of the ending.

    Raises
    ------
    RequestError
        For an ending that is not known, and for what the format cannot hold.
    StorageError
        Where the file cannot be written.
    """
    path = Path(path)
    chosen = _by_ending(path) if format is None else lookup("format", format, FORMATS)
    if chosen is None:
        raise RequestError(
            f"{path}: its ending is not known: expected {_endings()}, or a format: {', '.join(FORMATS)}"
        )
    if not isinstance(machine, chosen.holds):
        kind = "a finite machine" if isinstance(machine, Machine) else "a timed automaton"
        fit = ", ".join(made.name for made in FORMATS.values() if isinstance(machine, made.holds))
        raise RequestError(f"format {chosen.name} cannot hold {kind}: expected one of {fit}")
    try:
        encoded = {target: text.encode() for target, text in chosen.files(machine, path).items()}
    except UnicodeEncodeError as error:
        raise RequestError(
            f"{error.object[error.start : error.end]!r} in a name is no character: expected text"
        ) from None
    for target, data in reversed(encoded.items()):  # the machine last: it is never there without its tables
        write_bytes(target, data)


def _by_ending(path: Path) -> Format | None:
    ending = path.suffix.lower()
    return next((made for made in FORMATS.values() if ending in made.endings), None)


def _endings() -> str:
    return ", ".join(dict.fromkeys(ending for made in FORMATS.values() for ending in made.endings))


def recognise(source: Source) -> str | None:
    """Return the name of the format that a file looks like, or None.

    Examples
    --------
    >>> [recognise(Source(Path("m"), text)) for text in ("digraph { s0 -> s1 }", "system:s", "Lorem ipsum")]
    ['dot', 'tchecker', None]
    """
    begin = source.text.lstrip()[:10_000]
    if begin.startswith("{"):
        return "one-clock" if _keys(source.text) >= {"tran", "sigma"} else "krohn"
    if begin.startswith("<"):
        return "uppaal"
    if re.match(
        r"(?:(?://|\#)[^\n]*\n\s*|/\*(?s:.*?)\*/\s*)*(?:strict\s+)?(?:di)?graph\b", begin, re.IGNORECASE
    ):
        return "dot"
    if re.match(r"(?:\#[^\n]*\n\s*)*system\s*:", begin):
        return "tchecker"
    if "Transformation" in begin or re.match(r"(?:\#[^\n]*\n\s*)*\w+\s*:=", begin):
        return "gap"
    return "att" if att.looks_like_att(source) else None


def _keys(text: str) -> set[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return set(re.findall(r'"(tran|sigma)"\s*:', text[:10_000]))
    return set(document) if isinstance(document, dict) else set()
