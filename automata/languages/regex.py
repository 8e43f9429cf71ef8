"""Regular expressions to minimal machines."""

from __future__ import annotations

import numpy as np

from ...errors import RequestError
from ..labels import Names
from ..machine import Machine
from ..minimise import minimise
from ..products import within_limit
from ..semiautomaton import Semiautomaton
from .acceptors import CLASSES
from .determinise import determinise, rows_of_bits
from .parser import MOST_LETTERS, Parser
from .positions import positions_of


def regex_machine(pattern: str, alphabet: str | None = None) -> Machine:
    r"""Return the minimal acceptor of a regular expression: class 1 for the words it describes.

    Letters stand for themselves; ``|`` is union, ``*``, ``+``, ``?``, ``{m}``, ``{m,}``, ``{,n}``, ``{m,n}``
    repeat, ``.`` is any letter, ``[a-c]`` one of these, ``[^a]`` any other letter of the alphabet, ``()`` or
    ``ε`` the empty word, ``∅`` the empty language, ``\*`` the sign itself. Whole words are matched. The part
    ``b{0}`` is empty, and yet makes b a letter of the alphabet.

    Parameters
    ----------
    pattern : str
        At most 4,096 letters, repeats written out.
    alphabet : str, optional
        The letters, in the order of their numbers; where not given, those that stand in the pattern, sorted.

    Returns
    -------
    Machine
        States are numbered breadth-first; ``names.symbols`` are the letters.

    Raises
    ------
    RequestError
        For a syntax error (it points at the character), a letter outside the alphabet, an alphabet that is
        empty or names a letter twice, or an expression whose machine is too large.

    References
    ----------
    Berry and Sethi, From regular expressions to deterministic automata, 1986.

    Examples
    --------
    >>> machine = regex_machine("(ab|ba)*")
    >>> machine.delta.tolist(), machine.outputs.tolist(), machine.names.symbols
    ([[1, 2], [3, 0], [0, 3], [3, 3]], [1, 0, 0, 0], ('a', 'b'))
    >>> regex_machine("a(b")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: regex 'a(b': position 1: '(' is never closed
    """
    if alphabet is not None:
        checked_alphabet(alphabet)
    parser = Parser(pattern, alphabet)
    tree = parser.parse()
    letters = "".join(sorted(parser.seen)) if alphabet is None else alphabet
    if not letters:
        raise RequestError(f"regex {pattern!r} has no letters: expected an alphabet, such as 'ab'")
    if len(letters) > MOST_LETTERS:
        raise RequestError(f"regex has {len(letters)} different letters: the limit is {MOST_LETTERS}")
    found = positions_of(tree)
    number = {letter: x for x, letter in enumerate(letters)}
    reads = np.zeros(
        (tree.size + 1, len(letters)), np.bool_
    )  # the last position is the end: it reads nothing
    columns = {}
    for position, node in enumerate(found.letters):
        if node not in columns:
            column = np.zeros(len(letters), np.bool_)
            column[[number[letter] for letter in node.letters]] = True
            columns[node] = column ^ node.negated
        reads[position] = columns[node]
    # Letters that no position tells apart share a column of the table until it is minimal.
    kinds, kind = np.unique(reads, axis=1, return_inverse=True)
    moves = np.where(kinds.T, np.arange(tree.size + 1), -1)
    rows = rows_of_bits([*found.follow, 0], tree.size + 1)
    start = [position for position in range(tree.size + 1) if found.start >> position & 1]
    automaton, outputs = determinise(f"the machine of {_shown(pattern)}", moves, rows, start, [tree.size])
    least = minimise(Machine(automaton, 0, outputs, 2))
    within_limit(f"the machine of {_shown(pattern)}", least.states, len(letters))
    full = Semiautomaton(least.delta[:, kind.ravel()])
    return Machine(full, 0, least.outputs, 2, Names(symbols=tuple(letters), classes=CLASSES)).trim()


def checked_alphabet(alphabet: str) -> str:
    """Return an alphabet in which every letter stands once.

    Raises
    ------
    RequestError
        Where it is empty, too large, or names a letter twice.
    """
    if not alphabet:
        raise RequestError("alphabet is empty: expected letters, such as 'ab'")
    if len(alphabet) > MOST_LETTERS:
        raise RequestError(f"alphabet has {len(alphabet)} letters: the limit is {MOST_LETTERS}")
    for i, letter in enumerate(alphabet):
        if letter in alphabet[:i]:
            raise RequestError(f"alphabet {alphabet!r} names {letter!r} twice: expected each letter once")
    return alphabet


def _shown(pattern: str) -> str:
    return f"regex {pattern!r}" if len(pattern) <= 60 else f"regex {pattern[:60] + '…'!r}"
