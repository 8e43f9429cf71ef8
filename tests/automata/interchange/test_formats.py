"""Which format a file has, bounds on what is read, files that are whole or absent, and the published schema."""

# ruff: noqa: E501  one case a line: what is given, and what is said

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from krohn.automata import Machine, Names, Semiautomaton, counter
from krohn.automata.interchange import FORMATS, read_machine, write_machine
from krohn.automata.interchange.krohn_json import schema
from krohn.automata.interchange.source import LARGEST_FILE
from krohn.automata.timed.automaton import TimedAutomaton
from krohn.errors import DamagedFileError, KrohnError, RequestError
from krohn.generators.tasks import task

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/machine-v1.json").read_text())
TIMED = """{"schema_version": 1, "kind": "timed", "symbols": ["a"], "clocks": [{"name": "day", "period": 24}],
"locations": [{"name": "l", "output": 1}], "start": "l", "classes": ["no", "yes"], "stuck": 1,
"transitions": [{"source": "l", "symbol": "a", "target": "l", "guard": "day >= 12", "resets": []}]}"""

ENDINGS = ".json, .dot, .gv, .att, .fst, .g, .gap, .xml, .tck"
NAMES = "krohn, dot, learnlib, att, gap, one-clock, uppaal, tchecker"


def test_the_schema_is_published_and_holds_what_is_written(tmp_path: Path) -> None:
    assert schema() == SCHEMA
    write_machine(task("file:examples/turnstile.dot").machine, tmp_path / "m.json")  # type: ignore[arg-type]
    document = json.loads((tmp_path / "m.json").read_text())
    jsonschema.validate(document, SCHEMA)
    jsonschema.validate(json.loads(TIMED), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "start": -1}, SCHEMA)


def test_a_document_without_what_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(TIMED)
    found = read_machine(tmp_path / "m.json")
    assert isinstance(found, TimedAutomaton)
    assert (found.clocks[0].period, found.outputs, found.stuck) == (24, (1,), 1)
    plain = '{"schema_version": 1, "kind": "finite", "start": 0, "classes": 2, "outputs": [0, 1], "delta": [[0, 1], [1, 0]]}'
    (tmp_path / "m.json").write_text(plain)
    assert read_machine(tmp_path / "m.json") == counter(2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, ", schema_version: Input should be 1"),
        ({"kind": "pushdown"}, ", kind: expected 'finite' or 'timed'"),
        ({"extra": 1}, ", extra: Extra inputs are not permitted"),
        ({"start": 5}, ": start[0] is 5: expected a state from 0 to 1"),
        ({"delta": [[0, 1], [1, 2]]}, ": delta[1, 1] is 2: expected a state from 0 to 1"),
        ({"delta": [[0, 1], [1]]}, ": transition table has rows of different lengths: expected an array"),
        ({"delta": [[0, 1], [1, -1]]}, ", delta.1.1: Input should be greater than or equal to 0"),
        ({"delta": [[0, 1], [1, True]]}, ", delta.1.1: Input should be a valid integer"),
        ({"outputs": [0]}, ": outputs have 1 entries: expected one for each of 2 states"),
        ({"names": {"symbols": ["a", "a"]}}, ": symbols have the name 'a' twice: expected names of their own"),
    ],
)  # fmt: skip
def test_damaged_documents(change: dict[str, object], message: str, tmp_path: Path) -> None:
    document = {
        "schema_version": 1,
        "kind": "finite",
        "start": 0,
        "classes": 2,
        "outputs": [0, 1],
        "delta": [[0, 1], [1, 0]],
    }
    (tmp_path / "m.json").write_text(json.dumps({**document, **change}))
    with pytest.raises(DamagedFileError) as caught:
        read_machine(tmp_path / "m.json")
    assert str(caught.value) == f"{tmp_path}/m.json{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"a": 1,\n', ", line 3: not a JSON document: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, ": not a JSON document of ours: lists within lists without end"),
        ("9" * 5000, ": not a JSON document of ours: a number of thousands of digits"),
        ('{"kind": 1, "kind": 2}', ": key 'kind' twice in one object: expected keys of their own"),
    ],
)
def test_no_json(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(DamagedFileError) as caught:
        read_machine(tmp_path / "m.json")
    assert str(caught.value) == f"{tmp_path}/m.json{message}"


def test_formats_that_cannot_be_told(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text("once upon a time")
    (tmp_path / "m.dot").write_text("<nta></nta>")
    for request, error, message in [
        (lambda: read_machine(tmp_path / "m.txt"), RequestError, f"{tmp_path}/m.txt: neither its ending nor its content is known: expected {ENDINGS}, or a format: {NAMES}"),
        (lambda: read_machine(tmp_path / "m.dot"), RequestError, f"{tmp_path}/m.dot, line 1: an HTML string: expected a quoted one; read as dot by its ending, but it looks like uppaal"),
        (lambda: read_machine(tmp_path / "no.dot"), RequestError, f"no file {tmp_path}/no.dot; did you mean {tmp_path}/m.dot?"),
        (lambda: read_machine(tmp_path), RequestError, f"{tmp_path} is a folder: expected a file"),
        (lambda: read_machine(tmp_path / "m.txt", "dott"), RequestError, "unknown format 'dott': expected one of att, dot, gap, krohn, learnlib, one-clock, tchecker, uppaal; did you mean 'dot'?"),
        (lambda: write_machine(counter(2), tmp_path / "m.txt"), RequestError, f"{tmp_path}/m.txt: its ending is not known: expected {ENDINGS}, or a format: {NAMES}"),
        (lambda: write_machine(counter(2), tmp_path / "m.xml"), RequestError, "format uppaal cannot hold a finite machine: expected one of krohn, dot, learnlib, att, gap"),
        (lambda: write_machine(Machine(Semiautomaton([[0]]), 0, [0], 1, Names(("\ud800",))), tmp_path / "m.json"), RequestError, "'\\ud800' in a name is no character: expected text"),
    ]:  # fmt: skip
        with pytest.raises(error) as caught:
            request()
        assert str(caught.value) == message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.dot", "m.txt"]
    assert set(NAMES.split(", ")) == set(FORMATS)


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "m.dot").write_bytes(b"digraph {\n a [label=\xff] }")
    with pytest.raises(DamagedFileError, match=r"m.dot, line 2: not UTF-8 text$"):
        read_machine(tmp_path / "m.dot")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "m.dot"
    write_machine(counter(3), path)
    before = path.read_bytes()
    with pytest.raises(KrohnError):
        write_machine(Machine(Semiautomaton([[0]]), 0, [0], 1, Names(("",))), path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["m.dot"]


MEASURED = """
import resource, sys
from krohn.automata.interchange import read_machine
from krohn.errors import KrohnError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_machine(sys.argv[1])
except KrohnError as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""


def measured(path: Path) -> tuple[int, str]:
    """Return by how many kilobytes the memory grew while the file was read, and the refusal."""
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    said = subprocess.run(
        [sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True, env=environment
    )
    grown, _, message = said.stdout.strip().partition(" ")
    return int(grown), message


@pytest.mark.parametrize("ending", [".xml", ".dot", ".json", ".tck"])
def test_a_file_of_a_hundred_megabytes_is_refused_within_bounds(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"m{ending}"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    grown, message = measured(path)
    assert message == f"{path} is larger than {LARGEST_FILE >> 20} MiB: expected a smaller file"
    assert grown < 100_000


BOMBS = {
    "m.xml": ("<a>" + "<b/>" * (LARGEST_FILE // 4 - 2), "more than 200000 elements: expected fewer"),
    "m.dot": (
        "digraph {" + "a->b;" * (LARGEST_FILE // 5 - 4),
        "the end of the file: expected a statement or '}'",
    ),
    "m.tck": ("system:s\n" + "event:a\n" * (LARGEST_FILE // 8 - 4), "more than 10000 locations"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_the_largest_files_are_read_within_bounds(name: str, tmp_path: Path) -> None:
    text, expected = BOMBS[name]
    (tmp_path / name).write_text(text)
    grown, message = measured(tmp_path / name)
    assert expected in message
    assert grown < 2_000_000


def test_entities_that_grow_are_refused_before_they_do(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    path = tmp_path / "m.xml"
    path.write_text(f'<!DOCTYPE nta [<!ENTITY e0 "lol">{entities}]><nta>&e9;</nta>')
    grown, message = measured(path)
    assert message == f"{path}: the entity 'e0' is defined: expected XML without entities"
    assert grown < 50_000
    path.write_text('<!DOCTYPE nta [<!ENTITY e SYSTEM "file:///etc/hostname">]><nta>&e;</nta>')
    assert measured(path)[1] == f"{path}: the entity 'e' is defined: expected XML without entities"


def test_the_page_of_formats_is_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/formats.md").read_text()
    (dot,) = re.findall(r"```dot\n(.*?)```", page, re.DOTALL)
    (tmp_path / "even.dot").write_text(dot)
    assert read_machine(tmp_path / "even.dot") == Machine(Semiautomaton([[0, 1, 1], [1, 0, 0]]), 0, [1, 0])
    rows = re.findall(r"^\| `([a-z-]+)` \| (\S[^|]*) \|", page, re.MULTILINE)
    assert [(name, tuple(re.findall(r"\.\w+", endings))) for name, endings in rows] == [
        (made.name, made.endings) for made in FORMATS.values()
    ]
