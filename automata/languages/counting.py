"""What a regular language holds: is it empty, is it finite, its shortest word, its words of each length."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..equivalence import distinguish
from ..machine import Machine
from ..minimise import minimise
from .acceptors import acceptor

MOST_BITS = 1 << 33
"""Most bits that counts fill."""


def is_empty(machine: Machine) -> bool:
    """Return whether an acceptor accepts no word.

    Raises
    ------
    RequestError
        Where it is no acceptor.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> is_empty(regex_machine("a*")), is_empty(regex_machine("∅", "a"))
    (False, True)
    """
    return not acceptor(machine).trim().outputs.any()


def shortest_word(machine: Machine) -> list[int]:
    """Return a shortest word that an acceptor accepts, as symbols; the first in their order.

    Raises
    ------
    RequestError
        Where it is no acceptor, or its language is empty.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> shortest_word(regex_machine("(a|b)*bab"))
    [1, 0, 1]
    """
    acceptor(machine)
    nothing = Machine(machine.semiautomaton, machine.start, np.zeros(machine.states, np.int32), 2)
    word = distinguish(machine, nothing)
    if word is None:
        raise RequestError("the language is empty: it has no shortest word")
    return word


def is_finite(machine: Machine) -> bool:
    """Return whether an acceptor accepts finitely many words.

    Raises
    ------
    RequestError
        Where it is no acceptor.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> is_finite(regex_machine("a{2,9}b?")), is_finite(regex_machine("ab*"))
    (True, False)
    """
    return _order(minimise(acceptor(machine))) is not None


def count_words(machine: Machine, longest: int) -> list[int]:
    """Return the number of words of each length from 0 to `longest` that an acceptor accepts, exactly.

    Parameters
    ----------
    machine : Machine
        An acceptor.
    longest : int
        The work grows with its square.

    Raises
    ------
    RequestError
        Where it is no acceptor, the length is negative, or the numbers may fill more than 1 GiB.

    Examples
    --------
    Words without two ones in a row are counted by Fibonacci's numbers:

    >>> from krohn.automata.languages.regex import regex_machine
    >>> count_words(regex_machine("(0|10)*1?"), 8)
    [1, 2, 3, 5, 8, 13, 21, 34, 55]
    """
    if longest < 0:
        raise RequestError(f"longest word has length {longest}: expected a whole number of at least 0")
    least = minimise(acceptor(machine))
    # The numbers kept have half the bits of the longest, those of the two last lengths, one a state, all.
    bits = max(math.log2(least.symbols), 1.0)
    if (longest / 2 + 2 * least.states) * longest * bits > MOST_BITS:
        raise RequestError(
            f"counting words to length {longest} by {least.states} states may take more than 1 GiB: the limit"
        )
    # From each state, the words of one length more go through its successors.
    counts: NDArray[Any] = least.outputs.astype(np.int64)
    found = [int(counts[0])]
    for length in range(1, longest + 1):
        if counts.dtype != object and least.symbols**length >= 1 << 62:
            counts = counts.astype(object)  # Python's integers, which do not overflow
        counts = counts[least.delta].sum(axis=1)
        found.append(int(counts[0]))
    return found


def cardinality(machine: Machine) -> int:
    """Return the number of words of a finite language, exactly.

    Raises
    ------
    RequestError
        Where the machine is no acceptor, or its language is infinite.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> cardinality(regex_machine("[ab]{0,9}"))
    1023
    """
    least = minimise(acceptor(machine))
    order = _order(least)
    if order is None:
        raise RequestError("the language is infinite: it has no number of words")
    # From each state: the empty word, and what its successors accept.
    count = [0] * least.states
    for q in order:
        count[q] = int(least.outputs[q]) + sum(count[p] for p in least.delta[q].tolist())
    return count[0]


def _order(least: Machine) -> list[int] | None:
    """Return the states of a minimal machine that lead to acceptance, each after its successors, or None.

    They are all but the sink. The language is finite where they form no cycle: there is such an order then.
    """
    sink = (least.delta == np.arange(least.states)[:, None]).all(axis=1) & (least.outputs == 0)
    successors = (~sink)[least.delta].sum(axis=1)
    sources: list[list[int]] = [[] for _ in range(least.states)]
    for p, row in enumerate(least.delta.tolist()):
        for q in row:
            sources[q].append(p)
    order: list[int] = np.flatnonzero(~sink & (successors == 0)).tolist()
    for q in order:  # it grows meanwhile
        for p in sources[q]:
            successors[p] -= 1
            if successors[p] == 0:
                order.append(p)
    return order if len(order) == int((~sink).sum()) else None
