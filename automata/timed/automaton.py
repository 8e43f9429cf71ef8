"""Timed automata: locations, clocks, and transitions with guards and resets."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import RequestError
from ...names import unknown
from .guards import Constraint, Guard


@dataclass(frozen=True)
class Clock:
    """A clock: time since its last reset (or the start), or that time modulo a period.

    Parameters
    ----------
    name : str
    period : int, optional
        P, at least 1: the clock shows 0 <= x < P, as a time of day does. None: it grows without end.
    """

    name: str
    period: int | None = None

    def __post_init__(self) -> None:
        if self.period is not None and self.period < 1:
            raise RequestError(
                f"clock {self.name!r} has period {self.period}: expected a whole number of at least 1"
            )


@dataclass(frozen=True)
class Location:
    """A location: what it puts out, and what must hold as long as a run stays in it.

    Parameters
    ----------
    name : str
    output : int
        The class it puts out; of an acceptor, 1 where it accepts.
    invariant : tuple of Constraint
        A conjunction.
    """

    name: str
    output: int = 0
    invariant: Guard = ()


@dataclass(frozen=True)
class Transition:
    """A transition: from a location, on a symbol, while the guard holds; the clocks named are set to 0.

    Parameters
    ----------
    source, symbol, target : str
    guard : tuple of Constraint
        A conjunction, seen before the reset.
    resets : tuple of str
        Names of clocks.
    """

    source: str
    symbol: str
    target: str
    guard: Guard = ()
    resets: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.source} --{self.symbol}--> {self.target}"


@dataclass(frozen=True)
class TimedAutomaton:
    """A timed automaton over timed words (Alur and Dill, "A theory of timed automata", TCS 1994).

    A word is a row of symbols, each with the delay since the one before (the first: since the start, where all
    clocks are 0). After a delay a transition is taken whose guard holds, and its clocks are set to 0. A run
    whose delay breaks the invariant, whose transition would enter a location against its invariant, or for
    which no transition is enabled, is stuck: it puts out class `stuck` from there on.

    Parameters
    ----------
    symbols : tuple of str
        The alphabet: symbol x of a word is the x-th.
    clocks : tuple of Clock
        May be empty.
    locations : tuple of Location
    transitions : tuple of Transition
    start : str
        The name of a location.
    classes : tuple of str
        Names of the classes; one more than the largest output by their numbers where not given.
    stuck : int
        The class of a run that is stuck; 0, that of rejection, unless said.

    Raises
    ------
    RequestError
        For names used twice or not declared (a clock in a guard, say), outputs that are no class, an invariant
        or a difference that names a periodic clock, or an invariant of the start that does not hold at 0.

    Examples
    --------
    >>> from krohn.automata.timed.guards import parse_guard
    >>> late = TimedAutomaton(
    ...     symbols=("go",),
    ...     clocks=(Clock("x"),),
    ...     locations=(Location("early", 0), Location("late", 1)),
    ...     transitions=(
    ...         Transition("early", "go", "early", parse_guard("x <= 3"), resets=("x",)),
    ...         Transition("early", "go", "late", parse_guard("x > 3")),
    ...         Transition("late", "go", "late"),
    ...     ),
    ...     start="early",
    ... )
    >>> late.classes, [str(t) for t in late.transitions if t.guard]
    (('0', '1'), ['early --go--> early', 'early --go--> late'])
    """

    symbols: tuple[str, ...]
    clocks: tuple[Clock, ...]
    locations: tuple[Location, ...]
    transitions: tuple[Transition, ...]
    start: str
    classes: tuple[str, ...] = ()
    stuck: int = 0

    def __post_init__(self) -> None:
        for field in ("symbols", "clocks", "locations", "transitions", "classes"):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        if not self.symbols or not self.locations:
            raise RequestError("timed automaton: expected at least one symbol and one location")
        clocks, locations = self.clock_names, self.location_names
        for kind, names in (("symbol", self.symbols), ("clock", clocks), ("location", locations)):
            _all_different(kind, names)
        if not self.classes:
            largest = max(self.stuck, *(location.output for location in self.locations))
            object.__setattr__(self, "classes", tuple(str(c) for c in range(largest + 1)))
        _all_different("class", self.classes)
        if self.start not in locations:
            raise unknown("start", self.start, locations)
        if not 0 <= self.stuck < len(self.classes):
            raise RequestError(f"stuck is {self.stuck}: expected a class from 0 to {len(self.classes) - 1}")
        for location in self.locations:
            self._check_location(location)
        for transition in self.transitions:
            self._check_transition(transition)

    def _check_location(self, location: Location) -> None:
        where = f"location {location.name!r}"
        if not 0 <= location.output < len(self.classes):
            raise RequestError(
                f"{where} puts out {location.output}: expected a class from 0 to {len(self.classes) - 1}"
            )
        self._check_guard(f"invariant of {where}", location.invariant)
        periodic = {clock.name for clock in self.clocks if clock.period is not None}
        for part in location.invariant:
            if part.clock in periodic:
                raise RequestError(
                    f"invariant of {where} names the periodic clock {part.clock!r}: "
                    "expected clocks without a period; guards may name it"
                )
            if location.name == self.start and not _holds_at_zero(part):
                raise RequestError(
                    f"invariant of {where} is '{part}': expected one that holds at the start, where clocks are 0"
                )

    def _check_transition(self, transition: Transition) -> None:
        where = f"transition {transition}"
        for kind, name, valid in (
            ("source", transition.source, self.location_names),
            ("target", transition.target, self.location_names),
            ("symbol", transition.symbol, self.symbols),
            *(("reset", name, self.clock_names) for name in transition.resets),
        ):
            if name not in valid:
                raise RequestError(f"{where}: {unknown(kind, name, valid)}")
        self._check_guard(f"guard of {where}", transition.guard)

    def _check_guard(self, where: str, guard: Guard) -> None:
        periodic = {clock.name for clock in self.clocks if clock.period is not None}
        for part in guard:
            for name in part.clocks:
                if name not in self.clock_names:
                    if not self.clocks:
                        raise RequestError(
                            f"{where} is '{part}': clock {name!r} is not declared, nor any other"
                        )
                    raise RequestError(f"{where} is '{part}': {unknown('clock', name, self.clock_names)}")
            if part.minus is not None and not periodic.isdisjoint(part.clocks):
                raise RequestError(
                    f"{where} is '{part}', a difference with a periodic clock: expected clocks without a period"
                )

    @property
    def clock_names(self) -> tuple[str, ...]:
        """The names of the clocks, in order."""
        return tuple(clock.name for clock in self.clocks)

    @property
    def location_names(self) -> tuple[str, ...]:
        """The names of the locations, in order."""
        return tuple(location.name for location in self.locations)

    @property
    def outputs(self) -> tuple[int, ...]:
        """The class of each location, in order."""
        return tuple(location.output for location in self.locations)

    def location(self, name: str) -> Location:
        """Return the location of a name.

        Raises
        ------
        RequestError
            Where there is none.
        """
        for location in self.locations:
            if location.name == name:
                return location
        raise unknown("location", name, self.location_names)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Every comparison of the invariants and guards, each once, in order of appearance."""
        parts = [part for location in self.locations for part in location.invariant]
        parts += [part for transition in self.transitions for part in transition.guard]
        return tuple(dict.fromkeys(parts))


def _all_different(kind: str, names: tuple[str, ...]) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise RequestError(f"{kind} {name!r} is declared twice: expected names of their own")
        seen.add(name)


def _holds_at_zero(part: Constraint) -> bool:
    zero, c = 0, part.constant
    return {"<": zero < c, "<=": zero <= c, "=": zero == c, ">=": zero >= c, ">": zero > c}[part.relation]
