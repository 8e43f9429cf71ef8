"""Transitions by name, collected one at a time, and the machine that they are."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..labels import Names
from ..languages.acceptors import CLASSES
from ..machine import Machine
from ..semiautomaton import Semiautomaton
from .numbering import as_numbers, in_order, natural, numbered
from .source import Source

LARGEST_TABLE = 1 << 26
"""Entries of a transition table that is filled up with a sink."""

LARGEST_CLASS = 1 << 20
"""Outputs that are all whole numbers up to this one are classes without names."""


class Index(dict[str, int]):
    """Numbers of names in the order of their first appearance."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


class Collector:
    """States, transitions and outputs by name, as a file says them.

    Parameters
    ----------
    source : Source
        The file, for messages.

    Attributes
    ----------
    states, symbols : Index
        Every name met so far.
    outputs : dict
        The name of the class of each state; empty where states accept or reject.
    accepting : set
        The states that accept, where they do.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.states = Index()
        self.symbols = Index()
        self.outputs: dict[str, str] = {}
        self.accepting: set[str] = set()
        self._rows = tuple(array("q") for _ in range(4))  # source, symbol, target, line

    def transition(self, source: str, symbol: str, target: str, line: int = 0) -> None:
        """Add a transition, said in a line (0: in none)."""
        row = (self.states[source], self.symbols[symbol], self.states[target], line)
        for column, value in zip(self._rows, row, strict=True):
            column.append(value)

    def output(self, state: str, name: str, line: int | str | None = None) -> None:
        """Say what a state puts out.

        Raises
        ------
        RequestError
            Where something else was said before.
        """
        before = self.outputs.setdefault(state, name)
        if before != name:
            raise self.source.refused(
                line,
                f"state {state!r} puts out {name!r} here and {before!r} before: "
                "expected one output for each state, as Moore machines have; split the state",
            )

    def machine(
        self,
        start: str,
        complete: bool = False,
        *,
        states: Sequence[str] = (),
        symbols: Sequence[str] = (),
        classes: Sequence[str] = (),
        entered: bool = False,
    ) -> Machine:
        """Return the machine.

        Parameters
        ----------
        start : str
            The name of a state.
        complete : bool
            Whether transitions that are missing lead to a rejecting sink.
        states, symbols, classes : sequence of str
            All of them in order, where the file says it. Otherwise states are in order of appearance, symbols
            and classes sorted.
        entered : bool
            Whether outputs were said of transitions, as in Mealy machines: a state that none enters has the
            first class, which is never read after a symbol.

        Raises
        ------
        RequestError
            Where there is no transition, two lead from a state on one symbol, one is missing, or a state has no
            output.
        """
        _ = self.states[start]
        for kind, declared in (("state", states), ("symbol", symbols), ("class", classes)):
            if len(set(declared)) < len(declared):
                twice = next(name for name in declared if list(declared).count(name) > 1)
                raise self.source.refused(None, f"{kind} {twice!r} is declared twice")
        symbol_order, symbol_names = numbered(list(symbols) or sorted(self.symbols, key=natural))
        if not symbol_order:
            raise self.source.refused(None, "no transition: expected at least one")
        state_order, state_names = numbered(list(states) or list(self.states))
        delta = self._table(state_order, symbol_order, complete)
        outputs, class_names, size = self._classes(state_order, list(classes), entered)
        if len(delta) > len(state_order):  # the sink
            outputs.append(0)
            if state_names:
                state_names = (*state_names, _free("sink", self.states))
        names = Names(symbol_names, state_names, class_names)
        return Machine(Semiautomaton(delta), state_order.index(start), outputs, size, names)

    def _places(self, met: Index, order: list[str], kind: str) -> NDArray[np.int64]:
        place = {name: i for i, name in enumerate(order)}
        for name in met:
            if name not in place:
                raise self.source.refused(None, f"{kind} {name!r} is not among those declared")
        return np.array([place[name] for name in met], np.int64)

    def _table(self, states: list[str], symbols: list[str], complete: bool) -> NDArray[np.int64]:
        state_place = self._places(self.states, states, "state")
        symbol_place = self._places(self.symbols, symbols, "symbol")
        columns = [np.frombuffer(column, np.int64) for column in self._rows]
        key = state_place[columns[0]] * len(symbols) + symbol_place[columns[1]]
        target, line = state_place[columns[2]], columns[3]
        rows = np.lexsort((line, key))
        key, target, line = key[rows], target[rows], line[rows]
        same = key[1:] == key[:-1]
        clash = np.flatnonzero(same & (target[1:] != target[:-1]))
        if len(clash):
            i = int(clash[np.argmin(line[clash + 1])])
            state, symbol = divmod(int(key[i]), len(symbols))
            raise self.source.refused(
                int(line[i + 1]) or None,
                f"state {states[state]!r} has two transitions for symbol {symbols[symbol]!r}, to "
                f"{states[target[i]]!r} and {states[target[i + 1]]!r}: expected a deterministic machine",
            )
        once = np.append(True, ~same)[: len(key)]
        key, target = key[once], target[once]
        if len(key) == len(states) * len(symbols):
            full: NDArray[np.int64] = target.reshape(len(states), len(symbols))
            return full
        if complete:
            return self._filled(key, target, len(states), len(symbols))
        gaps = np.flatnonzero(key != np.arange(len(key)))
        state, symbol = divmod(int(gaps[0]) if len(gaps) else len(key), len(symbols))
        raise self.source.refused(
            None,
            f"state {states[state]!r} has no transition for symbol {symbols[symbol]!r}: expected one for every "
            "state and symbol (read_machine(path, complete=True) sends what an acceptor misses to a rejecting sink)",
        )

    def _filled(
        self, key: NDArray[np.int64], target: NDArray[np.int64], states: int, symbols: int
    ) -> NDArray[np.int64]:
        if self.outputs:
            raise self.source.refused(
                None, "complete=True, but states have outputs: expected an acceptor; a sink rejects"
            )
        if (states + 1) * symbols > LARGEST_TABLE:
            raise self.source.refused(
                None,
                f"{states} states and {symbols} symbols: expected a table of at most {LARGEST_TABLE} entries",
            )
        table = np.full((states + 1) * symbols, states, np.int64)
        table[key] = target
        filled: NDArray[np.int64] = table.reshape(states + 1, symbols)
        return filled

    def _classes(
        self, states: list[str], declared: list[str], entered: bool
    ) -> tuple[list[int], tuple[str, ...], int]:
        if not self.outputs:
            return [int(name in self.accepting) for name in states], CLASSES, 2
        first = declared[0] if declared else in_order(set(self.outputs.values()))[0]
        for name in states:
            if name not in self.outputs and not entered:
                raise self.source.refused(None, f"state {name!r} has no output: expected one for every state")
        said = [self.outputs.get(name, first) for name in states]
        values = as_numbers(said)
        if not declared and values is not None and max(values) <= LARGEST_CLASS:
            return values, (), max(values) + 1
        order, names = numbered(declared or sorted(set(said), key=natural))
        place = {name: i for i, name in enumerate(order)}
        for name in said:
            if name not in place:
                raise self.source.refused(None, f"output {name!r} is not among those declared")
        return [place[name] for name in said], names, len(order)


def _free(name: str, taken: Index) -> str:
    while name in taken:
        name += "'"
    return name
