"""Machines that move about: on a cycle, on a line, along a group."""

from __future__ import annotations

import numpy as np

from ..flipflops import LARGEST_FLIP_FLOP
from ..group_automata import generators_of, group_automaton
from ..group_names import group as named
from ..groups import Group
from ..labels import Names
from ..machine import Machine
from ..semiautomaton import Semiautomaton
from .rules import machine_of, within

LARGEST = 65_536


def cycle(modulus: int) -> Machine:
    """Return the machine of cycle navigation: steps of -1, 0 or +1 on a cycle; it puts out the position.

    Delétang et al., Neural networks and the Chomsky hierarchy, 2022 (modulus 5).

    Parameters
    ----------
    modulus : int
        1 to 65,536; the start is position 0.

    Raises
    ------
    RequestError
        Where it is out of range.

    Examples
    --------
    >>> cycle(5).labels([[2, 2, 1, 0, 0, 0]]).tolist()
    [[1, 2, 2, 1, 0, 4]]
    """
    at = np.arange(within("cycle", "M", modulus, 1, LARGEST))
    steps = np.stack([(at - 1) % modulus, at, (at + 1) % modulus], axis=1)
    places = tuple(map(str, range(modulus)))
    return Machine(Semiautomaton(steps), 0, at, modulus, Names(("-1", "0", "+1"), places, places)).trim()


def gridworld(size: int) -> Machine:
    """Return the machine of a walk on a line with walls: `L` and `R` move by one; it puts out the position.

    Liu et al., Transformers learn shortcuts to automata, 2022: there is no symbol that stays.

    Parameters
    ----------
    size : int
        Number of positions, 1 to 65,536; the start is the leftmost.

    Raises
    ------
    RequestError
        Where it is out of range.

    Examples
    --------
    >>> gridworld(3).labels([[0, 1, 1, 1, 0]]).tolist()
    [[0, 1, 2, 2, 1]]
    """
    at = np.arange(within("gridworld", "N", size, 1, LARGEST))
    steps = np.stack([np.maximum(at - 1, 0), np.minimum(at + 1, size - 1)], axis=1)
    places = tuple(map(str, range(size)))
    return Machine(Semiautomaton(steps), 0, at, size, Names(("L", "R"), places, places))


def abab() -> Machine:
    """Return the machine that follows 0101…, and puts out how far it is modulo 4, or that the word left it.

    Class p says that the last symbol was the p-th of 0, 1, 0, 1 (from 0); class 4 is the sink.

    Liu et al., Transformers learn shortcuts to automata, 2022.

    Examples
    --------
    >>> abab().labels([[0, 1, 0, 1, 0, 0, 1]]).tolist()
    [[0, 1, 2, 3, 0, 4, 4]]
    """
    names = ("0", "1", "2", "3", "sink")
    return machine_of(
        3, "01", lambda q, x: (q + 1) % 4 if q < 4 and x == (q + 1) % 2 else 4, int, names, lambda q: names[q]
    )


def dihedral(size: int) -> Machine:
    """Return the machine of a car on a cycle: symbol `toggle` turns it round, `drive` moves it by one.

    It puts out the state: the position, plus `size` where the car faces backwards; it starts at 0, facing
    forwards. The group is dihedral, of order 2 size.

    Liu et al., Transformers learn shortcuts to automata, 2022.

    Parameters
    ----------
    size : int
        Number of positions, 1 to 32,768.

    Raises
    ------
    RequestError
        Where it is out of range.

    Examples
    --------
    >>> dihedral(5).labels([[1, 1, 0, 1, 1, 1]]).tolist()
    [[1, 2, 7, 6, 5, 9]]
    """
    at = np.arange(within("dihedral", "N", size, 1, LARGEST // 2))
    toggle = np.concatenate([at + size, at])
    drive = np.concatenate([(at + 1) % size, (at - 1) % size + size])
    states = np.arange(2 * size)
    places = tuple(f"{q % size}{'+' if q < size else '-'}" for q in range(2 * size))
    table = Semiautomaton(np.stack([toggle, drive], axis=1))
    return Machine(table, 0, states, 2 * size, Names(("toggle", "drive"), places, places)).trim()


def quaternion() -> Machine:
    """Return the machine of products of quaternions: symbols 1, i, j, k; it puts out one of ±1, ±i, ±j, ±k.

    Liu et al., Transformers learn shortcuts to automata, 2022.

    Examples
    --------
    >>> machine = quaternion()
    >>> [machine.names.output(label) for label in machine.labels([[1, 2, 3, 1]])[0]]  # i j = k, k k = -1
    ['i', 'k', '-1', '-i']
    """
    elements = ("1", "-1", "i", "-i", "j", "-j", "k", "-k")
    machine = group_automaton(named("Q8"), [0, 2, 4, 6])
    names = Names(("1", "i", "j", "k"), elements, elements)
    return Machine(machine.semiautomaton, 0, machine.outputs, 8, names).trim()


def permutation_reset(group: Group) -> Machine:
    """Return the machine over a group whose symbols reset to an element or multiply by a generator.

    Symbol g below the order sets the element g, the others multiply by a generator of the group; it puts out
    the element and starts at the identity.

    Liu et al., Transformers learn shortcuts to automata, 2022.

    Parameters
    ----------
    group : Group
        Of at most 4,096 elements.

    Raises
    ------
    RequestError
        Where it is too large.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> permutation_reset(group("C3")).labels([[3, 3, 1, 3, 0]]).tolist()
    [[1, 2, 1, 2, 0]]
    """
    within(f"permutation-reset:{group.name}", "order", group.order, 1, LARGEST_FLIP_FLOP)
    turns = group_automaton(group, generators_of(group)).delta
    states = np.arange(group.order)
    resets = np.broadcast_to(states, (group.order, group.order))
    called = tuple(group.element_name(g) for g in range(group.order))
    symbols = (
        *(f"set {text}" for text in called),
        *(f"times {called[g]}" for g in generators_of(group)),
    )
    return Machine(
        Semiautomaton(np.concatenate([resets, turns], axis=1)),
        0,
        states,
        group.order,
        Names(symbols, called, called),
    )
