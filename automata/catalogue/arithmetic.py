"""Arithmetic that a finite machine does: modular expressions without brackets, and the addition of bits."""

from __future__ import annotations

from ...errors import RequestError
from ..machine import Machine
from .rules import machine_of, within

OPERATORS = "+-*"
LARGEST_LTR = 512
LARGEST_PRECEDENCE = 64


def mod_ltr(modulus: int, operators: str = OPERATORS) -> Machine:
    """Return the machine that evaluates digit (operator digit)* modulo M from left to right.

    Symbols are the digits 0 to M - 1, then the operators. The class is the value so far where a word ends with
    a digit; otherwise it is ``none``: there is no value yet, or the word is no expression.

    Butoi et al., Training neural networks as recognizers of formal languages, 2024, evaluate in this way;
    with precedence it is another machine (`mod_precedence`), with other groups.

    Parameters
    ----------
    modulus : int
        M, 2 to 512.
    operators : str
        Out of ``+``, ``-`` and ``*``, each at most once.

    Raises
    ------
    RequestError
        Where one is out of range.

    Examples
    --------
    >>> machine = mod_ltr(5)
    >>> word = [machine.names.symbols.index(symbol) for symbol in "2+3*4-1"]
    >>> [machine.names.output(label) for label in machine.labels([word])[0]]
    ['2', 'none', '0', 'none', '0', 'none', '4']
    """
    within("mod-ltr", "M", modulus, 2, LARGEST_LTR)
    signs = _operators("mod-ltr", operators)

    sink = (-1, "")

    # A state is a value, and the operator that waits for a digit.
    def step(state: tuple[int, str], x: int) -> tuple[int, str]:
        value, waiting = state
        if state == sink or (x < modulus) != bool(waiting):
            return sink
        if x >= modulus:
            return value, signs[x - modulus]
        return _apply(waiting, value, x) % modulus, ""

    return machine_of(
        (0, "+"),
        _symbols(modulus, signs),
        step,
        lambda q: modulus if q == sink or q[1] else q[0],
        _classes(modulus),
        lambda q: {sink: "sink", (0, "+"): "start"}.get(q) or f"{q[0]}{q[1]}",
    )


def mod_precedence(modulus: int, operators: str = OPERATORS) -> Machine:
    """Return the machine that evaluates digit (operator digit)* modulo M, ``*`` before ``+`` and ``-``.

    Symbols and classes are those of `mod_ltr`.

    Delétang et al., Neural networks and the Chomsky hierarchy, 2022 (modulus 5).

    Parameters
    ----------
    modulus : int
        M, 2 to 64.
    operators : str
        Out of ``+``, ``-`` and ``*``, each at most once.

    Raises
    ------
    RequestError
        Where one is out of range.

    Examples
    --------
    >>> machine = mod_precedence(5)
    >>> word = [machine.names.symbols.index(symbol) for symbol in "2+3*4-1"]
    >>> [machine.names.output(label) for label in machine.labels([word])[0]]
    ['2', 'none', '0', 'none', '4', 'none', '3']
    """
    within("mod-precedence", "M", modulus, 2, LARGEST_PRECEDENCE)
    signs = _operators("mod-precedence", operators)

    sink = (-1, 0, False)

    # A state is a sum, the product that will be added to it, and whether a factor of it is awaited.
    def step(state: tuple[int, int, bool], x: int) -> tuple[int, int, bool]:
        total, product, waiting = state
        if state == sink or (x < modulus) != waiting:
            return sink
        if x < modulus:
            return total, product * x % modulus, False
        if signs[x - modulus] == "*":
            return total, product, True
        return (total + product) % modulus, 1 if signs[x - modulus] == "+" else modulus - 1, True

    return machine_of(
        (0, 1, True),
        _symbols(modulus, signs),
        step,
        lambda q: modulus if q == sink or q[2] else (q[0] + q[1]) % modulus,
        _classes(modulus),
        lambda q: {sink: "sink", (0, 1, True): "start"}.get(q) or f"{q[0]}+{q[1]}{'*' if q[2] else ''}",
    )


def adder() -> Machine:
    """Return the machine that adds two binary numbers, the lowest bits first.

    Symbols are the pairs of bits; after each the class says the bit of the sum and the carry: it is
    ``bit + 2 carry``.

    Liu et al., Transformers learn shortcuts to automata, 2022.

    Examples
    --------
    >>> adder().labels([[3, 1, 0]]).tolist()  # 1 + 3 = 4: bits 1, 1, 0 and 1, 0, 0 from the lowest on
    [[2, 2, 1]]
    """

    def step(state: int, x: int) -> int:
        return state // 2 + x // 2 + x % 2

    names = ("0", "1", "0 carry 1", "1 carry 1")
    return machine_of(0, ("00", "01", "10", "11"), step, int, names, lambda q: names[q])


def _operators(machine: str, operators: str) -> str:
    if not operators or any(operators.count(sign) > 1 or sign not in OPERATORS for sign in operators):
        raise RequestError(f"{machine}: operators are {operators!r}: expected some of +-*, each once")
    return "".join(sign for sign in OPERATORS if sign in operators)


def _symbols(modulus: int, signs: str) -> list[str]:
    return [*map(str, range(modulus)), *signs]


def _classes(modulus: int) -> list[str]:
    return [*map(str, range(modulus)), "none"]


def _apply(sign: str, a: int, b: int) -> int:
    return {"+": a + b, "-": a - b, "*": a * b}[sign]
