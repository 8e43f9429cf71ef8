"""Krohn's own JSON: every finite machine and every timed automaton, whole."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ...errors import RequestError
from ..labels import Names
from ..machine import Machine
from ..semiautomaton import Semiautomaton
from ..timed.automaton import Clock, Location, TimedAutomaton, Transition
from ..timed.guards import Guard, guard_text, parse_guard
from .json_document import document_text, read_document
from .source import Source

Number = Annotated[int, Field(ge=0, lt=1 << 31)]


class Document(BaseModel):
    """A part of a document: no key is unknown, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NamesDocument(Document):
    """What symbols, states and classes are called; an empty list where they are numbers."""

    symbols: list[str] = []
    states: list[str] = []
    classes: list[str] = []


class FiniteDocument(Document):
    """A finite machine."""

    schema_version: Literal[1]
    kind: Literal["finite"]
    start: Number
    """The state before the first symbol."""
    classes: Number
    outputs: list[Number]
    """The class that each state puts out; of two without names, 1 accepts."""
    delta: list[list[Number]]
    """The next state, a row for each state, a column for each symbol."""
    names: NamesDocument = NamesDocument()


class ClockDocument(Document):
    """A clock, one that starts anew after every `period` where it has one."""

    name: str
    period: Number | None = None


class LocationDocument(Document):
    """A location: its output and its invariant, such as ``x <= 3 and x - y < 2``."""

    name: str
    output: Number = 0
    invariant: str = ""


class TransitionDocument(Document):
    """A transition; the clocks in `resets` are set to 0."""

    source: str
    symbol: str
    target: str
    guard: str = ""
    resets: list[str] = []


class TimedDocument(Document):
    """A timed automaton."""

    schema_version: Literal[1]
    kind: Literal["timed"]
    symbols: list[str]
    clocks: list[ClockDocument]
    locations: list[LocationDocument]
    transitions: list[TransitionDocument]
    start: str
    classes: list[str]
    stuck: Number = 0
    """The class of a run that is stuck."""


MACHINE: TypeAdapter[FiniteDocument | TimedDocument] = TypeAdapter(
    Annotated[FiniteDocument | TimedDocument, Field(discriminator="kind")]
)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the format, version 1."""
    return MACHINE.json_schema()


def read(source: Source, complete: bool = False) -> Machine | TimedAutomaton:
    """Return the machine in a file.

    Raises
    ------
    DamagedFileError
        Where the document does not follow the schema, or is no machine, with the element.
    """
    try:
        document = MACHINE.validate_python(read_document(source))
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part not in ("finite", "timed")]
        if first["type"] in ("union_tag_not_found", "union_tag_invalid"):
            raise source.damaged("kind", "expected 'finite' or 'timed'") from None
        raise source.damaged(".".join(place) or None, first["msg"]) from None
    try:
        return _finite(document) if isinstance(document, FiniteDocument) else _timed(document)
    except RequestError as error:
        raise source.damaged(None, str(error)) from None


def _finite(document: FiniteDocument) -> Machine:
    names = document.names
    return Machine(
        Semiautomaton(document.delta),
        document.start,
        document.outputs,
        document.classes,
        Names(tuple(names.symbols), tuple(names.states), tuple(names.classes)),
    )


def _timed(document: TimedDocument) -> TimedAutomaton:
    return TimedAutomaton(
        symbols=tuple(document.symbols),
        clocks=tuple(Clock(clock.name, clock.period) for clock in document.clocks),
        locations=tuple(
            Location(place.name, place.output, parse_guard(place.invariant)) for place in document.locations
        ),
        transitions=tuple(
            Transition(step.source, step.symbol, step.target, parse_guard(step.guard), tuple(step.resets))
            for step in document.transitions
        ),
        start=document.start,
        classes=tuple(document.classes),
        stuck=document.stuck,
    )


def text(machine: Machine | TimedAutomaton) -> str:
    """Return a machine as a document.

    Raises
    ------
    RequestError
        For a clock whose name no guard's text can hold, such as ``my clock``.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> print(text(counter(2)), end="")
    {
     "schema_version": 1,
     "kind": "finite",
     "start": 0,
     "classes": 2,
     "outputs": [0, 1],
     "delta": [
      [0, 1],
      [1, 0]
     ],
     "names": {"symbols": [], "states": [], "classes": []}
    }
    """
    document = _timed_document(machine) if isinstance(machine, TimedAutomaton) else _finite_document(machine)
    return document_text(document.model_dump())


def _finite_document(machine: Machine) -> FiniteDocument:
    names = machine.names
    return FiniteDocument(
        schema_version=1,
        kind="finite",
        start=machine.start,
        classes=machine.classes,
        outputs=machine.outputs.tolist(),
        delta=machine.delta.tolist(),
        names=NamesDocument(
            symbols=list(names.symbols), states=list(names.states), classes=list(names.classes)
        ),
    )


def _timed_document(automaton: TimedAutomaton) -> TimedDocument:
    return TimedDocument(
        schema_version=1,
        kind="timed",
        symbols=list(automaton.symbols),
        clocks=[ClockDocument(name=clock.name, period=clock.period) for clock in automaton.clocks],
        locations=[
            LocationDocument(name=place.name, output=place.output, invariant=_said(place.invariant))
            for place in automaton.locations
        ],
        transitions=[
            TransitionDocument(
                source=step.source,
                symbol=step.symbol,
                target=step.target,
                guard=_said(step.guard),
                resets=list(step.resets),
            )
            for step in automaton.transitions
        ],
        start=automaton.start,
        classes=list(automaton.classes),
        stuck=automaton.stuck,
    )


def _said(guard: Guard) -> str:
    said = guard_text(guard)
    try:
        back = parse_guard(said)
    except RequestError:
        back = None
    if back != guard:
        raise RequestError(f"guard {said!r} cannot be written: expected clocks with names such as x or day_1")
    return said
