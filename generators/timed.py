"""The timed tasks: temporal flip-flops, times of day, and any deterministic timed automaton from a file."""

from __future__ import annotations

import hashlib

from ..automata.interchange import read_machine
from ..automata.machine import Machine
from ..automata.timed.automaton import TimedAutomaton
from ..automata.timed.edges import Edges
from ..automata.timed.machines import LARGEST_DAY, periodic, relative, time_of_day
from ..automata.timed.steps import NULL, steps
from ..errors import RequestError
from ..names import lookup, unknown
from .families import Rest, register_task
from .kinds import Classes, Readout, Symbols, TimedSymbols
from .machine_files import machine_file
from .step_words import StepWords
from .task import Task
from .timed_words import Delays, TimedWords
from .weighted import MOST_TICKETS

LARGEST_PARAMETER = 10_000

DELAYS = {
    "uniform": (Delays.UNIFORM, False),
    "geometric": (Delays.GEOMETRIC, False),
    "borders": (Delays.BORDERS, False),
    "real-uniform": (Delays.UNIFORM, True),
    "real-geometric": (Delays.GEOMETRIC, True),
    "real-borders": (Delays.BORDERS, True),
}
"""What may follow ``:events``, with the distribution of delays and whether they are real."""


@register_task("timed", example="timed:relative:5")
def timed(KIND: str, PARAMETERS: Rest) -> Task:
    """Symbols in time; after every one, the state of a timed automaton: periodic:P, relative:T, clock:N or file:PATH.

    b sets the state to 1, a sets it to Θ, which is 1 in the second half of each period of P steps (``periodic:P``), or
    more than T steps after the last symbol (``relative:T``, where `null` is a step without a symbol and keeps the
    state). In ``clock:N`` a sets the state to the hour of a day of N steps, b to the last hour. One symbol is a time
    step; each is as likely as the others, but null, whose chance is 1 - 1/T, so that symbols are T steps apart on
    average (1/2 for T = 1; in a file T is the largest constant). ``timed:…:events`` gives words of symbols with delays
    instead, and ``timed:…:events:DELAYS`` says how these are drawn: uniform, geometric (as in words of steps: the
    default of relative) or borders (the default of the others: half of them aim at what guards are compared with);
    real-uniform, real-geometric and real-borders give real delays. `TimedWords` states the distributions.
    """
    makers = {"periodic": _periodic, "relative": _relative, "clock": _clock, "file": _file}
    maker = lookup("kind of timed task", KIND, makers)
    values, encoding = _split(PARAMETERS)
    return maker(values, encoding)


def _split(text: str) -> tuple[str, str | None]:
    """Return the parameter and the delays that ``:events`` asks for, "" where it does not say which."""
    parts = text.split(":")
    if len(parts) > 1 and parts[-1] == "events":
        return ":".join(parts[:-1]), ""
    if len(parts) > 2 and parts[-2] == "events":
        return ":".join(parts[:-2]), parts[-1]
    return text, None


def _number(kind: str, letter: str, text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit()):
        parts = text.split(":")
        if len(parts) > 1:
            raise unknown("encoding", ":".join(parts[1:]), ["events", *(f"events:{name}" for name in DELAYS)])
        raise RequestError(
            f"task 'timed:{kind}:{text}': {letter} is {text!r}: expected a whole number, as in timed:{kind}:10"
        )
    value = int(text)
    if not low <= value <= high:
        raise RequestError(f"task 'timed:{kind}:{text}': {letter} is {value}: expected {low} to {high}")
    return value


def _periodic(text: str, encoding: str | None) -> Task:
    period = _number("periodic", "P", text, 2, LARGEST_PARAMETER)
    return timed_task(f"timed:periodic:{period}", periodic(period), encoding, "borders", empty=None)


def _relative(text: str, encoding: str | None) -> Task:
    threshold = _number("relative", "T", text, 1, LARGEST_PARAMETER)
    return timed_task(f"timed:relative:{threshold}", relative(threshold), encoding, "geometric")


def _clock(text: str, encoding: str | None) -> Task:
    hours = _number("clock", "N", text, 2, LARGEST_DAY)
    return timed_task(f"timed:clock:{hours}", time_of_day(hours), encoding, "borders", empty=None)


def _file(path: str, encoding: str | None) -> Task:
    found = read_machine(machine_file(path))
    if isinstance(found, Machine):
        raise RequestError(
            f"task 'timed:file:{path}': a finite machine: expected a timed automaton; 'file:{path}' is for finite ones"
        )
    return timed_task(f"timed:file:{path}", found, encoding, "borders", version=timed_version(found))


def timed_version(automaton: TimedAutomaton) -> int:
    """Return a version that changes where a label can change: 31 bits of a hash of all but names.

    Examples
    --------
    >>> timed_version(relative(5)) == timed_version(relative(5)) != timed_version(relative(6))
    True
    """
    form = Edges(automaton)
    edges = [(edge.source, edge.symbol, edge.target, edge.bounds, edge.resets) for edge in form.edges]
    start = automaton.location_names.index(automaton.start)
    content = (start, automaton.outputs, automaton.stuck, form.periods, form.invariants, edges)
    return int.from_bytes(hashlib.sha256(repr(content).encode()).digest()[:4]) >> 1


def timed_task(
    name: str,
    automaton: TimedAutomaton,
    encoding: str | None = None,
    delays: str = "borders",
    empty: str | None = NULL,
    version: int = 1,
) -> Task:
    """Return the task of following a deterministic timed automaton.

    Parameters
    ----------
    name : str
        Without ``:events``.
    automaton : TimedAutomaton
    encoding : str, optional
        None: one symbol a time step. Otherwise symbols with delays, drawn as this key of `DELAYS` says, or, where it is
        empty, as `delays` says.
    delays : str
        The default for words of symbols with delays.
    empty : str or None
        The name of the symbol for a time step without one, None where there is none, as for `discretise`.
    version : int

    Raises
    ------
    RequestError
        For an automaton that is not deterministic, an unknown kind of delays, or constants that are too large.

    Examples
    --------
    >>> from krohn.automata.timed.machines import watchdog
    >>> task = timed_task("watchdog", watchdog(2, 5), encoding="real-borders")
    >>> words = task.sample(2, lengths=(3, 3))
    >>> words.symbols.shape, words.delays.dtype
    ((2, 3), dtype('float64'))
    """
    size = len(automaton.symbols)
    mean = min(max(2, *Edges(automaton).largest, 0), MOST_TICKETS // (size + 1))
    if encoding is not None:
        chosen = encoding or delays
        kind, dense = lookup("kind of delays", chosen, DELAYS)
        return Task(
            name=f"{name}:events" + ("" if chosen == delays else f":{chosen}"),
            version=version,
            inputs=TimedSymbols(size, dense),
            targets=Classes(len(automaton.classes)),
            readout=Readout.PREFIX,
            source=TimedWords(automaton, kind, dense, mean),
        )
    weights = (1,) * size if empty is None else (size * (mean - 1), *(1,) * size)
    found = steps(automaton, empty)
    return Task(
        name=name,
        version=version,
        inputs=Symbols(len(weights)),
        targets=Classes(len(automaton.classes)),
        readout=Readout.PREFIX,
        source=StepWords(found.machine, weights, automaton, found),
        machine=found.machine,
    )
