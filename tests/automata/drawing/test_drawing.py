"""Drawings show every state and arrow of a machine, whichever program lays them out."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata import Machine, Names, Semiautomaton, counter, flip_flop, group, group_automaton
from krohn.automata.catalogue import even_pairs, mod_ltr
from krohn.automata.decomposition import decompose
from krohn.automata.decomposition.dependencies import dependencies, factor_dependencies
from krohn.automata.decomposition.series import composition_series
from krohn.automata.drawing import draw_machine, picture_of
from krohn.automata.drawing.cascade import draw_cascade
from krohn.automata.drawing.graphviz import layout_source
from krohn.automata.drawing.picture import generating_symbols
from krohn.errors import RequestError

LAMP = Machine(
    Semiautomaton([[1, 0], [0, 1], [0, 0]]),
    0,
    [0, 1, 1],
    names=Names(("<press>", 'say "hi"'), ("off", "on", "odd")),
)


def identifiers(path: Path) -> list[str]:
    root = ElementTree.fromstring(path.read_bytes())
    return [element.get("id", "") for element in root.iter()]


def words_in(path: Path) -> str:
    return " ".join(ElementTree.fromstring(path.read_bytes()).itertext())


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_arrows_are_the_transitions(states: int, symbols: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    machine = Machine(Semiautomaton(random.integers(states, size=(states, symbols))), 0, np.arange(states))
    picture = picture_of(machine)
    shown = {(a.source, x, a.target) for a in picture.arrows for x in a.symbols}
    delta = picture.machine.delta
    assert shown == {(q, x, delta[q, x]) for q in range(picture.machine.states) for x in picture.symbols}


@pytest.mark.parametrize("name", ["S4", "Q8", "C2xC4", "A5"])
def test_drawn_symbols_generate_the_group(name: str) -> None:
    elements = group(name)
    chosen = generating_symbols(group_automaton(elements))
    reached = {0}
    while True:
        more = {int(elements.table[g, h]) for g in reached for h in chosen} - reached
        if not more:
            break
        reached |= more
    assert len(reached) == elements.order
    assert len(chosen) <= np.log2(elements.order)


def test_matplotlib_draws_each_state(tmp_path: Path) -> None:
    draw_machine(LAMP, tmp_path / "lamp.svg", graphviz=False)
    found = identifiers(tmp_path / "lamp.svg")
    assert {"state 0", "state 1", "accepting 1"} <= set(found)
    assert not {"accepting 0", "state 2"} & set(found)  # 2 is not accepting, and cannot be reached
    said = words_in(tmp_path / "lamp.svg")
    assert "<press>" in said
    assert 'say "hi"' in said


def test_the_same_machine_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        draw_machine(flip_flop(3), tmp_path / f"{name}.svg", graphviz=False)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_thicket_is_thinned_and_says_so(tmp_path: Path) -> None:
    draw_machine(group_automaton(group("S4")), tmp_path / "s4.svg", graphviz=False)
    said = words_in(tmp_path / "s4.svg")
    assert "drawn: 3 of 24 symbols, which generate the others" in said
    assert "(0 1)" in said
    assert len([name for name in identifiers(tmp_path / "s4.svg") if name.startswith("state ")]) == 24


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs the program dot (graphviz)")
@pytest.mark.parametrize("machine", [LAMP, counter(5), group_automaton(group("S4"))])
def test_graphviz_draws_each_state(machine: Machine, tmp_path: Path) -> None:
    draw_machine(machine, tmp_path / "a.svg", graphviz=True)
    states = machine.trim().states
    assert {f"state {q}" for q in range(states)} <= set(identifiers(tmp_path / "a.svg"))


def test_dot_text_is_quoted() -> None:
    text = layout_source(picture_of(LAMP))
    assert r'q0 -> q0 [label="say \"hi\""]' in text
    assert 'q1 [label="on" id="state 1" shape=doublecircle]' in text
    assert "  start -> q0" in text


def test_classes_are_named_where_circles_do_not_say_them() -> None:
    third = Machine(counter(3).semiautomaton, 0, [0, 0, 1], classes=3)
    assert picture_of(third).state_label(2) == "2\n(1)"
    assert picture_of(counter(3)).state_label(2) == "2"


def test_too_large_for_a_picture(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError,
        match=re.escape(
            "the machine has 201 states: expected at most 200 in a drawing; a DOT file takes any number"
        ),
    ):
        draw_machine(counter(201), tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_cascade_has_a_box_for_each_level_and_an_arrow_for_each_dependency(tmp_path: Path) -> None:
    draw_cascade(decompose(even_pairs()), tmp_path / "pairs.svg")
    found = set(identifiers(tmp_path / "pairs.svg"))
    assert {"level 0", "level 1", "prime 0 0", "dependency 0 1"} <= found
    assert not {"level 2", "prime 0 1", "dependency 1 0"} & found
    draw_cascade(decompose(group_automaton(group("S3"))), tmp_path / "s3.svg")
    assert {"level 0", "prime 0 0", "prime 0 1", "factor 0 0 1"} <= set(identifiers(tmp_path / "s3.svg"))
    draw_cascade(decompose(counter(6)), tmp_path / "c6.png")
    assert (tmp_path / "c6.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(
        RequestError, match=r"drawing a\.pdf: expected a name that ends in \.svg or \.png \(or \.json"
    ):
        draw_cascade(decompose(counter(6)), Path("a.pdf"))


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("C6", ()),  # a direct product
        ("C4", ((0, 1),)),  # a carry
        ("S3", ((0, 1),)),  # C2 turns the C3 around
        ("Q8", ((0, 2), (1, 2))),  # its quotient by the centre is C2 x C2
    ],
)
def test_factors_that_listen(name: str, pairs: tuple[tuple[int, int], ...]) -> None:
    assert factor_dependencies(composition_series(group(name))) == pairs


def test_levels_that_listen() -> None:
    # The operator decides what a digit does; the value is not asked for what comes after it.
    assert dependencies(decompose(mod_ltr(5))) == ((0, 1), (0, 2))


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"drawing .*a\.png: expected a name that ends in \.svg"):
        draw_machine(counter(2), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
