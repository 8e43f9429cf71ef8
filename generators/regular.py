"""The tasks of a regular language or machine: which words are drawn, and what is asked of them.

What a machine accepts: the words of class 1 where it has two classes; otherwise those whose class is that of the
empty word, such as the words over a group whose product is the identity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..automata.labels import Names
from ..automata.machine import Machine
from ..automata.minimise import minimise
from ..errors import RequestError
from .kinds import Classes, Readout, Symbols, SymbolSets
from .mixture import Mixture, Way
from .source import Source
from .symbol_sets import NextSymbols
from .task import Task, machine_task


def accepting(machine: Machine) -> NDArray[np.bool_]:
    """Return which states accept.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> accepting(counter(2)).tolist(), accepting(counter(3)).tolist()
    ([False, True], [True, False, False])
    """
    wanted = 1 if machine.classes == 2 else machine.outputs[machine.start]
    return np.asarray(machine.outputs == wanted)


def leading_to(machine: Machine, ends: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the states from which a word leads to one of `ends`.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> machine = regex_machine("ab")
    >>> leading_to(machine, machine.outputs == 1).sum(), machine.states
    (np.int64(3), 4)
    """
    found = ends.copy()
    while True:
        more = found | found[machine.delta].any(1)
        if (more == found).all():
            return found
        found = more


def language_task(name: str, machine: Machine, version: int = 1) -> Task:
    """Return the task of naming the class after every symbol, on words that do not leave a language at once.

    Words are uniform where no word decides the language for good. Otherwise nearly all uniform words would be
    decided after a few symbols: instead each is, with equal chances (among those that have words of its
    length), uniform in the language; uniform outside; uniform among the words that can still go on to both;
    or one of the latter after one or more edits (`edits.edit`).

    Parameters
    ----------
    name : str
    machine : Machine
    version : int

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> words = language_task("a", regex_machine("a*|b{0}")).sample(1000, (30, 30))
    >>> bool(0.4 < (words.labels == 1).mean() < 0.8)
    True
    """
    accepts = accepting(machine)
    open_ = leading_to(machine, accepts) & leading_to(machine, ~accepts)
    if open_.all() or not accepts.any() or accepts.all():
        return machine_task(name, machine, Readout.PREFIX, version)
    ways = (Way(accepts), Way(~accepts), Way(open_), Way(open_, edited=True))
    source = Mixture(machine, Readout.PREFIX, ways)
    classes = Classes(machine.classes)
    return Task(name, version, Symbols(machine.symbols), classes, Readout.PREFIX, source, machine)


def prefix_task(name: str, task: Task) -> Task:
    """Return the task of naming the class of a regular task after every symbol, on uniform words."""
    return machine_task(name, _machine(task), Readout.PREFIX, task.version)


def final_task(name: str, task: Task) -> Task:
    """Return the task of naming the class of a regular task after the last symbol, on its words."""
    machine, source = _machine(task), task.source
    if isinstance(source, Mixture):
        source = Mixture(machine, Readout.FINAL, source.ways, source.together)
        return _final(name, task, machine, source)
    return machine_task(name, machine, Readout.FINAL, task.version)


def recognition_task(name: str, task: Task) -> Task:
    """Return the task of saying after the last symbol whether a word is accepted, at lengths that have both.

    Half of the words are uniform among the accepted ones of their length. A quarter are uniform among the
    rejected ones; a quarter are near misses: uniform accepted words after one or more edits that make them
    rejected (`edits.edit`; uniform rejected words where no edits were found).

    Raises
    ------
    RequestError
        Where the machine accepts every word, or none: there is nothing to tell apart.
    """
    original = _machine(task)
    accepts = accepting(original)
    if accepts.all() or not accepts.any():
        which = "every word" if accepts.any() else "no word"
        few = [original.names.symbol(x) for x in range(min(original.symbols, 10))]
        letters = ", ".join(few) if original.symbols <= 10 else f"{original.symbols} symbols"
        raise RequestError(
            f"task {name!r}: the language over {letters} has {which}: expected one with words to accept and to reject"
        )
    names = Names(symbols=original.names.symbols, classes=("reject", "accept"))
    machine = minimise(Machine(original.semiautomaton, original.start, accepts.astype(int), 2, names))
    accepts = accepting(machine)
    ways = (Way(accepts, 2), Way(~accepts), Way(accepts, 1, edited=True, otherwise=1))
    return _final(name, task, machine, Mixture(machine, Readout.FINAL, ways, together=True))


def balanced_task(name: str, task: Task) -> Task:
    """Return the task of naming the class after the last symbol, all classes that words of a length have alike.

    The class is uniform among those, and the word uniform among the words that have it.
    """
    machine = _machine(task)
    classes = np.unique(machine.outputs)
    ways = tuple(Way(machine.outputs == label) for label in classes)
    return _final(name, task, machine, Mixture(machine, Readout.FINAL, ways))


def balanced_states_task(name: str, task: Task) -> Task:
    """Return the task of naming the class after the last symbol, all states of the minimal machine alike.

    The state is uniform among those that words of a length lead to, and the word uniform among these.
    """
    machine = minimise(_machine(task))
    ways = tuple(Way(row) for row in np.eye(machine.states, dtype=np.bool_))
    return _final(name, task, machine, Mixture(machine, Readout.FINAL, ways))


def next_symbols_task(name: str, task: Task) -> Task:
    """Return the task of naming, after every symbol, the symbols with which an accepted word may go on.

    The last number of a set says whether the word may end there. Words are uniform among those that begin an
    accepted word.
    """
    machine = _machine(task)
    accepts = accepting(machine)
    source: Source = NextSymbols(machine, accepts, leading_to(machine, accepts))
    return Task(
        name,
        task.version,
        Symbols(machine.symbols),
        SymbolSets(machine.symbols + 1),
        Readout.PREFIX,
        source,
        machine,
    )


def _machine(task: Task) -> Machine:
    if task.machine is None or not task.source.walk:
        raise RequestError(
            f"task {task.name!r} is not given by a finite machine: expected one such as parity"
        )
    return task.machine


def _final(name: str, task: Task, machine: Machine, source: Source) -> Task:
    classes = Classes(machine.classes)
    return Task(name, task.version, Symbols(machine.symbols), classes, Readout.FINAL, source, machine)
