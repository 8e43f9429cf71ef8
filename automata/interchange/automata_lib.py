"""DFA objects of automata-lib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import RequestError
from ..machine import Machine
from .acceptors import is_acceptor
from .collector import Collector
from .numbering import natural
from .source import Source


def _dfa() -> Any:
    try:
        from automata.fa.dfa import DFA
    except ImportError:
        raise RequestError("automata-lib is not installed: expected it (pip install automata-lib)") from None
    return DFA


def from_automata_lib(dfa: Any, complete: bool = False) -> Machine:
    """Return the acceptor that a DFA of automata-lib is.

    Parameters
    ----------
    dfa : automata.fa.dfa.DFA
        States are numbered in the order of their names, as it holds them in a set.
    complete : bool
        Whether transitions that a partial DFA lacks lead to a rejecting sink.

    Raises
    ------
    RequestError
        For another type, states that are called alike, and transitions that are missing.

    Examples
    --------
    >>> from automata.fa.dfa import DFA
    >>> table = {"e": {"a": "o"}, "o": {"a": "e"}}
    >>> from_automata_lib(
    ...     DFA(states=set("eo"), input_symbols={"a"}, transitions=table, initial_state="e", final_states={"o"})
    ... ).outputs.tolist()
    [0, 1]
    """
    if not isinstance(dfa, _dfa()):
        raise RequestError(
            f"{type(dfa).__name__}: expected a DFA of automata-lib (DFA.from_nfa makes one of an NFA)"
        )
    names = {state: str(state) for state in dfa.states}
    collector = Collector(Source(Path("automata-lib DFA"), ""))
    if len(set(names.values())) < len(names):
        raise collector.source.refused(None, "two states are called alike: expected names of their own")
    for name in sorted(names.values(), key=natural):
        _ = collector.states[name]
    for state, row in dfa.transitions.items():
        for symbol, target in row.items():
            collector.transition(names[state], symbol, names[target])
    collector.accepting = {names[state] for state in dfa.final_states}
    return collector.machine(
        names[dfa.initial_state], complete, symbols=sorted(dfa.input_symbols, key=natural)
    )


def to_automata_lib(machine: Machine) -> Any:
    """Return an acceptor as a DFA of automata-lib; its states are names, or numbers where there are none.

    A DFA reads a text letter by letter; where a symbol's name is longer it reads lists of names.

    Raises
    ------
    RequestError
        For a machine that is no acceptor (see `is_acceptor`).

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> to_automata_lib(counter(2)).accepts_input("0111")
    True
    """
    names = machine.names
    if not is_acceptor(machine):
        given = f"classes {', '.join(names.classes[:5])}" if names.classes else f"{machine.classes} classes"
        raise RequestError(
            f"a machine with {given}: expected an acceptor, with classes reject and accept or two without names"
        )
    states = names.states or range(machine.states)
    symbols = [names.symbol(x) for x in range(machine.symbols)]
    return _dfa()(
        states=set(states),
        input_symbols=set(symbols),
        transitions={
            states[q]: {symbol: states[target] for symbol, target in zip(symbols, row, strict=True)}
            for q, row in enumerate(machine.delta.tolist())
        },
        initial_state=states[machine.start],
        final_states={states[q] for q, output in enumerate(machine.outputs.tolist()) if output},
    )
