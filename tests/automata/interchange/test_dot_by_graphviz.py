"""Graphviz draws the names themselves, whatever characters they have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from krohn.automata import Machine, Names, Semiautomaton
from krohn.automata.interchange import write_machine


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs the program dot of Graphviz")
@pytest.mark.parametrize("named", [False, True])
def test_graphviz_draws_the_names_themselves(named: bool, tmp_path: Path) -> None:
    symbols = ("a,b", "a/b", "\\", 'say "x"', "ε", "N", "\\N", "x  y")
    states = ("p|q", "{r}", "<s>", "t/u")
    classes = ("no|ne", "<some>", "{all}") if named else ()
    outputs = [0, 1, 2, 0] if named else [0, 1, 1, 0]
    table = [[(q * 3 + x * x) % 4 for x in range(8)] for q in range(4)]
    machine = Machine(Semiautomaton(table), 2, outputs, names=Names(symbols, states, classes))
    write_machine(machine, tmp_path / "m.dot", "learnlib")
    drawn = subprocess.run(["dot", "-Tsvg", tmp_path / "m.dot"], capture_output=True, check=True)
    assert drawn.stderr == b""
    space = "{http://www.w3.org/2000/svg}"
    groups = list(fromstring(drawn.stdout.decode()).iter(f"{space}g"))
    texts = {
        (kind, (text.text or "").replace("\xa0", " "))
        for kind in ("node", "edge")
        for group in groups
        if group.get("class") == kind
        for text in group.iter(f"{space}text")
    }
    assert {text for kind, text in texts if kind == "edge"} == set(symbols)
    assert {text for kind, text in texts if kind == "node"} == {*states, *classes}
    doubled = sum(
        len(list(group.iter(f"{space}ellipse"))) == 2 for group in groups if group.get("class") == "node"
    )
    assert doubled == (0 if named else 2)
