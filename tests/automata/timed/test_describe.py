"""A timed automaton in lines of text: everything that it consists of, and what it leaves open."""

from __future__ import annotations

from krohn.automata.timed.automaton import Clock, Location, TimedAutomaton, Transition
from krohn.automata.timed.describe import describe
from krohn.automata.timed.guards import parse_guard
from krohn.automata.timed.machines import periodic


def test_invariants_differences_periods_and_what_is_missing() -> None:
    automaton = TimedAutomaton(
        symbols=("go", "stop"),
        clocks=(Clock("x"), Clock("y"), Clock("day", 24)),
        locations=(Location("here", 0, parse_guard("x <= 5")), Location("there", 1)),
        transitions=(Transition("here", "go", "there", parse_guard("x - y < 2, day >= 6"), ("x", "y")),),
        start="here",
        classes=("no", "yes"),
    )
    assert describe(automaton) == [
        "symbols     go, stop",
        "clocks      x, y, day (time modulo 24)",
        "start       here",
        "locations   here   puts out no, while x <= 5",
        "            there  puts out yes",
        "transitions here --go--> there   when x - y < 2 and day >= 6, x := 0, y := 0",
        "otherwise   the run is stuck and puts out no, as in here on go at x = 2, y = 0, day = 0",
    ]


def test_bare_automata() -> None:
    bare = TimedAutomaton(("a",), (), (Location("q"),), (), "q")
    assert describe(bare) == [
        "symbols     a",
        "clocks      none",
        "start       q",
        "locations   q  puts out 0",
        "transitions none",
        "otherwise   the run is stuck and puts out 0, as in q on a at any time",
    ]
    assert describe(periodic(10))[-1] == "otherwise   never: a transition is enabled at every time"
