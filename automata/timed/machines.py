"""Timed machines by name: temporal flip-flops, times of day, and the small ones that engineers build."""

from __future__ import annotations

from ...errors import RequestError
from ...names import positive
from .automaton import Clock, Location, TimedAutomaton, Transition
from .guards import LARGEST_CONSTANT, Constraint, Guard

LARGEST_DAY = 256
"""Parts of a day; the number of transitions is square in it."""


def periodic(period: int) -> TimedAutomaton:
    """Return the periodic temporal flip-flop: b sets the state to 1, a sets it to whether it is afternoon.

    The rules are our reading of DelMastro, Arora, Rietman and Siegelmann, "On the Dynamics of Learning
    Time-Aware Behavior with Recurrent Neural Networks" (arXiv 2306.07125), whose own table was not at hand.
    With one symbol a time step, a period is steps 1 to P, and its second half steps P/2 + 1 to P: Θ = 1 where
    the time modulo P lies in (P/2, P], P being shown as 0. State and clock start at 0.

    Parameters
    ----------
    period : int
        P, even, at least 2.

    Raises
    ------
    RequestError
        For an odd period, or one out of range.

    Examples
    --------
    >>> from krohn.automata.timed.steps import discretise
    >>> machine = discretise(periodic(4), empty=None)
    >>> machine.labels([[0, 0, 0, 0, 0, 1]]).tolist()  # a a a a a b
    [[0, 0, 1, 1, 0, 1]]
    """
    if positive("period", period) % 2:
        raise RequestError(f"period is {period}: expected an even number, so that it has two halves")
    return time_of_day(2, period // 2)


def time_of_day(states: int, length: int = 1) -> TimedAutomaton:
    """Return the clock of so many parts of a day: a sets the state to the part of the day, b to the last part.

    With one symbol a time step, day after day is made of `length` steps of part 0, `length` of part 1, and so
    on: part k is the time modulo the day in (k * length, (k + 1) * length], the day's end being shown as 0.
    `periodic` is the clock of two parts. State and clock start at 0.

    Parameters
    ----------
    states : int
        N, 2 to 256: the parts of a day, the states and the classes.
    length : int
        Time units of a part.

    Raises
    ------
    RequestError
        For a number out of range.

    Examples
    --------
    >>> from krohn.automata.timed.steps import discretise
    >>> discretise(time_of_day(3), empty=None).labels([[0, 0, 0, 0, 1, 0]]).tolist()
    [[0, 1, 2, 0, 2, 2]]
    """
    if not 2 <= states <= LARGEST_DAY:
        raise RequestError(f"number of states is {states}: expected 2 to {LARGEST_DAY}")
    _within("day", states * positive("length", length))
    locations = tuple(Location(str(k), k) for k in range(states))
    transitions = []
    for place in locations:
        for k in range(states):
            part: Guard = (Constraint("t", ">", k * length),)
            if k < states - 1:
                part = (*part, Constraint("t", "<=", (k + 1) * length))
            transitions.append(Transition(place.name, "a", str(k), part))
        midnight = (Constraint("t", "=", 0),)
        transitions.append(Transition(place.name, "a", str(states - 1), midnight))
        transitions.append(Transition(place.name, "b", str(states - 1)))
    return TimedAutomaton(("a", "b"), (Clock("t", states * length),), locations, tuple(transitions), "0")


def relative(threshold: int) -> TimedAutomaton:
    """Return the relative temporal flip-flop: b sets the state to 1, a to whether the last symbol is long ago.

    The rules are our reading of arXiv 2306.07125, as for `periodic`: Θ = 1 where more than T time units have
    passed since the last symbol, which restarts the clock. The null symbol of the paper is a step without a
    symbol (`discretise`). State and clock start at 0.

    Parameters
    ----------
    threshold : int
        T, at least 1.

    Raises
    ------
    RequestError
        For a threshold out of range.

    Examples
    --------
    >>> from krohn.automata.timed.steps import discretise
    >>> null, a, b = 0, 1, 2
    >>> discretise(relative(2)).labels([[a, null, null, a, a, b, null]]).tolist()
    [[0, 0, 0, 1, 0, 1, 1]]
    """
    _within("threshold", positive("threshold", threshold))
    transitions = []
    for place in ("0", "1"):
        soon, late = (Constraint("x", "<=", threshold),), (Constraint("x", ">", threshold),)
        transitions.append(Transition(place, "a", "0", soon, resets=("x",)))
        transitions.append(Transition(place, "a", "1", late, resets=("x",)))
        transitions.append(Transition(place, "b", "1", resets=("x",)))
    locations = (Location("0", 0), Location("1", 1))
    return TimedAutomaton(("a", "b"), (Clock("x"),), locations, tuple(transitions), "0")


def timeout(limit: int) -> TimedAutomaton:
    """Return a session that ends when a message is later than a limit after the one before.

    Parameters
    ----------
    limit : int
        Time units, at least 1.

    Examples
    --------
    >>> from krohn.automata.timed.runs import TimedRuns
    >>> TimedRuns(timeout(3)).labels([[0, 0, 0, 0]], [[3, 1, 4, 1]]).tolist()  # the third message is late
    [[0, 0, 1, 1]]
    """
    _within("limit", positive("limit", limit))
    return TimedAutomaton(
        symbols=("message",),
        clocks=(Clock("x"),),
        locations=(Location("open", 0), Location("ended", 1)),
        transitions=(
            Transition("open", "message", "open", (Constraint("x", "<=", limit),), resets=("x",)),
            Transition("open", "message", "ended", (Constraint("x", ">", limit),)),
            Transition("ended", "message", "ended"),
        ),
        start="open",
        classes=("open", "ended"),
    )


def watchdog(early: int, late: int) -> TimedAutomaton:
    """Return a window watchdog: kicks must come between two times after the kick before, else it trips.

    A look tells whether it has tripped, or would have by now. A reset arms it again.

    Parameters
    ----------
    early, late : int
        A kick is in time from `early` to `late` time units after the one before; 0 <= early < late.

    Examples
    --------
    >>> from krohn.automata.timed.runs import TimedRuns
    >>> kick, look, reset = 0, 1, 2
    >>> runs = TimedRuns(watchdog(2, 5))
    >>> runs.labels([[kick, kick, look, reset, kick, look]], [[3, 1, 1, 1, 2, 6]]).tolist()
    [[0, 1, 1, 0, 0, 1]]
    """
    if not 0 <= early < late:
        raise RequestError(f"watchdog's window is {early} to {late}: expected 0 <= early < late")
    _within("late", late)
    in_time = (Constraint("x", ">=", early), Constraint("x", "<=", late))
    too_late: Guard = (Constraint("x", ">", late),)
    armed = [
        Transition("armed", "kick", "armed", in_time, resets=("x",)),
        Transition("armed", "kick", "tripped", too_late),
        Transition("armed", "look", "armed", (Constraint("x", "<=", late),)),
        Transition("armed", "look", "tripped", too_late),
    ]
    if early:
        armed.append(Transition("armed", "kick", "tripped", (Constraint("x", "<", early),)))
    tripped = [Transition("tripped", symbol, "tripped") for symbol in ("kick", "look")]
    arming = [Transition(place, "reset", "armed", resets=("x",)) for place in ("armed", "tripped")]
    return TimedAutomaton(
        symbols=("kick", "look", "reset"),
        clocks=(Clock("x"),),
        locations=(Location("armed", 0), Location("tripped", 1)),
        transitions=(*armed, *tripped, *arming),
        start="armed",
        classes=("armed", "tripped"),
    )


def debouncer(hold: int) -> TimedAutomaton:
    """Return the debouncer of a switch: a level counts once it has lasted longer than `hold` time units.

    It reads the level of the contact, low or high, whenever it changes or is polled, and puts out the level
    that counts.

    Parameters
    ----------
    hold : int
        Time units, at least 1.

    Examples
    --------
    >>> from krohn.automata.timed.runs import TimedRuns
    >>> low, high = 0, 1
    >>> word, delays = [[high, low, high, high, high]], [[1, 1, 1, 3, 1]]
    >>> TimedRuns(debouncer(3)).labels(word, delays).tolist()  # high lasts from time 3 on
    [[0, 0, 0, 0, 1]]
    """
    _within("hold", positive("hold", hold))
    transitions = []
    for level, other, turning in (("low", "high", "rising"), ("high", "low", "falling")):
        transitions += [
            Transition(level, level, level),
            Transition(level, other, turning, resets=("x",)),
            Transition(turning, level, level),
            Transition(turning, other, turning, (Constraint("x", "<=", hold),)),
            Transition(turning, other, other, (Constraint("x", ">", hold),)),
        ]
    locations = (
        Location("low", 0),
        Location("rising", 0),
        Location("high", 1),
        Location("falling", 1),
    )
    return TimedAutomaton(
        ("low", "high"), (Clock("x"),), locations, tuple(transitions), "low", ("low", "high")
    )


def _within(what: str, value: int) -> None:
    if value > LARGEST_CONSTANT:
        raise RequestError(f"{what} is {value}: expected at most {LARGEST_CONSTANT}")
