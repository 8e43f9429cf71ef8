"""krohn show and krohn tasks, as people read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Krohn = Callable[..., Any]


def entry(text: str, key: str) -> str:
    """Return an entry, its lines joined."""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"  {key:<10}"))
    rest = []
    for line in lines[first + 1 :]:
        if not line.startswith(" " * 12):
            break
        rest.append(line.strip())
    return " ".join([lines[first][12:].strip(), *rest])


def test_a_regular_expression(krohn: Krohn) -> None:
    said = krohn("show", "--regex", "(ab|ba)*")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[0] == "regex:(ab|ba)*"
    assert entry(said.out, "machine").startswith("4 states, 2 symbols, 2 classes")
    assert entry(said.out, "monoid") == "15 elements; it forgets"
    assert entry(said.out, "class") == "aperiodic"
    assert entry(said.out, "circuits").startswith("AC0: ")
    assert entry(said.out, "cascade").startswith("flip-flop(2), flip-flop(2), flip-flop(2) (")
    # Two letters of one word and the two of the other: two regular D-classes between identity and zero.
    assert "2 x 2 cells of 1 element, 2 groups . * * . 3 x 3" in entry(said.out, "D-classes")


def test_a_group(krohn: Krohn, tmp_path: Path) -> None:
    said = krohn("show", "word:S4", "--svg", tmp_path / "s4.svg")
    assert said.status == 0
    assert said.err == f"{tmp_path / 's4.svg'} is drawn\n"
    assert ElementTree.parse(tmp_path / "s4.svg").getroot().tag.endswith("svg")
    assert entry(said.out, "class") == "solvable, derived length 3"
    assert entry(said.out, "group") == "S4: order 24, derived length 3, made of C2, C2, C2, C3"
    assert entry(said.out, "cascade").startswith(
        "C2, C3, C2, C2 (from the input on, in 1 permutation-reset level; 4 groups; "
    )
    models = entry(said.out, "models")
    assert "no  mamba, eigenvalues in [0, 1]: eigenvalues that are not positive are needed for S4" in models
    assert "yes aussm: 3 layers of aussm at least, for S4" in models


def test_a_large_group_is_one_cell(krohn: Krohn) -> None:
    assert (
        entry(krohn("show", "word:S5:generators").out, "D-classes") == "1 x 1 cells of 120 elements, 1 group"
    )


def test_not_solvable(krohn: Krohn) -> None:
    said = krohn("show", "word:A5")
    assert entry(said.out, "class") == "not solvable: A5 is in it"
    assert entry(said.out, "circuits").startswith("NC1-complete: ")
    assert "no aussm: A5 is simple and not abelian" in entry(said.out, "models").replace("no  ", "no ")


def test_decomposition_in_the_document(krohn: Krohn) -> None:
    row = json.loads(krohn("show", "mod-ltr:5", "--json").out)
    assert row["decomposition"] == ["flip-flop(4)", "C2", "C2", "C5", "flip-flop(5)", "flip-flop(2)"]
    assert (row["monoid"], row["class"], row["groups"]) == (518, "solvable", ["F20"])


def test_past_the_limit(krohn: Krohn) -> None:
    row = json.loads(krohn("show", "mod-ltr:5", "--limit", "100", "--json").out)
    assert row["limit_reached"]
    assert [row[key] for key in ("monoid", "class", "derived_length", "groups", "decomposition")] == [
        None
    ] * 5
    said = krohn("show", "mod-ltr:5", "--limit", "100")
    assert said.status == 0
    assert "100" in entry(said.out, "monoid")
    assert "has more than 100 " in entry(said.out, "cascade")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["show"],
            "show what: expected one of a task's name, --regex and --file, such as krohn show parity",
        ),
        (
            ["show", "parity", "--regex", "a"],
            "show what: expected one of a task's name, --regex and --file, such as krohn show parity",
        ),
        (["show", "parity", "--alphabet", "ab"], "--alphabet 'ab': expected with --regex only"),
        (["show", "parity", "--limit", "0"], "limit is 0: expected a whole number of at least 1"),
        (["show", "--regex", "a(b"], "regex 'a(b': position 1: '(' is never closed"),
    ],
)
def test_refusals(krohn: Krohn, words: list[str], message: str) -> None:
    said = krohn(*words)
    assert (said.status, said.out, said.err) == (2, "", f"krohn: {message}\n")


def test_tasks_of_one_class(krohn: Krohn) -> None:
    said = krohn("tasks", "--class", "nonsolvable")
    title, head, row = said.out.splitlines()
    assert title == "nonsolvable: groups with a simple factor that is not abelian"
    assert head.split()[:2] == ["task", "family"]
    assert row.split()[0] == "word:S5"
    assert {row["class"] for row in json.loads(krohn("tasks", "--class", "aperiodic", "--json").out)} == {
        "aperiodic"
    }


def test_tasks_lists_each_family_under_its_class(krohn: Krohn) -> None:
    lines = krohn("tasks").out.splitlines()
    under = {}
    heading = ""
    for line in lines:
        if ": " in line and "  " not in line:
            heading = line.split(":")[0]
        elif not line.startswith("task"):
            under[line.split()[0]] = heading
    assert under["parity"] == "abelian"
    assert under["flipflop:2"] == "aperiodic"
    assert under["mod-ltr:5"] == "solvable"


def test_the_cascade_is_written(krohn: Krohn, tmp_path: Path) -> None:
    said = krohn("show", "tomita:5", "--cascade", tmp_path / "a.json")
    assert (said.status, said.err) == (0, f"{tmp_path / 'a.json'} is written\n")
    document = json.loads((tmp_path / "a.json").read_text())
    assert [level["primes"] for level in document["levels"]] == [["C2", "C2"]]
    said = krohn("show", "tomita:5", "--cascade", tmp_path / "a.pdf")
    assert said.status == 2
    assert said.err.endswith("expected a name that ends in .svg or .png (or .json for the tables)\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_machine_in_a_file(krohn: Krohn, tmp_path: Path) -> None:
    said = krohn("show", "tomita:3", "--dot", tmp_path / "t3.dot")
    assert (said.status, said.err) == (0, f"{tmp_path / 't3.dot'} is written\n")
    again = krohn("show", "--file", tmp_path / "t3.dot", "--json")
    row = json.loads(again.out)
    assert row["name"] == f"file:{tmp_path / 't3.dot'}"
    same = json.loads(krohn("show", "tomita:3", "--json").out)
    keys = ("states", "monoid", "class", "groups", "decomposition")
    assert [row[key] for key in keys] == [same[key] for key in keys]


@pytest.mark.parametrize(
    ("name", "clock", "figures"),
    [
        ("timed:relative:5", "x", [12, 48, "timed", []]),
        ("timed:periodic:10", "t (time modulo 10)", [16, 21, "timed", ["C10"]]),
    ],
)
def test_a_timed_automaton(krohn: Krohn, tmp_path: Path, name: str, clock: str, figures: list[Any]) -> None:
    said = krohn("show", name, "--svg", tmp_path / "timed.svg")
    assert said.status == 0
    first = said.out.split(name)[0]
    assert first.startswith("symbols ")
    assert any(line.split(maxsplit=1) == ["clocks", clock] for line in first.splitlines())
    assert "when" in first
    assert (tmp_path / "timed.svg").is_file()
    row = json.loads(krohn("show", name, "--json").out)
    assert [row[key] for key in ("states", "monoid", "class", "groups")] == figures
