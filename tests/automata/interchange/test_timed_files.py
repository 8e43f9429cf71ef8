"""Timed automata in files: OTALearning's JSON, UPPAAL and TChecker as others write them, and round trips."""

# ruff: noqa: E501  one case a line: what is given, and what is said

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata.interchange import FORMATS, read_machine, write_machine
from krohn.automata.timed.automaton import Clock, Location, TimedAutomaton, Transition
from krohn.automata.timed.guards import RELATIONS, Constraint, Guard, parse_guard
from krohn.errors import RequestError

OTA = """{
    "name": "3_2_10",
    "tran": {
        "1": ["3", "a", "[3,+)", "n", "2"],
        "0": ["1", "a", "[2,4]", "r", "3"],
        "3": ["2", "b", "[3,7) U (9, 10]", "r", "1"],
        "2": ["2", "a", "[0,6]", "n", "1"],
        "10": ["1", "b", "[5,5]", "n", "1"]
    },
    "init": "1",
    "accept": ["2"],
    "l": ["1", "2", "3"],
    "sigma": ["a", "b"]
}
"""

UPPAAL = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE nta PUBLIC '-//Uppaal Team//DTD Flat System 1.1//EN' 'http://www.it.uu.se/research/group/darts/uppaal/flat-1_2.dtd'>
<nta>
  <declaration>/* shared */ clock x; const int LIMIT = 5;
chan press, tick; // channels</declaration>
  <template>
    <name x="5" y="5">Lamp</name>
    <declaration>clock y;</declaration>
    <location id="id0" x="0" y="0"><name x="0" y="0">off</name></location>
    <location id="id1" x="9" y="0">
      <name>on</name><label kind="invariant" x="1" y="2">x &lt;= 10 &amp;&amp; y-x&lt;3</label>
    </location>
    <location id="id2"/>
    <init ref="id0"/>
    <transition>
      <source ref="id0"/><target ref="id1"/>
      <label kind="synchronisation">press?</label><label kind="assignment">x = 0, y := 0</label><nail x="1" y="2"/>
    </transition>
    <transition>
      <source ref="id1"/><target ref="id2"/>
      <label kind="guard">x &lt; LIMIT</label><label kind="synchronisation">press?</label>
    </transition>
    <transition>
      <source ref="id1"/><target ref="id0"/>
      <label kind="guard">x &gt;= LIMIT and y==7</label><label kind="synchronisation">tick?</label>
      <label kind="comments">a note</label>
    </transition>
  </template>
  <system>L = Lamp();
system L;</system>
  <queries><query><formula>A[] not deadlock</formula><comment/></query></queries>
</nta>
"""

TCHECKER = """#clock:size:name
system:ad94_fig10

clock:1:x
clock:1:y
event:a
event:b

# Process
process:P
location:P:l0{initial:}
location:P:l1{}
location:P:l2{labels: green : invariant: x<=4 && y<3}
edge:P:l0:l1:a{do:y=0}
edge:P:l1:l2:b{provided: y==1 : do: x = 0 ; y=0}
edge:P:l2:l2:b:{provided: x-y>-2}
edge:P:l2:l1:a
"""


def read(name: str, text: str, tmp_path: Path) -> TimedAutomaton:
    (tmp_path / name).write_text(text)
    found = read_machine(tmp_path / name)
    assert isinstance(found, TimedAutomaton)
    return found


def edges(automaton: TimedAutomaton) -> list[str]:
    return [
        f"{step}: {', '.join(map(str, step.guard))}; {', '.join(step.resets)}"
        for step in automaton.transitions
    ]


def test_a_file_of_otalearning(tmp_path: Path) -> None:
    automaton = read("m.json", OTA, tmp_path)
    assert (automaton.symbols, automaton.start, automaton.outputs) == (("a", "b"), "1", (0, 1, 0))
    assert edges(automaton) == [
        "1 --a--> 3: x >= 2, x <= 4; x",
        "3 --a--> 2: x >= 3; ",
        "2 --a--> 1: x <= 6; ",
        "2 --b--> 1: x >= 3, x < 7; x",
        "2 --b--> 1: x > 9, x <= 10; x",
        "1 --b--> 1: x = 5; ",
    ]


def test_a_file_of_uppaal(tmp_path: Path) -> None:
    automaton = read("m.xml", UPPAAL, tmp_path)
    assert automaton.symbols == ("press", "tick")
    assert automaton.clock_names == ("x", "y")
    assert automaton.classes == automaton.location_names == ("off", "on", "id2")
    assert automaton.location("on").invariant == parse_guard("x <= 10, y - x < 3")
    assert edges(automaton) == [
        "off --press--> on: ; x, y",
        "on --press--> id2: x < 5; ",
        "on --tick--> off: x >= 5, y = 7; ",
    ]


def test_a_file_of_tchecker(tmp_path: Path) -> None:
    automaton = read("m.tck", TCHECKER, tmp_path)
    assert automaton.classes == ("0", "1")
    assert automaton.outputs == (0, 0, 1)
    assert automaton.location("l2").invariant == parse_guard("x <= 4, y < 3")
    assert edges(automaton) == [
        "l0 --a--> l1: ; y",
        "l1 --b--> l2: y = 1; x, y",
        "l2 --b--> l2: x - y > -2; ",
        "l2 --a--> l1: ; ",
    ]
    several = TCHECKER.replace("l1{}", "l1{labels: red}")
    assert read("m.tck", several, tmp_path).classes == ("", "green", "red")
    none = TCHECKER.replace("labels: green : ", "")
    assert read("m.tck", none, tmp_path).classes == ("l0", "l1", "l2")


NAMES = st.sampled_from(
    ["a", "go", "1", "late one", "int", "event", "x", "x0", "l1", "Word", "é", '"', "end"]
)
CLOCKS = st.sampled_from(["x", "y", "x1", "clock", "int", "día"])


@st.composite
def automata(draw: st.DrawFn, most_clocks: int = 2, acceptor: bool = False) -> TimedAutomaton:
    def some(names: st.SearchStrategy[str], low: int, high: int) -> list[str]:
        return draw(st.lists(names, min_size=low, max_size=high, unique=True))

    symbols, clocks, places = some(NAMES, 1, 3), some(CLOCKS, 0, most_clocks), some(NAMES, 1, 4)

    def guard(relations: tuple[str, ...]) -> Guard:
        parts = []
        for _ in range(draw(st.integers(0, 2)) if clocks else 0):
            clock, relation = draw(st.sampled_from(clocks)), draw(st.sampled_from(relations))
            minus = draw(st.sampled_from([None, *(set(clocks) - {clock})])) if len(clocks) > 1 else None
            parts.append(Constraint(clock, relation, draw(st.integers(0 if minus is None else -9, 9)), minus))
        return tuple(parts)

    classes = 2 if acceptor else draw(st.integers(1, 3))
    return TimedAutomaton(
        symbols=tuple(symbols),
        clocks=tuple(map(Clock, clocks)),
        locations=tuple(
            Location(
                name,
                draw(st.integers(0, classes - 1)),
                () if acceptor or name == places[0] else guard(("<", "<=")),
            )
            for name in places
        ),
        transitions=tuple(
            Transition(
                draw(st.sampled_from(places)),
                draw(st.sampled_from(symbols)),
                draw(st.sampled_from(places)),
                guard(RELATIONS),
                tuple(draw(st.lists(st.sampled_from(clocks), unique=True)) if clocks else []),
            )
            for _ in range(draw(st.integers(0, 5)))
        ),
        start=places[0],
        classes=("0", "1") if acceptor else tuple(draw(st.permutations(["no", "yes", "1"])))[:classes],
        stuck=0 if acceptor else draw(st.integers(0, classes - 1)),
    )


@pytest.mark.parametrize("format", ["krohn", "uppaal", "tchecker"])
@settings(deadline=None, max_examples=50)
@given(automaton=automata())
def test_round_trips(
    format: str, automaton: TimedAutomaton, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("timed") / f"m{FORMATS[format].endings[0]}"
    write_machine(automaton, path)
    assert read_machine(path) == automaton


def holds(guard: Guard, x: Fraction) -> bool:
    compare = {"<": x.__lt__, "<=": x.__le__, "=": x.__eq__, ">=": x.__ge__, ">": x.__gt__}
    return all(compare[part.relation](part.constant) for part in guard)


@settings(deadline=None, max_examples=50)
@given(automaton=automata(most_clocks=1, acceptor=True))
def test_one_clock_round_trips(automaton: TimedAutomaton, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("timed") / "m.json"
    write_machine(automaton, path, "one-clock")
    found = read_machine(path)
    assert isinstance(found, TimedAutomaton)
    assert (found.symbols, found.start, found.classes) == (
        automaton.symbols,
        automaton.start,
        automaton.classes,
    )
    assert found.locations == automaton.locations
    assert list(map(str, found.transitions)) == list(map(str, automaton.transitions))
    for step, before in zip(found.transitions, automaton.transitions, strict=True):
        assert bool(step.resets) == bool(before.resets)
        times = [Fraction(i, 2) for i in range(24)]
        assert [holds(step.guard, x) for x in times] == [holds(before.guard, x) for x in times]


PLAIN = TimedAutomaton(("a",), (Clock("x"),), (Location("l"),), (Transition("l", "a", "l"),), "l", ("0", "1"))


def test_periods_are_in_krohns_json_only(tmp_path: Path) -> None:
    day = TimedAutomaton(("a",), (Clock("x", 24),), (Location("l"),), (), "l")
    write_machine(day, tmp_path / "m.json")
    assert read_machine(tmp_path / "m.json") == day
    for name in ("m.xml", "m.tck"):
        with pytest.raises(RequestError) as caught:
            write_machine(day, tmp_path / name)
        assert str(caught.value) == "clock 'x' has a period: expected none, or Krohn's own JSON as the format"


@pytest.mark.parametrize(
    ("automaton", "format", "message"),
    [
        (TimedAutomaton(("a",), (Clock("x"), Clock("y")), (Location("l"),), (), "l", ("0", "1")), "one-clock", "2 clocks: expected one at most, or another format"),
        (TimedAutomaton(("a",), (Clock("x", 3),), (Location("l"),), (), "l", ("0", "1")), "one-clock", "clock 'x' has a period: expected none, or another format"),
        (TimedAutomaton(("a",), (Clock("x"),), (Location("l", 0, parse_guard("x<3")),), (), "l", ("0", "1")), "one-clock", "location 'l' has an invariant: expected none, or another format"),
        (TimedAutomaton(("a",), (Clock("x"),), (Location("l"),), (), "l", ("p", "q"), 1), "one-clock", "classes p, q, stuck 1: expected an acceptor (classes 0 and 1, stuck 0), or another format"),
        (TimedAutomaton(("a",), (Clock("x"),), (Location("l", 0, parse_guard("x>=0")),), (), "l"), "uppaal", "the invariant of location 'l' is 'x >= 0', a lower bound: expected upper bounds, as UPPAAL allows no others, or another format"),
        (TimedAutomaton(("a",), (Clock("my clock"),), (Location("l", 0, (Constraint("my clock", "<", 3),)),), (), "l"), "krohn", "guard 'my clock < 3' cannot be written: expected clocks with names such as x or day_1"),
        (PLAIN, "dot", "format dot cannot hold a timed automaton: expected one of krohn, one-clock, uppaal, tchecker"),
    ],
)  # fmt: skip
def test_what_formats_cannot_hold(
    automaton: TimedAutomaton, format: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RequestError) as caught:
        write_machine(automaton, tmp_path / "m.x", format)
    assert str(caught.value) == message
    assert not list(tmp_path.iterdir())
