"""Acceptors: machines of two classes, 1 for the words of the language; their words in letters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import RequestError
from ...names import nearest
from ..labels import Names
from ..machine import Machine
from ..minimise import minimise

CLASSES = ("reject", "accept")
"""What the classes of an acceptor are called."""


def acceptor(machine: Machine) -> Machine:
    """Return the machine if it is an acceptor: of two classes, 1 for the words of the language.

    Raises
    ------
    RequestError
        Where it has another number of classes.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> acceptor(counter(2)).classes
    2
    >>> acceptor(counter(5))
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: machine has 5 classes: expected an acceptor, of 2 classes
    """
    if machine.classes != 2:
        raise RequestError(f"machine has {machine.classes} classes: expected an acceptor, of 2 classes")
    return machine


def common_names(a: Machine, b: Machine) -> Names:
    """Return the names for a machine made of two acceptors over one alphabet.

    Raises
    ------
    RequestError
        Where one is no acceptor, or the alphabets differ in size or in the names of their symbols.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> common_names(regex_machine("a*"), regex_machine("b"))
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: alphabets are {a} and {b}: expected one alphabet
    """
    for machine in (a, b):
        acceptor(machine)
    if a.symbols != b.symbols:
        raise RequestError(f"alphabets have {a.symbols} and {b.symbols} symbols: expected one alphabet")
    ours, theirs = a.names.symbols, b.names.symbols
    if ours and theirs and ours != theirs:
        shown, other = (f"{{{', '.join(names[:20])}}}" for names in (ours, theirs))
        raise RequestError(f"alphabets are {shown} and {other}: expected one alphabet")
    return Names(symbols=ours or theirs, classes=CLASSES)


def minimal_acceptor(machine: Machine, names: Names) -> Machine:
    """Return the minimal acceptor with names for symbols and classes, none for states."""
    least = minimise(machine)
    return Machine(least.semiautomaton, least.start, least.outputs, 2, Names(names.symbols, (), CLASSES))


def parse_word(machine: Machine, text: str) -> list[int]:
    """Return the symbols of a word written in the names of a machine's symbols.

    Names of one character stand side by side, others, and numbers, are separated by spaces.

    Raises
    ------
    RequestError
        For a symbol outside the alphabet.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> parse_word(regex_machine("(ab)*"), "abba")
    [0, 1, 1, 0]
    """
    names = machine.names.symbols or tuple(str(x) for x in range(machine.symbols))
    number = {name: x for x, name in enumerate(names)}
    parts: Sequence[str] = list(text) if _short(names) else text.split()
    for position, part in enumerate(parts):
        if part not in number:
            near = nearest(part, names)
            hint = f"; did you mean {near!r}?" if near else ""
            shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
            raise RequestError(f"word {text!r}: symbol {position} is {part!r}: expected one of {shown}{hint}")
    return [number[part] for part in parts]


def spell(machine: Machine, word: Sequence[int]) -> str:
    """Return a word in the names of a machine's symbols, as `parse_word` reads it.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> spell(counter(3), [0, 1, 1])
    '011'
    """
    names = machine.names.symbols or tuple(str(x) for x in range(machine.symbols))
    return ("" if _short(names) else " ").join(names[x] for x in word)


def accepts(machine: Machine, word: str | Sequence[int]) -> bool:
    """Return whether an acceptor accepts a word, given in letters or as symbols.

    Raises
    ------
    RequestError
        Where the machine is no acceptor, or for a symbol outside the alphabet.

    Examples
    --------
    >>> from krohn.automata.languages.regex import regex_machine
    >>> even = regex_machine("((a|b)(a|b))*")
    >>> accepts(even, "abba"), accepts(even, "a"), accepts(even, "")
    (True, False, True)
    """
    symbols = parse_word(machine, word) if isinstance(word, str) else list(word)
    if not symbols:
        return bool(acceptor(machine).outputs[machine.start])
    return bool(acceptor(machine).labels(np.array([symbols]))[0, -1])


def _short(names: tuple[str, ...]) -> bool:
    return all(len(name) == 1 for name in names)
