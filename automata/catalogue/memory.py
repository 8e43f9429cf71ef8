"""Machines that remember: a first or a last symbol, both, a bit that is written and read."""

from __future__ import annotations

from ..languages.acceptors import CLASSES
from ..machine import Machine
from .rules import machine_of

_BITS = ("0", "1")


def first() -> Machine:
    """Return the acceptor of the bit strings that begin with 1.

    The language "First" of Chiang and Cholak (Overcoming a theoretical limitation of self-attention, 2022).

    Examples
    --------
    >>> first().labels([[1, 0, 0]]).tolist()
    [[1, 1, 1]]
    """
    return machine_of(
        "", _BITS, lambda q, x: q or _BITS[x], lambda q: int(q == "1"), CLASSES, lambda q: q or "start"
    )


def last() -> Machine:
    """Return the acceptor of the bit strings that end with 1: the simplest definite language.

    Examples
    --------
    >>> last().labels([[1, 0, 1]]).tolist()
    [[1, 0, 1]]
    """
    return machine_of(0, _BITS, lambda q, x: x, lambda q: q, CLASSES)


def even_pairs() -> Machine:
    """Return the acceptor of the bit strings with an even number of pairs 01 and 10: first and last are equal.

    Delétang et al. (Neural networks and the Chomsky hierarchy, 2022) label an odd number 1; as a language it
    is the even ones (Butoi et al., Training neural networks as recognizers of formal languages, 2024), the
    empty word among them.

    Examples
    --------
    >>> even_pairs().labels([[0, 1, 1, 0]]).tolist()
    [[1, 0, 0, 1]]
    """
    return machine_of(
        "",
        _BITS,
        lambda q, x: (q or _BITS[x])[0] + _BITS[x],
        lambda q: int(q == "" or q[0] == q[1]),
        CLASSES,
        lambda q: f"{q[0]}…{q[1]}" if q else "start",
    )


def flip_flop_language() -> Machine:
    """Return the machine of flip-flop language modelling: after each `r` it puts out the bit to be read.

    A word is a sequence of instructions, each followed by a bit: `w` writes it, `i` is to be ignored, `r` has
    to be followed by the bit that was written last; the first is `w`. The classes are 0, 1 and `none`: no bit
    is determined by what stands before, or the word is not in the language (which no more symbols repair).

    Liu et al., Exposing attention glitches with flip-flop language modeling, 2023.

    Examples
    --------
    >>> machine = flip_flop_language()
    >>> word = [machine.names.symbols.index(symbol) for symbol in "w1i0r1"]
    >>> [machine.names.output(label) for label in machine.labels([word])[0]]
    ['none', 'none', 'none', 'none', '1', 'none']
    """

    # A state is the bit written last, and the instruction that waits for its bit.
    def step(state: str, x: int) -> str:
        bit, waiting = (state[:1], state[1:]) if state[:1] in _BITS else ("", state)
        symbol = "wri01"[x]
        if state == "sink" or (symbol in "01") != bool(waiting):
            return "sink"
        if symbol not in "01":
            return bit + symbol if bit or symbol == "w" else "sink"
        if waiting == "w":
            return symbol
        return bit if waiting == "i" or symbol == bit else "sink"

    return machine_of(
        "",
        tuple("wri01"),
        step,
        lambda q: int(q[0]) if q.endswith("r") else 2,
        ("0", "1", "none"),
        lambda q: q or "start",
    )
