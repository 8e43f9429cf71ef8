"""Objects of AALpy, automata-lib and networkx: those libraries run and learn what we hand them, and refusals."""

# ruff: noqa: E501  one case a line: what is given, and what is said

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from aalpy import AutomatonSUL, WMethodEqOracle, run_Lstar
from aalpy.automata import Dfa, MealyMachine, MooreMachine, Onfsm, OnfsmState
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA

from krohn.automata import Machine, Names, Semiautomaton, counter, equivalent, flip_flop, minimise
from krohn.automata.interchange import (
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


def small() -> list[str]:
    """Every family's example whose machine L* learns in a moment."""
    found = []
    for family in families():
        machine = task(family.example).machine
        if isinstance(machine, Machine) and machine.delta.size <= 60:
            found.append(family.example)
    return found


@pytest.mark.parametrize("name", small())
def test_l_star_learns_the_machine_back_from_the_file(name: str, tmp_path: Path) -> None:
    machine = task(name).machine
    assert isinstance(machine, Machine)
    write_machine(machine, tmp_path / "m.dot")
    read = read_machine(tmp_path / "m.dot")
    assert isinstance(read, Machine)
    model = to_aalpy(read)
    system, alphabet = AutomatonSUL(model), model.get_input_alphabet()
    oracle = WMethodEqOracle(alphabet, AutomatonSUL(model), max_number_of_states=len(model.states))
    kind = "dfa" if isinstance(model, Dfa) else "moore"
    learnt = run_Lstar(alphabet, system, oracle, automaton_type=kind, print_level=0)
    least = minimise(machine)
    assert len(learnt.states) == least.states
    found, expected = from_aalpy(learnt), from_aalpy(to_aalpy(least))
    assert found.trim() == expected.trim()
    assert (found.names.symbols, found.names.classes) == (expected.names.symbols, expected.names.classes)


@pytest.mark.parametrize("machine", [counter(2), counter(5), flip_flop(3)])
def test_aalpy_runs_it_as_we_do(machine: Machine) -> None:
    model = to_aalpy(machine)
    for word in np.random.default_rng(1).integers(0, machine.symbols, (20, 12)):
        assert (
            model.execute_sequence(model.initial_state, word.tolist()) == machine.labels([word])[0].tolist()
        )


def test_automata_lib_runs_it_as_we_do() -> None:
    machine = Machine(
        Semiautomaton([[1, 0], [2, 0], [2, 2]]), 0, [0, 1, 0], names=Names(("a", "b"), ("p", "q", "r"))
    )
    dfa = to_automata_lib(machine)
    for word in np.random.default_rng(1).integers(0, 2, (50, 8)):
        text = "".join("ab"[x] for x in word)
        assert dfa.accepts_input(text) == bool(machine.labels([word])[0, -1])
    ends_in_ab = DFA.from_nfa(NFA.from_regex("(a|b)*ab"))
    assert equivalent(from_automata_lib(ends_in_ab), from_automata_lib(ends_in_ab.minify()))


def test_networkx_walks_it_as_we_do() -> None:
    machine = flip_flop(3)
    graph = to_networkx(machine)
    word, node = [2, 0, 3, 1, 0], graph.graph["start"]
    for symbol, label in zip(word, machine.labels([word])[0], strict=True):
        (node,) = (b for _, b, key in graph.out_edges(node, keys=True) if key == symbol)
        assert graph.nodes[node]["output"] == label
    assert networkx.is_strongly_connected(graph)


def test_a_mealy_machine_is_taken_where_outputs_are_those_of_states() -> None:
    setup = {"q0": {"a": ("x", "q1"), "b": ("y", "q0")}, "q1": {"a": ("x", "q1"), "b": ("y", "q0")}}
    machine = from_aalpy(MealyMachine.from_state_setup(setup))
    assert machine == Machine(Semiautomaton([[1, 0], [1, 0]]), 0, [1, 0])
    assert machine.names == Names(("a", "b"), ("q0", "q1"), ("x", "y"))
    setup["q1"]["a"] = ("z", "q1")
    with pytest.raises(RequestError) as caught:
        from_aalpy(MealyMachine.from_state_setup(setup))
    assert str(caught.value) == (
        "AALpy MealyMachine: state 'q1' puts out 'z' here and 'x' before: expected one output for each state, as "
        "Moore machines have; split the state"
    )


def test_partial_objects_are_completed_only_when_asked() -> None:
    dfa = Dfa.from_state_setup({"p": (False, {"a": "q"}), "q": (True, {"b": "p"})})
    partial = DFA(
        states={"p", "q"},
        input_symbols={"a", "b"},
        transitions={"p": {"a": "q"}, "q": {"b": "p"}},
        initial_state="p",
        final_states={"q"},
        allow_partial=True,
    )
    graph: Any = networkx.DiGraph(start="p")
    graph.add_node("p", output=False)
    graph.add_node("q", output=True)
    graph.add_edge("p", "q", symbol="a")
    graph.add_edge("q", "p", symbol="b")
    expected = Machine(Semiautomaton([[1, 2], [2, 0], [2, 2]]), 0, [0, 1, 0])
    given: Any
    convert: Any
    for given, convert, name in [
        (dfa, from_aalpy, "AALpy Dfa"),
        (partial, from_automata_lib, "automata-lib DFA"),
        (graph, from_networkx, "networkx graph"),
    ]:
        message = (
            f"^{name}: state 'p' has no transition for symbol 'b': expected one for every state and symbol"
        )
        with pytest.raises(RequestError, match=message):
            convert(given)
        found = convert(given, complete=True)
        assert found == expected
        assert found.names == Names(("a", "b"), ("p", "q", "sink"), CLASSES)


def test_a_graph_with_attributes_of_other_names() -> None:
    graph: Any = networkx.MultiDiGraph()
    graph.add_node(0, accept=True)
    graph.add_edge(0, 0, label="a")
    machine = from_networkx(graph, start=0, symbol="label", output="accept")
    assert machine == Machine(Semiautomaton([[0]]), 0, [1])


def _graph(**attributes: Any) -> Any:
    graph: Any = networkx.MultiDiGraph(start=0)
    graph.add_node(0, output=1)
    graph.add_edge(0, 0, **attributes)
    return graph


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: from_aalpy(3), "AALpy int: expected a Dfa, MooreMachine or MealyMachine"),
        (lambda: from_aalpy(Onfsm(OnfsmState("q"), [])), "AALpy Onfsm: expected a Dfa, MooreMachine or MealyMachine"),
        (lambda: from_automata_lib(NFA.from_regex("a")), "NFA: expected a DFA of automata-lib (DFA.from_nfa makes one of an NFA)"),
        (lambda: to_automata_lib(counter(3)), "a machine with 3 classes: expected an acceptor, with classes reject and accept or two without names"),
        (lambda: to_automata_lib(Machine(Semiautomaton([[0]]), 0, [0], 2, Names(classes=("no", "yes")))), "a machine with classes no, yes: expected an acceptor, with classes reject and accept or two without names"),
        (lambda: from_networkx(networkx.Graph()), "networkx graph: no directions: expected a MultiDiGraph or DiGraph"),
        (lambda: from_networkx(networkx.MultiDiGraph()), "networkx graph: start is None: expected a node, given as start or as graph.graph['start']"),
        (lambda: from_networkx(_graph()), "networkx graph: edge 0 -> 0 has no attribute 'symbol': expected its symbol"),
        (lambda: from_networkx(_graph(symbol="a"), output="accept"), "networkx graph: node 0 has no attribute 'accept': expected its output"),
    ],
)  # fmt: skip
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message


def test_a_model_whose_states_are_called_alike_is_numbered() -> None:
    model = to_aalpy(counter(3))
    for state in model.states:
        state.state_id = "same"
    assert from_aalpy(model) == counter(3)
    model.states[0].transitions[1] = MooreMachine.from_state_setup({"far": (0, {})}).states[0]
    with pytest.raises(
        RequestError, match=r"^AALpy state '0', symbol 1: leads to a state outside the model$"
    ):
        from_aalpy(model)


def test_without_automata_lib_there_is_a_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "automata.fa.dfa", None)
    with pytest.raises(RequestError) as caught:
        to_automata_lib(counter(2))
    assert str(caught.value) == "automata-lib is not installed: expected it (pip install automata-lib)"
