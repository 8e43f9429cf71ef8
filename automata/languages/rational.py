"""Concatenation, star, reversal and quotients of regular languages; every result is a minimal acceptor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..labels import Names
from ..machine import Machine
from ..minimise import partition
from .acceptors import acceptor, common_names, minimal_acceptor
from .determinise import Rows, determinise, rows_of_members
from .pairs import pairs_met


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
    begin = a.states + b.start
    moves = np.vstack([a.delta, b.delta + a.states]).T
    ends = np.flatnonzero(a.outputs)
    start = [a.start, begin] if a.outputs[a.start] else [a.start]
    accepting = a.states + np.flatnonzero(b.outputs)
    return _acceptor("concatenation", moves, _with(len(moves.T), ends, begin), start, accepting, names)


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
    moves = np.vstack([a.delta, a.delta[a.start]]).T
    ends = np.flatnonzero(a.outputs)
    rows = _with(a.states, ends, a.start)
    return _acceptor("star", moves, rows, [fresh], np.append(ends, fresh), a.names)


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
    # Set x * states + q holds the states that symbol x sends to q.
    target = a.delta + np.arange(a.symbols) * a.states
    sources = np.broadcast_to(np.arange(a.states)[:, None], target.shape)
    count = a.symbols * a.states
    rows = rows_of_members(target.ravel(), sources.ravel(), count)
    moves = np.arange(count).reshape(a.symbols, a.states)
    return _acceptor("reversal", moves, rows, np.flatnonzero(a.outputs), [a.start], a.names)


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
    met = pairs_met(a.semiautomaton, b.semiautomaton, [(a.start, b.start)])
    start = np.unique(met.left[b.outputs[met.right] == 1])
    rows = _with(a.states, np.array([], np.int64), 0)
    return _acceptor("quotient", a.delta.T, rows, start, np.flatnonzero(a.outputs), names)


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
    met = pairs_met(a.semiautomaton, b.semiautomaton, [(p, b.start) for p in range(a.states)])
    sink = met.semiautomaton.states
    # One state more, which accepts nothing: pairs from which no word is accepted are equivalent to it.
    delta = np.vstack([met.semiautomaton.delta, np.full((1, a.symbols), sink)]).astype(np.int32)
    both = np.append(a.outputs[met.left] & b.outputs[met.right], 0).astype(np.int32)
    block = partition(delta, both)
    alive = block[: a.states] != block[sink]
    return minimal_acceptor(Machine(a.semiautomaton, a.start, alive.astype(np.int32), 2), names)


def _with(positions: int, ends: NDArray[np.integer], begin: int) -> Rows:
    """Return a set for each position: the position alone, and where it is one of `ends`, `begin` too."""
    each = np.arange(positions)
    member = np.append(each, np.full(len(ends), begin))
    return rows_of_members(np.append(each, ends), member, positions)


def _acceptor(
    what: str,
    moves: NDArray[np.integer],
    rows: Rows,
    start: Sequence[int] | NDArray[np.integer],
    accepting: Sequence[int] | NDArray[np.integer],
    names: Names,
) -> Machine:
    automaton, outputs = determinise(f"the {what}", moves, rows, list(start), list(accepting))
    return minimal_acceptor(Machine(automaton, 0, outputs, 2), names)
