"""DOT as others write it, what Graphviz and AALpy make of ours, and the text of refusals."""

# ruff: noqa: E501  one case a line: what is given, and what is said

from __future__ import annotations

from pathlib import Path

import pytest
from aalpy.automata import MealyMachine, MealyState
from aalpy.utils import generate_random_deterministic_automata, load_automaton_from_file

from krohn.automata import Machine, Names, Semiautomaton, counter, equivalent, flip_flop
from krohn.automata.interchange import from_aalpy, read_machine, write_machine
from krohn.automata.languages.acceptors import CLASSES
from krohn.errors import DamagedFileError, KrohnError, RequestError

START = '__start0 [label="", shape=none]; __start0 -> '

LEARNLIB_DFA = """digraph g {

\ts0 [shape="circle" label="0"];
\ts1 [shape="doublecircle" label="1"];
\ts0 -> s1 [label="a"];
\ts0 -> s0 [label="b"];
\ts1 -> s0 [label="a"];
\ts1 -> s1 [label="b"];

__start0 [label="" shape="none" width="0" height="0"];
__start0 -> s0;

}
"""

LEARNLIB_MOORE = """digraph g {
\ts0 [shape="circle" label="x"];
\ts1 [shape="circle" label="y"];
\ts2 [shape="circle" label="x"];
\ts0 -> s1 [label="a"];
\ts1 -> s2 [label="a"];
\ts2 -> s2 [label="a"];
__start0 [label="" shape="none" width="0" height="0"];
__start0 -> s0;
}
"""

MEALY = """digraph coffee {
  __start0 [label="" shape="none"];
  __start0 -> idle;
  idle -> idle [label="button / nothing"]
  idle -> ready [label="water / ok"]
  ready -> ready [label="water / ok"]
  ready -> idle [label="button / nothing"]
}
"""

AALPY_MOORE = """digraph learned {
q0 [label="q0|off", shape=record, style=rounded];
q1 [label="{q1|on}", shape=record, style=rounded];
q0 -> q1 [label=press];
q1 -> q0 [label=press];
__start0 [shape=none, label=""];
__start0 -> q0 [label=""];
}
"""

GALLERY = """/* defaults, lists, comments, ports, chains, several statements on a line */
# a line of the preprocessor
digraph "finite state machine" {
  graph [fontname="Helvetica"]; rankdir=LR; size="8,5"
  node [shape = point]; "";
  node [shape = doublecircle]; LR_0;
  node [shape = circle];
  "" -> LR_0;
  LR_0:e -> LR_1:w -> LR_0 [ label = "a" + ", b" ];
  subgraph cluster_0 { label = "box"; color=red; LR_1 }
  edge [label=c]; LR_0 -> LR_0; LR_1 -> LR_1;
}
"""


def read(text: str, tmp_path: Path, complete: bool = False) -> Machine:
    path = tmp_path / "m.dot"
    path.write_text(text)
    found = read_machine(path, complete=complete)
    assert isinstance(found, Machine)
    return found


def test_a_dfa_of_learnlib(tmp_path: Path) -> None:
    machine = read(LEARNLIB_DFA, tmp_path)
    assert machine == Machine(Semiautomaton([[1, 0], [0, 1]]), 0, [0, 1])
    assert machine.names == Names(symbols=("a", "b"), classes=CLASSES)


def test_a_moore_machine_of_learnlib_has_outputs_as_labels(tmp_path: Path) -> None:
    machine = read(LEARNLIB_MOORE, tmp_path)
    assert machine == Machine(Semiautomaton([[1], [2], [2]]), 0, [0, 1, 0])
    assert machine.names == Names(("a",), ("s0", "s1", "s2"), ("x", "y"))


def test_a_mealy_machine_whose_outputs_are_those_of_states(tmp_path: Path) -> None:
    machine = read(MEALY, tmp_path)
    assert machine == Machine(Semiautomaton([[0, 1], [0, 1]]), 0, [0, 1])
    assert machine.names == Names(("button", "water"), ("idle", "ready"), ("nothing", "ok"))


def test_a_start_that_no_edge_of_a_mealy_machine_enters_has_the_first_class(tmp_path: Path) -> None:
    machine = read(f'digraph {{ {START}s; s -> t [label="a/1"]; t -> t [label="a/1"] }}', tmp_path)
    assert machine.outputs.tolist() == [1, 1]
    machine = read(f'digraph {{ {START}s; s -> t [label="a/y"]; t -> t [label="a/y"] }}', tmp_path)
    assert (machine.outputs.tolist(), machine.names.classes) == ([0, 0], ("y",))


def test_a_moore_machine_of_aalpy(tmp_path: Path) -> None:
    machine = read(AALPY_MOORE, tmp_path)
    assert machine == Machine(Semiautomaton([[1], [0]]), 0, [0, 1])
    assert machine.names == Names(("press",), ("q0", "q1"), ("off", "on"))


def test_the_style_of_the_gallery(tmp_path: Path) -> None:
    machine = read(GALLERY, tmp_path)
    assert machine == Machine(Semiautomaton([[1, 1, 0], [0, 0, 1]]), 0, [1, 0])
    assert machine.names == Names(("a", "b", "c"), ("LR_0", "LR_1"), CLASSES)


@pytest.mark.parametrize("label", ["q0/0", "q0|0", "q0 / 0"])
def test_outputs_in_the_labels_of_states(label: str, tmp_path: Path) -> None:
    text = f'digraph {{ {START}p; p [label="{label}"]; q [label="q1/2"]; p -> q -> p [label="1, 0"] }}'
    machine = read(text, tmp_path)
    assert (machine.outputs.tolist(), machine.classes, machine.names) == (
        [0, 2],
        3,
        Names(states=("q0", "q1")),
    )


def test_symbols_are_in_the_order_of_their_names_whatever_that_of_the_lines(tmp_path: Path) -> None:
    machine = read(
        f'digraph {{ {START}s; s [peripheries=2]; s -> s [label="i10"]; s -> s [label="i9, b"] }}', tmp_path
    )
    assert machine.names.symbols == ("b", "i9", "i10")


def test_only_when_asked_a_sink_is_added(tmp_path: Path) -> None:
    text = f"digraph {{ {START}s; s [shape=doublecircle]; s -> t [label=a]; t -> s [label=b] }}"
    with pytest.raises(RequestError) as caught:
        read(text, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/m.dot: state 's' has no transition for symbol 'b': expected one for every state and symbol "
        "(read_machine(path, complete=True) sends what an acceptor misses to a rejecting sink)"
    )
    machine = read(text, tmp_path, complete=True)
    assert machine == Machine(Semiautomaton([[1, 2], [2, 0], [2, 2]]), 0, [1, 0, 0])
    assert machine.names.states == ("s", "t", "sink")
    with pytest.raises(
        RequestError, match=r"complete=True, but states have outputs: expected an acceptor; a sink"
    ):
        read(f'digraph {{ {START}s; s -> t [label="a/1"]; t -> s [label="b/0"] }}', tmp_path, complete=True)


ACCEPTOR = f"digraph {{\n{START}s;\ns [shape=doublecircle];\n"
HOW = (
    "expected double circles for states that accept, labels such as 'q0|1' for states with outputs, "
    "or edges such as 'a/1'"
)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", DamagedFileError, ", line 1: the end of the file: expected 'digraph'"),
        ("graph {", RequestError, ", line 1: 'graph': expected 'digraph', as a machine's edges have a direction"),
        ("digraph {\n a -> b [label=x]", DamagedFileError, ", line 2: the end of the file: expected a statement or '}'"),
        ("digraph {\n a -> b [label=x", DamagedFileError, ", line 2: the end of the file: expected an attribute or ']'"),
        ('digraph {\n\n a [label="x]; }\n', DamagedFileError, ", line 3: a quoted string that does not end"),
        ("digraph {\n /* a", DamagedFileError, ", line 2: a comment that does not end"),
        ("digraph {\n a => b }", DamagedFileError, ", line 2: '>': expected DOT, such as 's0 -> s1 [label=\"a\"];'"),
        ("digraph {\n a -- b }", DamagedFileError, ", line 2: '--': expected '->', as the graph is directed"),
        ("digraph {\n a ! b }", DamagedFileError, ", line 2: '!': expected DOT, such as 's0 -> s1 [label=\"a\"];'"),
        ("digraph {\n a [label=<b>] }", RequestError, ", line 2: an HTML string: expected a quoted one"),
        ("digraph {\n a -> {b c} }", RequestError, ", line 2: an edge from or to a group { }: expected one from a state to a state"),
        ("digraph { }\ndigraph { }", DamagedFileError, ", line 2: 'digraph': expected one graph and no more"),
        ("digraph {" + "{" * 200, RequestError, ", line 1: subgraphs 100 deep: expected fewer"),
        (
            "digraph { a -> a [label=x] }",
            RequestError,
            ": no state is marked as the start: expected an edge from a node without outline, such as "
            "'__start0 [shape=none, label=\"\"]; __start0 -> s0;'",
        ),
        (
            ACCEPTOR + "__start0 -> t; }",
            RequestError,
            ", line 4: a second start, 't' beside 's': expected one",
        ),
        (
            ACCEPTOR + "s -> s [label=a];\ns -> t [label=a];\nt -> t [label=a] }",
            RequestError,
            ", line 5: state 's' has two transitions for symbol 'a', to 's' and 't': expected a deterministic machine",
        ),
        (
            ACCEPTOR + "s -> s [label=ε] }",
            RequestError,
            ", line 4: the edge s -> s reads no symbol: expected a label (machines here have no ε-transitions)",
        ),
        (
            ACCEPTOR + "s -> s }",
            RequestError,
            ", line 4: the edge s -> s reads no symbol: expected a label (machines here have no ε-transitions)",
        ),
        (ACCEPTOR + "}", RequestError, ": no transition: expected at least one"),
        (f"digraph {{ {START}s; s -> s [label=a] }}", RequestError, f": nothing says what states put out: {HOW}"),
        (
            f'digraph {{\n{START}s;\ns -> t [label="a/1"];\nt -> t [label="a/0"] }}',
            RequestError,
            ", line 4: state 't' puts out '0' here and '1' before: expected one output for each state, as Moore "
            "machines have; split the state",
        ),
        (
            ACCEPTOR + 's -> s [label="a/1"] }',
            RequestError,
            f": some states accept and edges have outputs: {HOW}; a '/' within a symbol is written '\\/'",
        ),
        (
            ACCEPTOR + 's [label="s|1"] s -> s [label=a] }',
            RequestError,
            f": some states accept and some have an output: {HOW}",
        ),
        (
            ACCEPTOR + 's [label="a|b|c"] }',
            RequestError,
            ", line 2: the label 'a|b|c' has 3 fields: expected a name, or 'name|output'",
        ),
    ],
)  # fmt: skip
def test_error_texts(text: str, error: type[KrohnError], message: str, tmp_path: Path) -> None:
    with pytest.raises(error) as caught:
        read(text, tmp_path)
    assert str(caught.value) == f"{tmp_path}/m.dot{message}"


def test_an_empty_name_of_a_symbol_is_refused_and_nothing_written(tmp_path: Path) -> None:
    machine = Machine(Semiautomaton([[0, 0]]), 0, [1], 2, Names(symbols=("a", "")))
    with pytest.raises(
        RequestError, match=r"^symbol 1 has an empty name, which DOT reads as ε: expected a name$"
    ):
        write_machine(machine, tmp_path / "m.dot")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["dfa", "moore"])
def test_aalpy_writes_and_we_read(kind: str, tmp_path: Path) -> None:
    model = generate_random_deterministic_automata(kind, 12, 3, 2, seed=5)
    model.save(str(tmp_path / "aalpy"))
    assert read((tmp_path / "aalpy.dot").read_text(), tmp_path) == from_aalpy(model)


def test_aalpy_writes_a_mealy_machine_and_we_read(tmp_path: Path) -> None:
    states = [MealyState(f"q{i}") for i in range(4)]
    for i, state in enumerate(states):
        for symbol in (0, 1):
            target = (i + symbol) % 4
            state.transitions[symbol], state.output_fun[symbol] = states[target], target
    model = MealyMachine(states[0], states)
    model.save(str(tmp_path / "aalpy"))
    assert read((tmp_path / "aalpy.dot").read_text(), tmp_path) == from_aalpy(model) == counter(4)


@pytest.mark.parametrize("machine", [counter(5), flip_flop(4), counter(2)])
def test_aalpy_reads_what_we_write_for_it(machine: Machine, tmp_path: Path) -> None:
    write_machine(machine, tmp_path / "m.dot", "learnlib")
    model = load_automaton_from_file(tmp_path / "m.dot", "dfa" if machine.classes == 2 else "moore")
    assert equivalent(from_aalpy(model), machine)
