"""Identifiers for names that a format cannot hold, and the comment that keeps the names and outputs themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable

from ...errors import RequestError
from ..timed.automaton import TimedAutomaton
from ..timed.guards import Constraint, Guard

COMMENT = "krohn"
"""The first word of the comment."""


def identifiers(names: Iterable[str], prefix: str, taken: Collection[str]) -> dict[str, str]:
    """Return an identifier for each name, the name itself where it is one; none is taken, and all differ.

    Examples
    --------
    >>> identifiers(["a", "1", "int"], "s", {"int"})
    {'a': 'a', '1': 's1', 'int': 's2'}
    """
    names = list(names)
    found: dict[str, str] = {}
    used = set(taken) | set(names)
    for i, name in enumerate(names):
        identifier = name
        if name in taken or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            identifier = f"{prefix}{i}"
            while identifier in used:
                identifier += "_"
        used.add(identifier)
        found[name] = identifier
    return found


class Identifiers:
    """Identifiers for the locations, symbols and clocks of a timed automaton, all different.

    Parameters
    ----------
    automaton : TimedAutomaton
    reserved : collection of str
        Words that are no identifiers.

    Raises
    ------
    RequestError
        For a clock with a period, which no timed automaton of other tools has.
    """

    def __init__(self, automaton: TimedAutomaton, reserved: Collection[str]) -> None:
        for clock in automaton.clocks:
            if clock.period is not None:
                raise RequestError(
                    f"clock {clock.name!r} has a period: expected none, or Krohn's own JSON as the format"
                )
        self.automaton = automaton
        taken = set(reserved)
        self.clocks = identifiers(automaton.clock_names, "x", taken)
        taken |= set(self.clocks.values())
        self.symbols = identifiers(automaton.symbols, "s", taken)
        taken |= set(self.symbols.values())
        self.locations = identifiers(automaton.location_names, "l", taken)

    def guard(self, guard: Guard) -> str:
        """Return a conjunction as both tools read it.

        Examples
        --------
        >>> from krohn.automata.timed.automaton import Clock, Location
        >>> from krohn.automata.timed.guards import parse_guard
        >>> once = TimedAutomaton(("a",), (Clock("x"), Clock("y")), (Location("l"),), (), "l")
        >>> Identifiers(once, set()).guard(parse_guard("x - y = 2, y > 3"))
        'x - y == 2 && y > 3'
        """
        return " && ".join(self._comparison(part) for part in guard)

    def _comparison(self, part: Constraint) -> str:
        left = " - ".join(self.clocks[name] for name in part.clocks)
        return f"{left} {'==' if part.relation == '=' else part.relation} {part.constant}"

    def comment(self) -> str:
        """Return what the format does not hold, as one line: the names, outputs and classes."""
        automaton = self.automaton
        document = {
            "symbols": {self.symbols[name]: name for name in automaton.symbols},
            "clocks": {self.clocks[name]: name for name in automaton.clock_names},
            "locations": {
                self.locations[place.name]: [place.name, place.output] for place in automaton.locations
            },
            "classes": automaton.classes,
            "stuck": automaton.stuck,
        }
        return f"{COMMENT} {json.dumps(document)}"
