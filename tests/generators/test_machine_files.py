"""The task of a machine in a file: its path, its version, its labels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from krohn.automata import Machine, Semiautomaton, counter
from krohn.automata.interchange import write_machine
from krohn.errors import RequestError
from krohn.generators.task import Classes, Readout, Symbols
from krohn.generators.tasks import task


def test_the_shipped_turnstile_takes_two_coins() -> None:
    found = task("file:examples/turnstile.dot")
    assert (found.inputs, found.targets, found.readout) == (Symbols(2), Classes(2), Readout.PREFIX)
    coin, push, free, shut = 0, 1, 0, 1
    word = [push, coin, push, coin, coin, push, coin]
    assert found.label(np.array([word]), np.array([7])).tolist() == [
        [shut, shut, shut, free, free, shut, shut]
    ]


def test_a_path_may_hold_colons_and_stays_in_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a:b" / "count:3.json"
    write_machine(counter(3), path)
    found = task(f"file:{path}")
    assert found.name == f"file:{path}"
    assert found.machine == counter(3)


def test_the_working_folder_comes_before_what_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_machine(counter(3), tmp_path / "examples/turnstile.dot")
    monkeypatch.chdir(tmp_path)
    assert task("file:examples/turnstile.dot").machine == counter(3)


def test_the_version_is_that_of_the_machine_however_it_is_written(tmp_path: Path) -> None:
    doubled = Machine(Semiautomaton([[0, 1], [1, 2], [2, 3], [3, 0]]), 0, [0, 1, 0, 1])  # parity, twice
    versions = {}
    for name, machine in {
        "a.dot": counter(2),
        "b.json": counter(2),
        "c.g": doubled,
        "d.dot": counter(3),
        "e.json": Machine(counter(2).semiautomaton, 0, [1, 0]),
        "f.json": Machine(counter(2).semiautomaton, 0, [0, 1], 3),
    }.items():
        write_machine(machine, tmp_path / name)
        versions[name] = task(f"file:{tmp_path / name}").version
    assert versions["a.dot"] == versions["b.json"] == versions["c.g"]
    assert len(set(versions.values())) == 4
    assert all(0 <= version < 1 << 31 for version in versions.values())


def test_refusals(tmp_path: Path) -> None:
    timed = tmp_path / "late.json"
    timed.write_text(
        '{"l": ["p"], "sigma": ["a"], "tran": {"0": ["p", "a", "[0,+)", "n", "p"]}, "init": "p", "accept": []}'
    )
    for name, message in {
        f"file:{timed}": f"task 'file:{timed}': a timed automaton: expected a finite machine; 'timed:file:{timed}' "
        "is for timed ones",
        "file:no/such.dot": "no file no/such.dot",
        f"file:{tmp_path / 'early.json'}": f"no file {tmp_path / 'early.json'}; did you mean {timed}?",
        f"file:{tmp_path / '0123456789.json'}": f"no file {tmp_path / '0123456789.json'}; there is {timed}",
        "file": "task 'file' has 0 parameters: expected file:PATH",
    }.items():
        with pytest.raises(RequestError) as caught:
            task(name)
        assert str(caught.value) == message


def test_libraries_are_not_loaded_before_they_are_needed() -> None:
    code = "import sys, krohn.generators.tasks; print(sorted({'aalpy', 'networkx', 'defusedxml'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
