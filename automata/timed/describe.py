"""A timed automaton in lines of text."""

from __future__ import annotations

from .automaton import Clock, TimedAutomaton
from .checks import gap
from .guards import guard_text
from .valuations import valuation_text


def describe(automaton: TimedAutomaton) -> list[str]:
    """Return lines that say what a timed automaton consists of: clocks, locations, transitions, what is missing.

    Parameters
    ----------
    automaton : TimedAutomaton

    Examples
    --------
    >>> from krohn.automata.timed.machines import timeout
    >>> print("\\n".join(describe(timeout(3))))
    symbols     message
    clocks      x
    start       open
    locations   open   puts out open
                ended  puts out ended
    transitions open --message--> open     when x <= 3, x := 0
                open --message--> ended    when x > 3
                ended --message--> ended
    otherwise   never: a transition is enabled at every time
    """
    names = max(len(name) for name in automaton.location_names)
    locations = []
    for location in automaton.locations:
        line = f"{location.name:{names}}  puts out {automaton.classes[location.output]}"
        locations.append(line + (f", while {guard_text(location.invariant)}" if location.invariant else ""))
    arrows = max((len(str(transition)) for transition in automaton.transitions), default=0)
    transitions = []
    for transition in automaton.transitions:
        resets = [f"{name} := 0" for name in transition.resets]
        guard = [f"when {guard_text(transition.guard)}"] if transition.guard else []
        transitions.append(f"{transition!s:{arrows}}   {', '.join((*guard, *resets))}".rstrip())
    found = gap(automaton)
    if found is None and not any(location.invariant for location in automaton.locations):
        otherwise = "never: a transition is enabled at every time"
    else:
        otherwise = f"the run is stuck and puts out {automaton.classes[automaton.stuck]}"
        if found is not None:
            otherwise += f", as in {found[0]} on {found[1]} at {valuation_text(found[2])}"
    parts = {
        "symbols": [", ".join(automaton.symbols)],
        "clocks": [", ".join(map(_clock, automaton.clocks)) or "none"],
        "start": [automaton.start],
        "locations": locations,
        "transitions": transitions or ["none"],
        "otherwise": [otherwise],
    }
    width = max(map(len, parts)) + 1
    return [
        f"{title if n == 0 else '':{width}}{line}"
        for title, lines in parts.items()
        for n, line in enumerate(lines)
    ]


def _clock(clock: Clock) -> str:
    return clock.name if clock.period is None else f"{clock.name} (time modulo {clock.period})"
