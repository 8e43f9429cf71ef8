"""The JSON of OTALearning for timed acceptors with one clock: guards are intervals, ``+`` is infinity.

Source: An, Chen, Zhan, Zhan and Zhang, "Learning one-clock timed automata", TACAS 2020; the tool's own files.
"""

from __future__ import annotations

import re
from typing import Any

from ...errors import RequestError
from ..timed.automaton import Clock, Location, TimedAutomaton, Transition
from ..timed.guards import Constraint, Guard
from .json_document import document_text, read_document
from .source import Source
from .timed_draft import check_size

KEYS = ("name", "l", "sigma", "tran", "init", "accept")
_INTERVAL = re.compile(r"([\[(])\s*([0-9]{1,10})\s*,\s*([0-9]{1,10}|\+)\s*([\])])")


def read(source: Source, complete: bool = False) -> TimedAutomaton:
    """Return the automaton in a file; its clock is called x.

    Raises
    ------
    DamagedFileError
        Where a key is missing, or something has another form, with the element.
    RequestError
        For a key that the format does not have.
    """
    document = read_document(source)
    if not isinstance(document, dict):
        raise source.damaged(None, "not an object: expected one with " + ", ".join(KEYS))
    for key in KEYS[1:]:
        if key not in document:
            raise source.damaged(None, f"no key {key!r}: expected {', '.join(KEYS)}")
    for key in document:
        if key not in KEYS:
            raise source.refused(key, f"a key that the format does not have: expected {', '.join(KEYS)}")
    locations, symbols, accept = (_names(source, key, document[key]) for key in ("l", "sigma", "accept"))
    accepting = set(accept)
    for name in sorted(accepting - set(locations)):
        raise source.damaged("accept", f"{name!r} is no location: expected one of l")
    transitions = _transitions(source, document["tran"])
    check_size(source, locations, transitions, symbols)
    start = document["init"]
    if not isinstance(start, str):
        raise source.damaged("init", f"{start!r}: expected the name of a location")
    try:
        return TimedAutomaton(
            symbols=tuple(symbols),
            clocks=(Clock("x"),),
            locations=tuple(Location(name, int(name in accepting)) for name in locations),
            transitions=tuple(transitions),
            start=start,
            classes=("0", "1"),
        )
    except RequestError as error:
        raise source.damaged(None, str(error)) from None


def _names(source: Source, key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise source.damaged(key, "expected a list of names")
    return value


def _transitions(source: Source, value: Any) -> list[Transition]:
    if not isinstance(value, dict):
        raise source.damaged("tran", "expected an object of transitions by their numbers")
    found = []
    for key, row in value.items():
        place = f"tran.{key}"
        if not re.fullmatch("[0-9]{1,9}", key):
            raise source.damaged(place, "expected a number as its key")
        if not isinstance(row, list) or len(row) != 5 or not all(isinstance(part, str) for part in row):
            raise source.damaged(place, "expected [source, action, guard, reset, target]")
        origin, symbol, intervals, reset, target = row
        if reset not in ("r", "n"):
            raise source.damaged(place, f"reset is {reset!r}: expected 'r' or 'n'")
        for interval in intervals.split("U"):
            guard = _guard(source, place, interval)
            resets = ("x",) if reset == "r" else ()
            found.append((int(key), Transition(origin, symbol, target, guard, resets)))
    return [transition for _, transition in sorted(found, key=lambda item: item[0])]


def _guard(source: Source, place: str, interval: str) -> Guard:
    match = _INTERVAL.fullmatch(interval.strip())
    if match is None or match[3] + match[4] == "+]":
        raise source.damaged(place, f"guard {interval!r}: expected an interval such as '[2,4)' or '(3,+)'")
    opening, low, high, closing = match.groups()
    if (opening, closing, low) == ("[", "]", high):
        return (_constraint(source, place, "=", low),)
    parts = []
    if int(low) or opening == "(":
        parts.append(_constraint(source, place, ">=" if opening == "[" else ">", low))
    if high != "+":
        parts.append(_constraint(source, place, "<=" if closing == "]" else "<", high))
    return tuple(parts)


def _constraint(source: Source, place: str, relation: str, constant: str) -> Constraint:
    try:
        return Constraint("x", relation, int(constant))
    except RequestError as error:
        raise source.refused(place, str(error)) from None


def text(automaton: TimedAutomaton) -> str:
    """Return a timed acceptor with one clock as a document.

    The clock's name is not kept, as the format has none.

    Raises
    ------
    RequestError
        For more than one clock, a period, an invariant, and anything but an acceptor that rejects where it is
        stuck.

    Examples
    --------
    >>> once = TimedAutomaton(("a",), (Clock("x"),), (Location("l0"), Location("l1", 1)),
    ...     (Transition("l0", "a", "l1", (Constraint("x", ">=", 2), Constraint("x", "<", 4)), ("x",)),), "l0")
    >>> print(text(once), end="")
    {
     "name": "A",
     "l": ["l0", "l1"],
     "sigma": ["a"],
     "tran": {
      "0": ["l0", "a", "[2,4)", "r", "l1"]
     },
     "init": "l0",
     "accept": ["l1"]
    }
    """
    if len(automaton.clocks) > 1:
        raise RequestError(f"{len(automaton.clocks)} clocks: expected one at most, or another format")
    for clock in automaton.clocks:
        if clock.period is not None:
            raise RequestError(f"clock {clock.name!r} has a period: expected none, or another format")
    for location in automaton.locations:
        if location.invariant:
            raise RequestError(
                f"location {location.name!r} has an invariant: expected none, or another format"
            )
    if automaton.classes != ("0", "1") or automaton.stuck:
        raise RequestError(
            f"classes {', '.join(automaton.classes[:5])}, stuck {automaton.stuck}: expected an acceptor "
            "(classes 0 and 1, stuck 0), or another format"
        )
    steps = {
        str(i): [step.source, step.symbol, _interval(step.guard), "r" if step.resets else "n", step.target]
        for i, step in enumerate(automaton.transitions)
    }
    return document_text(
        {
            "name": "A",
            "l": list(automaton.location_names),
            "sigma": list(automaton.symbols),
            "tran": steps,
            "init": automaton.start,
            "accept": [location.name for location in automaton.locations if location.output],
        }
    )


def _interval(guard: Guard) -> str:
    low, opening, high, closing = 0, "[", -1, ")"
    for part in guard:
        if part.relation in (">=", ">", "=") and (part.constant, part.relation == ">") > (
            low,
            opening == "(",
        ):
            low, opening = part.constant, "(" if part.relation == ">" else "["
        if part.relation in ("<=", "<", "="):
            bound = (part.constant, part.relation != "<")
            if high < 0 or bound < (high, closing == "]"):
                high, closing = part.constant, ")" if part.relation == "<" else "]"
    return f"{opening}{low},{'+' if high < 0 else high}{closing}"
