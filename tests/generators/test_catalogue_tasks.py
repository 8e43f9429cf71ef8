"""Tasks of the catalogue: names and parameters, labels that are those of the machine, refusals."""

from __future__ import annotations

import re

import pytest

from krohn.automata import catalogue
from krohn.automata.group_names import group
from krohn.automata.languages.random_machines import random_machine
from krohn.automata.languages.regex import regex_machine
from krohn.automata.machine import Machine
from krohn.automata.minimise import minimise
from krohn.errors import RequestError
from krohn.generators.task import Readout
from krohn.generators.tasks import families, task

TASKS: list[tuple[str, Machine]] = [
    ("cycle:5", catalogue.cycle(5)),
    ("gridworld:5", catalogue.gridworld(5)),
    ("dihedral:5", catalogue.dihedral(5)),
    ("quaternion", catalogue.quaternion()),
    ("permutation-reset:S3", catalogue.permutation_reset(group("S3"))),
    ("even-pairs", catalogue.even_pairs()),
    ("first", catalogue.first()),
    ("last", catalogue.last()),
    ("tomita:3", catalogue.tomita(3)),
    ("repeat:aa", catalogue.repeat("aa")),
    ("repeat:a:b", regex_machine("(a:b)*")),
    ("abab", catalogue.abab()),
    ("nested:4", catalogue.nested(4)),
    ("adder", catalogue.adder()),
    ("regex:(ab|ba)*", regex_machine("(ab|ba)*")),
    ("regex:a:b{1,2}|:c*:", regex_machine("a:b{1,2}|:c*:")),
    ("regex:(aa)*|b{0}", regex_machine("(aa)*", "ab")),
    ("random:8:2", random_machine(8, 2, 0, minimal=True)),
    ("random:5:3:9", random_machine(5, 3, 9, minimal=True)),
]


@pytest.mark.parametrize(("name", "machine"), TASKS)
def test_labels_are_the_outputs_of_the_machine(name: str, machine: Machine) -> None:
    found = task(name)
    assert (found.name, found.version, found.readout) == (name, 1, Readout.PREFIX)
    assert found.machine == machine
    assert found.machine is not None
    assert found.machine.names.symbols == machine.names.symbols
    words = found.sample(20, (1, 30), seed=3)
    delta, outputs = machine.delta.tolist(), machine.outputs.tolist()
    for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        state, expected = machine.start, []
        for symbol in symbols[:length].tolist():
            state = delta[state][symbol]
            expected.append(outputs[state])
        assert labels[:length].tolist() == expected
        assert (labels[length:] == -100).all()


def test_a_regex_labels_what_python_matches() -> None:
    found = task("regex:(a|bc)*:?")
    words = found.sample(200, (1, 8), seed=1)
    letters = ":abc"
    for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        text = "".join(letters[x] for x in symbols[:length])
        matches = [re.fullmatch("(a|bc)*:?", text[: end + 1]) is not None for end in range(length)]
        assert labels[:length].tolist() == matches


def test_every_family_is_built_from_its_example_and_minimal() -> None:
    ours = {name.split(":")[0] for name, _ in TASKS}
    found = [family for family in families() if family.name in ours]
    assert len(found) == len(ours)
    for family in found:
        machine = task(family.example).machine
        assert machine is not None
        assert minimise(machine) == machine
        assert task(family.example).name == family.example


def test_one_task_has_one_name() -> None:
    assert task("random:8:2:0").name == "random:8:2"
    assert task("random:08:2:00").identity == "random:8:2@1"
    assert task("cycle:05").name == "cycle:5"
    assert task("permutation-reset:S3").name == "permutation-reset:S3"


def test_random_tasks_differ_by_seed() -> None:
    tables = set()
    for seed in range(20):
        machine = task(f"random:6:2:{seed}").machine
        assert machine is not None
        assert (machine.states, machine.symbols, set(machine.outputs.tolist())) == (6, 2, {0, 1})
        tables.add(machine.delta.tobytes())
    assert len(tables) == 20


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cycle:0", "cycle: M is 0: expected 1 to 65536"),
        ("cycle:x", "task 'cycle:x': M is 'x': expected a whole number, as in cycle:5"),
        ("tomita:8", "tomita: K is 8: expected 1 to 7"),
        ("tomita", "task 'tomita' has 0 parameters: expected tomita:K"),
        ("nested:0", "nested: N is 0: expected 1 to 65536"),
        ("dyck:2", "task 'dyck:2' has 1 parameters: expected dyck:K:M"),
        ("repeat:", "repeat: the word has 0 letters: expected 1 to 1000"),
        ("repeat", "task 'repeat' has 0 parameters: expected repeat:WORD"),
        ("regex", "task 'regex' has 0 parameters: expected regex:R"),
        ("regex:", "regex '' has no letters: expected an alphabet, such as 'ab'"),
        ("regex:a:(b", "regex 'a:(b': position 2: '(' is never closed"),
        (
            "regex:a{1,1000000}",
            "regex 'a{1,1000000}': position 1: the repeat makes 1000000 letters: the limit is 4096",
        ),
        ("random:8", "task 'random:8' has 1 parameters: expected random:S:A[:SEED]"),
        ("random:0:2", "states is 0: expected a whole number of at least 1"),
        ("random:8:2:x", "task 'random:8:2:x': SEED is 'x': expected a whole number, as in random:8:2"),
        (
            "random:65536:65536",
            "random machine has 65536 states and 65536 symbols: the limit is 16777216 entries",
        ),
        ("permutation-reset:S7", "permutation-reset:S7: order is 5040: expected 1 to 4096"),
        ("mod-ltr:5:/", "mod-ltr: operators are '/': expected some of +-*, each once"),
        ("mod-precedence:1", "mod-precedence: M is 1: expected 2 to 64"),
    ],
)
def test_error_texts(name: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        task(name)
    assert str(caught.value) == message
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("name", "near"),
    [("evenpairs", "even-pairs"), ("gridwrold:5", "gridworld:N"), ("regexp:a", "regex:R")],
)
def test_the_nearest_family_is_named(name: str, near: str) -> None:
    with pytest.raises(RequestError, match=f"; did you mean '{near}'\\?$"):
        task(name)
