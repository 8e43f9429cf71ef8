"""A machine from a rule: a start, a step and an output in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import numpy as np

from ...errors import RequestError
from ..labels import Names
from ..machine import Machine
from ..minimise import minimise
from ..semiautomaton import Semiautomaton

State = TypeVar("State", bound=Hashable)


def machine_of(
    start: State,
    symbols: Sequence[str],
    step: Callable[[State, int], State],
    output: Callable[[State], int],
    classes: Sequence[str],
    name: Callable[[State], str] = str,
) -> Machine:
    """Return the minimal machine of a rule, its states found breadth-first from the start.

    Parameters
    ----------
    start : hashable
    symbols, classes : sequence of str
        What they are called.
    step : callable
        ``step(state, x)`` is the state after symbol number x.
    output : callable
        The class that a state puts out.
    name : callable
        What a state is called; states that no word tells apart are called what the first of them is.

    Examples
    --------
    >>> odd = machine_of(0, ["0", "1"], lambda q, x: (q + x) % 2, lambda q: q, ["even", "odd"])
    >>> odd.delta.tolist(), odd.names.states
    ([[0, 1], [1, 0]], ('0', '1'))
    """
    states = [start]
    number = {start: 0}
    delta = []
    for state in states:  # it grows meanwhile
        row = []
        for x in range(len(symbols)):
            target = step(state, x)
            if target not in number:
                number[target] = len(states)
                states.append(target)
            row.append(number[target])
        delta.append(row)
    names = Names(tuple(symbols), tuple(name(state) for state in states), tuple(classes))
    outputs = np.array([output(state) for state in states])
    return minimise(Machine(Semiautomaton(delta), 0, outputs, len(classes), names))


def within(machine: str, parameter: str, value: int, low: int, high: int) -> int:
    """Return a parameter that is in its range.

    Raises
    ------
    RequestError
        Where it is not.

    Examples
    --------
    >>> within("tomita", "K", 8, 1, 7)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: tomita: K is 8: expected 1 to 7
    """
    if not low <= value <= high:
        raise RequestError(f"{machine}: {parameter} is {value}: expected {low} to {high}")
    return value
