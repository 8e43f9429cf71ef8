"""Boolean operations on regular languages; every result is a minimal acceptor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..machine import Machine
from .acceptors import acceptor, common_names, minimal_acceptor
from .pairs import pairs_met


def union(a: Machine, b: Machine) -> Machine:
    """Return the acceptor of the words that `a` or `b` accepts.

    Parameters
    ----------
    a, b : Machine
        Acceptors over one alphabet.

    Raises
    ------
    RequestError
        Where one is no acceptor, alphabets differ, or the product would be too large.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> union(regex_machine("a*", "ab"), regex_machine("b*", "ab")) == regex_machine("a*|b*")
    True
    """
    return _combined(a, b, lambda x, y: x | y)


def intersection(a: Machine, b: Machine) -> Machine:
    """Return the acceptor of the words that both accept; parameters and errors as for `union`.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> intersection(regex_machine("(aa)*"), regex_machine("(aaa)*")) == regex_machine("(a{6})*")
    True
    """
    return _combined(a, b, lambda x, y: x & y)


def difference(a: Machine, b: Machine) -> Machine:
    """Return the acceptor of the words that `a` accepts and `b` does not; the rest as for `union`.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> difference(regex_machine("a*"), regex_machine("a{3}a*")) == regex_machine("a{0,2}")
    True
    """
    return _combined(a, b, lambda x, y: x & (1 - y))


def symmetric_difference(a: Machine, b: Machine) -> Machine:
    """Return the acceptor of the words that one accepts and not the other; the rest as for `union`.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> symmetric_difference(regex_machine("a|aa"), regex_machine("aa|aaa")) == regex_machine("a|aaa")
    True
    """
    return _combined(a, b, lambda x, y: x ^ y)


def complement(a: Machine) -> Machine:
    """Return the acceptor of the words over the machine's alphabet that it does not accept.

    Raises
    ------
    RequestError
        Where it is no acceptor.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> complement(regex_machine("(a|b)*a")) == regex_machine("((a|b)*b)?")
    True
    """
    return minimal_acceptor(Machine(acceptor(a).semiautomaton, a.start, 1 - a.outputs, 2), a.names)


def _combined(a: Machine, b: Machine, rule: Callable[[int, int], int]) -> Machine:
    names = common_names(a, b)
    met = pairs_met(a.semiautomaton, b.semiautomaton, [(a.start, b.start)])
    table = np.array([[rule(x, y) for y in range(2)] for x in range(2)])
    outputs = table[a.outputs[met.left], b.outputs[met.right]]
    return minimal_acceptor(Machine(met.semiautomaton, 0, outputs, 2), names)
