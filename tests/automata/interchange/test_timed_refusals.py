"""What files of timed automata say that no automaton of ours can hold, and what is no such file: the texts."""

# ruff: noqa: E501  one case a line: what is given, and what is said

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from krohn.automata.interchange import read_machine
from krohn.errors import DamagedFileError, KrohnError, RequestError


def message_of(name: str, text: str, tmp_path: Path, error: type[KrohnError]) -> str:
    (tmp_path / name).write_text(text)
    with pytest.raises(error) as caught:
        read_machine(tmp_path / name)
    return str(caught.value).removeprefix(f"{tmp_path}/{name}")


OTA: dict[str, Any] = {
    "name": "A",
    "l": ["p", "q"],
    "sigma": ["a"],
    "tran": {"0": ["p", "a", "[0,3)", "r", "q"]},
    "init": "p",
    "accept": ["q"],
}


def ota(**changes: Any) -> str:
    return json.dumps({key: value for key, value in {**OTA, **changes}.items() if value is not None})


def row(*parts: Any) -> str:
    return ota(tran={"7": list(parts)})


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (ota(init=None), DamagedFileError, ": no key 'init': expected name, l, sigma, tran, init, accept"),
        (ota(inputs=[]), RequestError, ", inputs: a key that the format does not have: expected name, l, sigma, tran, init, accept"),
        (ota(l=["p", 1]), DamagedFileError, ", l: expected a list of names"),
        (ota(accept=["r"]), DamagedFileError, ", accept: 'r' is no location: expected one of l"),
        (ota(init=["p"]), DamagedFileError, ", init: ['p']: expected the name of a location"),
        (ota(tran=[]), DamagedFileError, ", tran: expected an object of transitions by their numbers"),
        (ota(tran={"x": []}), DamagedFileError, ", tran.x: expected a number as its key"),
        (row("p", "a"), DamagedFileError, ", tran.7: expected [source, action, guard, reset, target]"),
        (row("p", "a", "[0,3)", "x", "q"), DamagedFileError, ", tran.7: reset is 'x': expected 'r' or 'n'"),
        (row("p", "a", "[0,+]", "r", "q"), DamagedFileError, ", tran.7: guard '[0,+]': expected an interval such as '[2,4)' or '(3,+)'"),
        (row("p", "a", "[0,-1]", "r", "q"), DamagedFileError, ", tran.7: guard '[0,-1]': expected an interval such as '[2,4)' or '(3,+)'"),
        (row("p", "a", "[0,9999999999]", "r", "q"), RequestError, ", tran.7: guard 'x <= 9999999999': expected a constant of at most 1073741824"),
        (row("p", "b", "[0,3)", "r", "q"), DamagedFileError, ": transition p --b--> q: unknown symbol 'b': expected one of a; did you mean 'a'?"),
        (ota(l=["p", "q"] * 6000), RequestError, ": more than 10000 locations, transitions, symbols and clocks: expected a smaller automaton"),
    ],
)  # fmt: skip
def test_one_clock(text: str, error: type[KrohnError], message: str, tmp_path: Path) -> None:
    said = message_of("m.json", text, tmp_path, error)
    assert said == message or (message.endswith("'a'?") and said.startswith(message[:60]))


def uppaal(
    declaration: str = "clock x; chan a;", inside: str = "", label: str = "", system: str = "system P;"
) -> str:
    return f"""<nta><declaration>{declaration}</declaration><template><name>P</name>{inside}
<location id="id0"><name>p</name>{label}</location><init ref="id0"/>
<transition><source ref="id0"/><target ref="id0"/><label kind="synchronisation">a?</label></transition>
</template><system>{system}</system></nta>"""


EDGE = '<transition><source ref="id0"/><target ref="id0"/>{}</transition></template>'
SYNC = '<label kind="synchronisation">a?</label>'


def edge(labels: str) -> str:
    return uppaal().replace("</template>", EDGE.format(labels))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("<nta>", DamagedFileError, ", line 1: not XML: no element found"),
        ("<nta>\n</ntb>", DamagedFileError, ", line 2: not XML: mismatched tag"),
        ("<html></html>", DamagedFileError, ", element 'html': expected 'nta', UPPAAL's root element"),
        ("<nta></nta>", DamagedFileError, ": expected at least one template, and a system"),
        ('<!DOCTYPE nta [<!ENTITY a "b">]><nta>&a;</nta>', RequestError, ": the entity 'a' is defined: expected XML without entities"),
        ("<a>" * 60, RequestError, ": elements 50 deep in others: expected fewer"),
        ("<a>" + "<b/>" * 200_001, RequestError, ": more than 200000 elements: expected fewer"),
        (uppaal("clock x; chan a; int n = 3;"), RequestError, ", the declaration: 'int n = 3': expected clocks, plain channels and constants only"),
        (uppaal("urgent chan a;"), RequestError, ", the declaration: 'urgent chan a': expected clocks, plain channels and constants only"),
        (uppaal("chan a[3];"), RequestError, ", the declaration: 'chan a[3]': expected clocks, plain channels and constants only"),
        (uppaal(inside="<parameter>int i</parameter>"), RequestError, ", template 'P': parameters 'int i': expected none"),
        (uppaal(inside="<declaration>bool b;</declaration>"), RequestError, ", the declaration of template 'P': 'bool b': expected clocks, plain channels and constants only"),
        (uppaal(inside='<branchpoint id="b"/>'), RequestError, ", template 'P': a branch point: expected edges from a location to a location"),
        (uppaal(label="<urgent/>"), RequestError, ", location 'p': 'urgent': expected a plain location, neither urgent nor committed"),
        (uppaal(label="<committed/>"), RequestError, ", location 'p': 'committed': expected a plain location, neither urgent nor committed"),
        (uppaal(label='<label kind="exponentialrate">1</label>'), RequestError, ", location 'p': label 'exponentialrate' ('1'): expected invariant"),
        (uppaal(label='<label kind="invariant">x &lt;= n</label>'), RequestError, ", location 'p': guard 'x <= n': expected comparisons with whole numbers, such as 'x > 5 and x - y <= 3'"),
        (uppaal(label='<label kind="invariant">y &lt;= 1</label>'), DamagedFileError, ": invariant of location 'p' is 'y <= 1': unknown clock 'y': expected one of x"),
        (uppaal(system="system P, P;"), RequestError, ", system: 2 automata side by side: expected one, beside one that sends every symbol"),
        (uppaal(system="system Q;"), DamagedFileError, ", system: template 'Q' is not there: expected one of P"),
        (uppaal(system="P1 = P(3); system P1;"), RequestError, ", system: 'P1 = P(3)': expected 'system NAME, NAME;' and 'NAME = NAME()'"),
        (uppaal(system=""), DamagedFileError, ", system: no statement 'system NAME;'"),
        (edge(""), RequestError, ", transition p -> p: no synchronisation, an internal step: expected a symbol, such as 'a?', a channel that is declared"),
        (edge('<label kind="synchronisation">b?</label>'), RequestError, ", transition p -> p: 'b?': expected a symbol, such as 'a?', a channel that is declared"),
        (edge(SYNC + '<label kind="select">i : int</label>'), RequestError, ", transition p -> p: label 'select' ('i : int'): expected assignment, guard, synchronisation"),
        (edge(SYNC + '<label kind="assignment">x = 3</label>'), RequestError, ", transition p -> p: assignment 'x = 3': expected clocks set to 0, such as 'x = 0'"),
        (edge(SYNC + '<label kind="guard">x &lt; 3 || x &gt; 5</label>'), RequestError, ", transition p -> p: guard 'x < 3 || x > 5': expected comparisons with whole numbers, such as 'x > 5 and x - y <= 3'"),
        (uppaal().replace('target ref="id0"', 'target ref="id9"'), DamagedFileError, ", a transition's target: location 'id9' is not there"),
        (uppaal().replace('init ref="id0"', 'init ref="id9"'), DamagedFileError, ": unknown start '': expected one of p"),
    ],
)  # fmt: skip
def test_uppaal(text: str, error: type[KrohnError], message: str, tmp_path: Path) -> None:
    assert message_of("m.xml", text, tmp_path, error) == message


def tchecker(*lines: str) -> str:
    return "\n".join(("system:s", "clock:1:x", "event:a", "process:P", "location:P:l{initial:}", *lines))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("# nothing\nsystem:s", RequestError, ": 0 initial locations: expected one"),
        ("clock:1:x\n", DamagedFileError, ", line 1: clock: expected one declaration 'system:name', the first"),
        (tchecker("hello"), DamagedFileError, ", line 6: 'hello': expected a declaration such as 'clock:1:x'"),
        (tchecker("edge:P:l:a"), DamagedFileError, ", line 6: 'edge:P:l:a': expected 'edge:process:source:target:event'"),
        (tchecker("timer:1:x"), DamagedFileError, ", line 6: 'timer:1:x': expected system, process, event, clock, location, edge"),
        (tchecker("int:1:0:3:0:n"), RequestError, ", line 6: 'int:1:0:3:0:n': expected no variable, as machines here have none"),
        (tchecker("sync:P@a:Q@a"), RequestError, ", line 6: 'sync:P@a:Q@a': expected no synchronisation, as machines here have none"),
        (tchecker("clock:2:y"), RequestError, ", line 6: an array of 2 clocks: expected size 1"),
        (tchecker("process:Q"), RequestError, ", line 6: a second process, 'Q': expected one"),
        (tchecker("location:P:m{urgent:}"), RequestError, ", line 6: attribute 'urgent' of location: expected initial, invariant, labels"),
        (tchecker("location:P:l"), DamagedFileError, ", line 6: location 'l' is declared twice"),
        (tchecker("location:P:m{initial:}"), RequestError, ": 2 initial locations: expected one"),
        (tchecker("location:P:m{invariant}"), DamagedFileError, ", line 6: attributes {invariant}: expected 'key: value : key: value'"),
        (tchecker("edge:P:l:m:a"), DamagedFileError, ", line 6: location 'm' is not declared before"),
        (tchecker("edge:P:l:l:b"), DamagedFileError, ", line 6: event 'b' is not declared before"),
        (tchecker("edge:P:l:l:a{provided: x != 3}"), RequestError, ", line 6: guard 'x != 3': expected comparisons with whole numbers, such as 'x > 5 and x - y <= 3'"),
        (tchecker("edge:P:l:l:a{provided: y < 3}"), DamagedFileError, ": guard of transition l --a--> l is 'y < 3': unknown clock 'y': expected one of x"),
        (tchecker("edge:P:l:l:a{do: x=1}"), RequestError, ", line 6: assignment 'x=1': expected clocks set to 0, such as 'x = 0'"),
        (tchecker("edge:P:l:l:a{do: n=0}"), RequestError, ", line 6: assignment 'n=0': expected clocks set to 0, such as 'x = 0'"),
        (tchecker("# krohn {}"), DamagedFileError, ": no comment '# krohn end': the file may be cut short"),
        (tchecker("# krohn {}", "# krohn end"), DamagedFileError, ", the comment 'krohn': symbols: Field required"),
        (tchecker('# krohn {"symbols": {}, "clocks": {"x": "x"}, "locations": {"l": ["l", 0]}, "classes": ["0"], "stuck": 0}', "# krohn end"), RequestError, ": symbol 'a' is not in the comment 'krohn': add it there, or drop the comment"),
    ],
)  # fmt: skip
def test_tchecker(text: str, error: type[KrohnError], message: str, tmp_path: Path) -> None:
    assert message_of("m.tck", text, tmp_path, error) == message
