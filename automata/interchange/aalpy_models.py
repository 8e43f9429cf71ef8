"""AALpy's objects: Dfa, MooreMachine, and MealyMachine where the output is one of the state that is entered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import RequestError
from ..machine import Machine
from .acceptors import is_acceptor
from .collector import Collector
from .source import Source


def from_aalpy(model: Any, complete: bool = False) -> Machine:
    """Return the machine that a model of AALpy is.

    Parameters
    ----------
    model : aalpy.automata.Dfa, MooreMachine or MealyMachine
        Symbols, state ids and outputs become names, or numbers where they are the numbers from 0 on.
    complete : bool
        Whether transitions that a Dfa lacks lead to a rejecting sink.

    Raises
    ------
    RequestError
        For another type of model, transitions that are missing, and a Mealy machine with two outputs on the
        transitions into one state.

    Examples
    --------
    >>> from aalpy.automata import Dfa
    >>> parity = Dfa.from_state_setup({"e": (True, {"a": "o"}), "o": (False, {"a": "e"})})
    >>> from_aalpy(parity).outputs.tolist()
    [1, 0]
    """
    from aalpy.automata import Dfa, MealyMachine, MooreMachine

    if not isinstance(model, Dfa | MooreMachine | MealyMachine):
        raise RequestError(f"AALpy {type(model).__name__}: expected a Dfa, MooreMachine or MealyMachine")
    collector = Collector(Source(Path(f"AALpy {type(model).__name__}"), ""))
    ids = [str(state.state_id) for state in model.states]
    unique = len(set(ids)) == len(ids)
    names = {id(state): ids[i] if unique else str(i) for i, state in enumerate(model.states)}
    mealy = isinstance(model, MealyMachine)
    for state in model.states:
        _ = collector.states[names[id(state)]]
    for state in model.states:
        name = names[id(state)]
        if isinstance(model, Dfa) and state.is_accepting:
            collector.accepting.add(name)
        if isinstance(model, MooreMachine):
            collector.output(name, str(state.output))
        for symbol, target in state.transitions.items():
            if id(target) not in names:
                raise RequestError(
                    f"AALpy state {name!r}, symbol {symbol!r}: leads to a state outside the model"
                )
            collector.transition(name, str(symbol), names[id(target)])
            if mealy:
                collector.output(names[id(target)], str(state.output_fun[symbol]))
    if id(model.initial_state) not in names:
        raise RequestError("AALpy model: its initial state is not among its states")
    return collector.machine(names[id(model.initial_state)], complete, entered=mealy)


def to_aalpy(machine: Machine) -> Any:
    """Return a machine as an object of AALpy: a Dfa where it is an acceptor (see `is_acceptor`), else a MooreMachine.

    Symbols, states and outputs are names where there are some; otherwise symbols and outputs are numbers, and
    states the numbers' text, as AALpy prints them.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> model = to_aalpy(counter(2))
    >>> model.execute_sequence(model.initial_state, [1, 0, 1])
    [True, True, False]
    """
    from aalpy.automata import Dfa, DfaState, MooreMachine, MooreState

    names = machine.names
    acceptor = is_acceptor(machine)
    states: list[Any] = []
    for q, output in enumerate(machine.outputs.tolist()):
        if acceptor:
            states.append(DfaState(names.state(q), bool(output)))
        else:
            states.append(MooreState(names.state(q), names.classes[output] if names.classes else output))
    symbols = names.symbols or range(machine.symbols)
    for state, row in zip(states, machine.delta.tolist(), strict=True):
        state.transitions = {symbol: states[target] for symbol, target in zip(symbols, row, strict=True)}
    return (Dfa if acceptor else MooreMachine)(states[machine.start], states)
