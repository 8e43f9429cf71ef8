"""Concatenation, star, reversal and quotients of regular languages; every result is a minimal acceptor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..labels import Names
from ..machine import Machine
from ..minimise import partition
from ..products import direct_product
from ..reachability import breadth_first
from .acceptors import acceptor, common_names, minimal_acceptor
from .determinise import bits, determinise


def concatenation(a: Machine, b: Machine) -> Machine:
    """Return the acceptor of the words that are one of `a` followed by one of `b`.

    Parameters
    ----------
    a, b : Machine
        Acceptors over one alphabet.

    Raises
    ------
    RequestError
        Where one is no acceptor, alphabets differ, or the result is too large.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> concatenation(regex_machine("a*", "ab"), regex_machine("b|ab", "ab")) == regex_machine("a*b")
    True
    """
    names = common_names(a, b)
    # Positions are the states of a, then those of b; where a accepts, b may begin.
    sets = [1 << q for q in range(a.states + b.states)]
    for q in np.flatnonzero(a.outputs):
        sets[q] |= 1 << a.states + b.start
    moves = np.vstack([a.delta, b.delta + a.states]).T
    accepting = _set(a.states + np.flatnonzero(b.outputs))
    return _acceptor("concatenation", moves, sets, sets[a.start], accepting, names)


def star(a: Machine) -> Machine:
    """Return the acceptor of all concatenations of words of `a`, the empty word included.

    Raises
    ------
    RequestError
        Where it is no acceptor, or the result is too large.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> star(regex_machine("ab|ba")) == regex_machine("(ab|ba)*")
    True
    """
    acceptor(a)
    # A new position, the last, is where no word has begun: it accepts, and nothing leads back to it.
    fresh = a.states
    sets = [1 << q | (1 << a.start if a.outputs[q] else 0) for q in range(a.states)]
    moves = np.vstack([a.delta, a.delta[a.start]]).T
    accepting = _set(np.append(np.flatnonzero(a.outputs), fresh))
    return _acceptor("star", moves, sets, 1 << fresh, accepting, a.names)


def reversal(a: Machine) -> Machine:
    """Return the acceptor of the words of `a` read backwards.

    Raises
    ------
    RequestError
        Where it is no acceptor, or the result is too large (it can have 2^states states).

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> reversal(regex_machine("ab*c")) == regex_machine("cb*a")
    True
    """
    acceptor(a)
    sets = []
    for column in a.delta.T:
        before = [0] * a.states
        for p, q in enumerate(column.tolist()):
            before[q] |= 1 << p
        sets.extend(before)
    moves = np.arange(len(sets)).reshape(a.symbols, a.states)
    return _acceptor("reversal", moves, sets, _set(np.flatnonzero(a.outputs)), 1 << a.start, a.names)


def left_quotient(b: Machine, a: Machine) -> Machine:
    """Return the acceptor of what is left of the words of `a` when a word of `b` is taken off their beginning.

    Raises
    ------
    RequestError
        As for `concatenation`.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> left_quotient(regex_machine("a*", "ab"), regex_machine("aab")) == regex_machine("(aa?)?b")
    True
    """
    names = common_names(a, b)
    both = direct_product(a.semiautomaton, b.semiautomaton)
    met = breadth_first(both.delta, a.start * b.states + b.start)
    start = _set(np.unique(met[b.outputs[met % b.states] == 1] // b.states))
    sets = [1 << q for q in range(a.states)]
    return _acceptor("quotient", a.delta.T, sets, start, _set(np.flatnonzero(a.outputs)), names)


def right_quotient(a: Machine, b: Machine) -> Machine:
    """Return the acceptor of what is left of the words of `a` when a word of `b` is taken off their end.

    Raises
    ------
    RequestError
        As for `concatenation`.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> right_quotient(regex_machine("ab*", "ab"), regex_machine("bb", "ab")) == regex_machine("ab*")
    True
    """
    names = common_names(a, b)
    both = direct_product(a.semiautomaton, b.semiautomaton)
    accepting = np.append((a.outputs[:, None] & b.outputs).ravel(), 0).astype(np.int32)
    # One state more, which accepts nothing: the pairs that no word leads to acceptance are equivalent to it.
    sink = both.states
    block = partition(np.vstack([both.delta, np.full((1, a.symbols), sink)]).astype(np.int32), accepting)
    alive = block[np.arange(a.states) * b.states + b.start] != block[sink]
    return minimal_acceptor(Machine(a.semiautomaton, a.start, alive.astype(np.int32), 2), names)


def _set(members: NDArray[np.integer]) -> int:
    return sum(1 << q for q in members.tolist())


def _acceptor(
    what: str, moves: NDArray[np.integer], sets: list[int], start: int, accepting: int, names: Names
) -> Machine:
    positions = moves.shape[1]
    rows = bits([*sets, start, accepting], positions)
    automaton, outputs = determinise(f"the {what}", moves.astype(np.int32), rows[:-2], rows[-2], rows[-1])
    return minimal_acceptor(Machine(automaton, 0, outputs, 2), names)
