"""Brackets of bounded depth: the D_n languages, and Dyck languages with several types."""

from __future__ import annotations

from ...errors import RequestError
from ..languages.acceptors import CLASSES
from ..machine import Machine
from .rules import machine_of, within

DEEPEST = 65_536
MOST_STATES = 65_536
MOST_TYPES = 256
DEEPEST_STACK = 1000
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"))


def nested(depth: int) -> Machine:
    """Return the acceptor of D_n: D_0 is the empty word and D_n = (a D_{n-1} b)*; it counts up to n.

    Bhattamishra, Ahuja and Goyal, On the ability and limitations of transformers to recognize formal
    languages, 2020.

    Parameters
    ----------
    depth : int
        n, 1 to 65,536; the minimal machine has n + 2 states.

    Raises
    ------
    RequestError
        Where it is out of range.

    Examples
    --------
    >>> nested(2).labels([[0, 0, 1, 1, 0, 1]]).tolist()
    [[0, 0, 0, 1, 0, 1]]
    """
    within("nested", "N", depth, 1, DEEPEST)

    def step(q: int, x: int) -> int:
        q += 0 if q < 0 else 1 - 2 * x
        return q if q <= depth else -1

    return machine_of(0, "ab", step, lambda q: int(q == 0), CLASSES, lambda q: "sink" if q < 0 else str(q))


def dyck(types: int, depth: int) -> Machine:
    """Return the acceptor of the balanced words over several types of brackets, at most `depth` deep.

    Symbols are the opening brackets, then the closing ones in the same order. The machine has to remember
    all that is open: 1 + K + K² + … + K^M states and a sink.

    Hewitt et al., RNNs can generate bounded hierarchical languages with optimal memory, 2020.

    Parameters
    ----------
    types : int
        K, 1 to 256.
    depth : int
        M, 1 to 1,000.

    Raises
    ------
    RequestError
        Where one is out of range, or the machine would have more than 65,536 states.

    Examples
    --------
    >>> dyck(2, 3).states, dyck(2, 3).names.symbols
    (16, ('(', '[', ')', ']'))
    >>> dyck(2, 3).labels([[0, 1, 3, 2, 1, 2]]).tolist()
    [[0, 0, 0, 1, 0, 0]]
    """
    machine = f"dyck:{types}:{depth}"
    within(machine, "K", types, 1, MOST_TYPES)
    within(machine, "M", depth, 1, DEEPEST_STACK)
    count, open_ = 2, 1
    for _ in range(depth):
        open_ *= types
        count += open_
        if count > MOST_STATES:
            raise RequestError(
                f"{machine} has more than {MOST_STATES} states: the limit; expected less depth"
            )
    pairs = [_PAIRS[i] if i < len(_PAIRS) else (f"({i}", f"){i}") for i in range(types)]
    empty: tuple[int, ...] = ()
    sink = (-1,)

    def step(stack: tuple[int, ...], x: int) -> tuple[int, ...]:
        if stack == sink:
            return sink
        if x < types:
            return (*stack, x) if len(stack) < depth else sink
        return stack[:-1] if stack[-1:] == (x - types,) else sink

    return machine_of(
        empty,
        [opening for opening, _ in pairs] + [closing for _, closing in pairs],
        step,
        lambda stack: int(stack == empty),
        CLASSES,
        lambda stack: "sink" if stack == sink else "".join(pairs[x][0] for x in stack) or "start",
    )
