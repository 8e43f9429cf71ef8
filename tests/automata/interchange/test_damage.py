"""Files cut at every byte, and files with anything changed: a clear error or a machine, never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata import Machine, Names, Semiautomaton
from krohn.automata.interchange import FORMATS, read_machine, write_machine
from krohn.automata.timed.automaton import Clock, Location, TimedAutomaton, Transition
from krohn.automata.timed.guards import parse_guard
from krohn.errors import KrohnError

TURNSTILE = Machine(
    Semiautomaton([[1, 0], [2, 1], [2, 0]]),
    1,
    [0, 0, 1],
    names=Names(("coin", "push,é"), ("none", "one", "paid"), ("shut", "free")),
)
ACCEPTOR = Machine(Semiautomaton([[1, 10], *([q % 11, q - 1] for q in range(2, 12))]), 10, [0, 1] * 5 + [1])
LATE = TimedAutomaton(
    symbols=("go", "wait a bit"),
    clocks=(Clock("x"),),
    locations=(Location("early", 0, parse_guard("x <= 10")), Location("late", 1)),
    transitions=(
        Transition("early", "go", "early", parse_guard("x <= 3"), ("x",)),
        Transition("early", "go", "late", parse_guard("x > 3, x < 8")),
        Transition("late", "wait a bit", "late"),
    ),
    start="early",
)
ONE_CLOCK = TimedAutomaton(
    LATE.symbols, LATE.clocks, (Location("early"), Location("late", 1)), LATE.transitions, "early"
)
WHOLE: list[tuple[str, Machine | TimedAutomaton]] = [
    *((format, TURNSTILE) for format in ("krohn", "dot", "learnlib", "gap")),
    *((format, ACCEPTOR) for format in ("krohn", "gap", "att")),
    ("att", Machine(TURNSTILE.semiautomaton, 1, [0, 0, 1], names=Names(classes=("shut", "free")))),
    *((format, LATE) for format in ("krohn", "uppaal", "tchecker")),
    ("one-clock", ONE_CLOCK),
]


def is_same(found: Machine | TimedAutomaton, machine: Machine | TimedAutomaton) -> bool:
    names = isinstance(machine, Machine) and isinstance(found, Machine)
    if names and found.names.classes == ("reject", "accept"):  # type: ignore[union-attr]
        return found == machine
    return found == machine and (not names or found.names == machine.names)  # type: ignore[union-attr]


def outcome(
    path: Path, format: str | None, complete: bool = False
) -> tuple[str, Machine | TimedAutomaton | None]:
    """Return the text of the refusal and None, or an empty text and the machine."""
    try:
        return "", read_machine(path, format, complete)
    except KrohnError as error:
        return str(error), None


@pytest.mark.parametrize(("format", "machine"), WHOLE)
def test_cut_at_every_byte(format: str, machine: Machine | TimedAutomaton, tmp_path: Path) -> None:
    path = tmp_path / f"whole{FORMATS[format].endings[0]}"
    write_machine(machine, path, format)
    assert is_same(read_machine(path, format), machine)
    data = path.read_bytes()
    whole = 0
    for end in range(
        0, len(data), 5 if format == "uppaal" else 1
    ):  # XML has to be well-formed: few are enough
        path.write_bytes(data[:end])
        said, found = outcome(path, format)
        if found is None:
            assert said.startswith(str(path))
            assert "\n" not in said
        else:
            assert is_same(found, machine), f"the first {end} of {len(data)} bytes are another machine"
            whole += 1
    assert whole <= 3  # nothing but a newline or the end of a statement may be missing


TEXTS: dict[str, list[str]] = {}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The texts of whole files in each format."""
    if not TEXTS:
        for format, machine in WHOLE:
            path = tmp_path_factory.mktemp("whole") / "m"
            write_machine(machine, path, format)
            TEXTS.setdefault(format, []).append(path.read_text())
    return TEXTS


MARKS = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "<",
    ">",
    ":",
    ";",
    ",",
    "->",
    "\\",
    "#",
    "/*",
    "&",
    "0",
    "-1",
    "1e9",
    "null",
]
MARKS += ["label", "graph", "/", "|", "=", " ", "\x00", "9" * 5000, "[" * 2000, "{" * 2000, "<a>" * 2000]
PIECES = st.one_of(st.text(max_size=3), st.sampled_from(MARKS))


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_anything_changed(
    format: str, data: st.DataObject, texts: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = data.draw(st.sampled_from(texts[format]))
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text)))
        end = min(len(text), begin + data.draw(st.integers(0, 8)))
        text = text[:begin] + data.draw(PIECES) + text[end:]
    path = tmp_path_factory.mktemp("changed") / f"m{FORMATS[format].endings[0]}"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    said, found = outcome(path, data.draw(st.sampled_from([None, format])), data.draw(st.booleans()))
    assert found is not None or str(path) in said


ANYTHING = st.one_of(
    st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore"))
)


@settings(deadline=None, max_examples=60)
@given(data=ANYTHING)
def test_anything_at_all(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "m"
    path.write_bytes(data)
    for format in (None, *FORMATS):
        said, found = outcome(path, format)
        assert found is not None or str(path) in said
