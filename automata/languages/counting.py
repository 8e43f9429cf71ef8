"""What a regular language holds: is it empty, is it finite, its shortest word, its words of each length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..equivalence import distinguish
from ..machine import Machine
from ..minimise import minimise
from .acceptors import acceptor

LONGEST = 100_000
"""The longest length up to which words are counted."""


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
    least = minimise(acceptor(machine))
    # In a minimal machine every state but the sink leads to acceptance: the language is finite where those
    # states form no cycle, and so can be taken off one by one, each when its successors are gone.
    sink = (least.delta == np.arange(least.states)[:, None]).all(axis=1) & (least.outputs == 0)
    successors = (~sink)[least.delta].sum(axis=1)
    sources: list[list[int]] = [[] for _ in range(least.states)]
    for p, row in enumerate(least.delta.tolist()):
        for q in row:
            sources[q].append(p)
    gone = np.flatnonzero(~sink & (successors == 0)).tolist()
    for q in gone:  # it grows meanwhile
        for p in sources[q]:
            successors[p] -= 1
            if successors[p] == 0:
                gone.append(p)
    return len(gone) == int((~sink).sum())


def count_words(machine: Machine, longest: int) -> list[int]:
    """Return the number of words of each length from 0 to `longest` that an acceptor accepts, exactly.

    Parameters
    ----------
    machine : Machine
        An acceptor.
    longest : int
        At most 100,000.

    Raises
    ------
    RequestError
        Where it is no acceptor, or the length is out of range.

    Examples
    --------
    Words without two ones in a row are counted by Fibonacci's numbers:

    >>> from krohn.automata.languages.regex import regex_machine
    >>> count_words(regex_machine("(0|10)*1?"), 8)
    [1, 2, 3, 5, 8, 13, 21, 34, 55]
    """
    if not 0 <= longest <= LONGEST:
        raise RequestError(f"longest word has length {longest}: expected 0 to {LONGEST}")
    least = minimise(acceptor(machine))
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
    if not is_finite(machine):
        raise RequestError("the language is infinite: it has no number of words")
    # No word is longer than the states that it passes, each once.
    return sum(count_words(machine, min(minimise(machine).states, LONGEST)))
