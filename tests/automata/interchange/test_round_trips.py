"""What is written is read back: the same machine with the same names, in every format and library."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata import Machine, Names, Semiautomaton
from krohn.automata.interchange import (
    FORMATS,
    from_aalpy,
    from_automata_lib,
    from_networkx,
    read_machine,
    to_aalpy,
    to_automata_lib,
    to_networkx,
    write_machine,
)
from krohn.automata.languages.acceptors import CLASSES
from krohn.errors import RequestError
from krohn.generators.tasks import families, task

FINITE = [made.name for made in FORMATS.values() if made.name in ("krohn", "dot", "learnlib", "att", "gap")]
LIBRARIES: list[tuple[Callable[[Machine], Any], Callable[[Any], Machine]]] = [
    (to_aalpy, from_aalpy),
    (to_automata_lib, from_automata_lib),
    (to_networkx, from_networkx),
]
EXACT = ("krohn", "gap")
LARGEST = 50_000


def shipped() -> list[str]:
    """Every family's example that has a machine, of at most `LARGEST` transitions."""
    found = []
    for family in families():
        machine = task(family.example).machine
        if isinstance(machine, Machine) and machine.delta.size <= LARGEST:
            found.append(family.example)
    return found


SHIPPED = shipped()


def same(a: Machine, b: Machine) -> bool:
    return a == b and a.names == b.names


def test_machines_that_ship_are_tried() -> None:
    assert {"parity", "count:5", "word:S5", "flipflop:2", "file:examples/turnstile.dot"} <= set(SHIPPED)


@pytest.mark.parametrize("format", FINITE)
@pytest.mark.parametrize("name", SHIPPED)
def test_files_of_shipped_machines(name: str, format: str, tmp_path: Path) -> None:
    machine = task(name).machine
    assert isinstance(machine, Machine)
    path = tmp_path / f"machine{FORMATS[format].endings[0]}"
    write_machine(machine, path, format)
    expected = machine if format in EXACT else usual(machine)
    assert same(read_machine(path), expected)  # type: ignore[arg-type]
    shutil.copy(path, tmp_path / "machine.text")  # neither the ending nor the format: the content says it
    assert same(read_machine(tmp_path / "machine.text"), expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(("to", "back"), LIBRARIES)
@pytest.mark.parametrize("name", SHIPPED)
def test_objects_of_shipped_machines(
    name: str, to: Callable[[Machine], Any], back: Callable[[Any], Machine]
) -> None:
    machine = task(name).machine
    assert isinstance(machine, Machine)
    expected = usual(machine)
    if to is to_automata_lib and expected.names.classes != CLASSES:
        with pytest.raises(
            RequestError, match=r"expected an acceptor, with classes reject and accept or two"
        ):
            to(machine)
        return
    found = back(to(machine))
    if to is to_automata_lib:  # its states are a set: they come back in the order of their names
        assert renamed(found, expected) == expected.trim()
    elif to is to_aalpy:  # nor does it hold an order of symbols and classes
        assert found.delta.shape == machine.delta.shape
        assert sorted(found.names.symbols) == sorted(expected.names.symbols)
        assert renamed(found, expected) == expected.trim()
    else:
        assert same(found, expected)


def renamed(found: Machine, like: Machine) -> Machine:
    """Return `found` with the symbols and classes numbered as in `like`, trimmed."""
    columns = range(found.symbols)
    if like.names.symbols:
        columns = [found.names.symbols.index(name) for name in like.names.symbols]  # type: ignore[assignment]
    outputs = found.outputs
    if like.names.classes:
        outputs = np.array([like.names.classes.index(found.names.output(int(c))) for c in outputs], np.int32)
    return Machine(Semiautomaton(found.delta[:, list(columns)]), found.start, outputs, like.classes).trim()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=4)
ODD = st.sampled_from(
    ["", " ", "a,b", "a/b", "ε", "eps", "<eps>", "\\", '"', "a|b", "{x}", "\n", "0", "01", "-1", "#"]
)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    states, symbols, classes = (draw(st.integers(1, n)) for n in (6, 4, 4))
    delta = draw(
        st.lists(
            st.lists(st.integers(0, states - 1), min_size=symbols, max_size=symbols),
            min_size=states,
            max_size=states,
        )
    )
    outputs = draw(st.lists(st.integers(0, classes - 1), min_size=states, max_size=states))
    named = [
        tuple(draw(st.lists(st.one_of(TEXTS, ODD), min_size=n, max_size=n, unique=True)))
        if draw(st.booleans())
        else ()
        for n in (symbols, states, classes)
    ]
    start = draw(st.integers(0, states - 1))
    return Machine(Semiautomaton(delta), start, outputs, classes, Names(*named))


def usual(machine: Machine) -> Machine:
    """Return the machine as it comes back: names that are the numbers from 0 on are those numbers, and the classes
    of an acceptor have names."""
    kept, orders = [], []
    for names in (machine.names.symbols, machine.names.states, machine.names.classes):
        numbers = [str(i) for i in range(len(names))]
        plain = bool(names) and sorted(names) == sorted(numbers)
        orders.append([names.index(number) for number in numbers] if plain else None)
        kept.append(() if plain else names)
    symbols, states, classes = orders
    if machine.classes == 2 and kept[2] == ():
        kept[2] = CLASSES
    delta, outputs, start = machine.delta, machine.outputs, machine.start
    if symbols is not None:
        delta = delta[:, symbols]
    if states is not None:
        place = np.argsort(states)
        delta, outputs, start = place[delta[states]], outputs[states], int(place[start])  # type: ignore[assignment]
    if classes is not None:
        outputs = np.argsort(classes)[outputs]  # type: ignore[assignment]
    return Machine(Semiautomaton(delta), start, outputs, machine.classes, Names(*kept))


EMPTY = "has an empty name, which DOT reads as ε"
REFUSED = {
    "krohn": [],
    "gap": [],
    "dot": [EMPTY],
    "learnlib": [EMPTY],
    "att": ["has no empty names, no", "have different classes and no transition enters them"],
}


def refusal(machine: Machine, path: Path, format: str) -> str:
    try:
        write_machine(machine, path, format)
    except RequestError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("format", FINITE)
@settings(deadline=None, max_examples=60)
@given(machine=machines())
def test_files_of_random_machines(
    format: str, machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("machines") / "machine"
    said = refusal(machine, path, format)
    if said:
        assert any(part in said for part in REFUSED[format]), said
        assert not list(path.parent.iterdir())
        return
    found = read_machine(path, format)
    assert same(found, machine if format in EXACT else usual(machine))  # type: ignore[arg-type]


@settings(deadline=None, max_examples=50)
@given(machine=machines())
def test_networkx_graphs_of_random_machines(machine: Machine) -> None:
    assert same(from_networkx(to_networkx(machine)), usual(machine))


@settings(deadline=None, max_examples=50)
@given(machine=machines())
def test_aalpy_objects_of_random_machines(machine: Machine) -> None:
    found, expected = from_aalpy(to_aalpy(machine)), usual(machine)
    assert found.names.states == expected.names.states
    assert sorted(found.names.symbols) == sorted(expected.names.symbols)
    words = np.random.default_rng(0).integers(0, machine.symbols, (20, 9))
    order = [expected.names.symbols.index(name) for name in found.names.symbols] or range(machine.symbols)
    place = np.argsort(np.array(order))
    said = [[expected.names.output(int(c)) for c in row] for row in expected.labels(words)]
    read = [[found.names.output(int(c)) for c in row] for row in found.labels(place[words])]
    assert said == read
