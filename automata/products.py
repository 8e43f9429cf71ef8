"""Direct products: automata that run side by side on one word, or on a word of pairs."""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from ..errors import RequestError
from .arrays import in_range, whole_numbers
from .machine import Machine
from .semiautomaton import Semiautomaton

LARGEST_TABLE = 1 << 28
"""Most entries of a transition table that this folder builds (1 GiB)."""


def within_limit(what: str, states: int, symbols: int) -> None:
    """Check that a table of so many states and symbols may be built.

    Raises
    ------
    RequestError
        Where it has more than 2^28 entries.

    Examples
    --------
    >>> within_limit("product", 10**5, 10**4)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: product has 100000 states and 10000 symbols: the limit is 268435456 entries
    """
    if states * symbols > LARGEST_TABLE:
        raise RequestError(
            f"{what} has {states} states and {symbols} symbols: the limit is {LARGEST_TABLE} entries"
        )


def direct_product(a: Semiautomaton, b: Semiautomaton, paired: bool = False) -> Semiautomaton:
    """Return the automaton that runs both; state (p, q) is number ``p * b.states + q``.

    Parameters
    ----------
    a, b : Semiautomaton
    paired : bool
        False: both read the same symbol. True: the alphabet is that of pairs, (x, y) being symbol
        ``x * b.symbols + y``.

    Raises
    ------
    RequestError
        Where alphabets differ and symbols are not paired, or the table would be too large.

    Examples
    --------
    >>> two, three = Semiautomaton([[1], [0]]), Semiautomaton([[1], [2], [0]])
    >>> direct_product(two, three).run([[0] * 6]).tolist()
    [[4, 2, 3, 1, 5, 0]]
    """
    if paired:
        within_limit("product", a.states * b.states, a.symbols * b.symbols)
        table = a.delta[:, None, :, None] * b.states + b.delta[None, :, None, :]
    else:
        if a.symbols != b.symbols:
            raise RequestError(f"alphabets have {a.symbols} and {b.symbols} symbols: expected one size")
        within_limit("product", a.states * b.states, a.symbols)
        table = a.delta[:, None, :] * b.states + b.delta[None, :, :]
    return Semiautomaton(table.reshape(a.states * b.states, -1))


def machine_product(
    a: Machine, b: Machine, combine: ArrayLike | Callable[[int, int], int], paired: bool = False
) -> Machine:
    """Return the machine that runs both and combines their outputs, numbered as in `direct_product`.

    Parameters
    ----------
    a, b : Machine
    combine : int array of shape (a.classes, b.classes), or a function of two classes
        The output for each pair of outputs.
    paired : bool
        Whether the alphabet is that of pairs.

    Raises
    ------
    RequestError
        As for `direct_product`, or where the table of outputs has another shape.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> six = machine_product(counter(2), counter(3), lambda x, y: (3 * x + 4 * y) % 6)
    >>> six.labels([[1] * 7]).tolist()
    [[1, 2, 3, 4, 5, 0, 1]]
    """
    if callable(combine):
        combine = [[combine(x, y) for y in range(b.classes)] for x in range(a.classes)]
    table = whole_numbers("combine", combine, 2)
    if table.shape != (a.classes, b.classes):
        raise RequestError(f"combine has shape {table.shape}: expected {(a.classes, b.classes)}, the classes")
    classes = max(int(table.max()) + 1, 1)
    in_range("combine", table, classes, "a class")
    outputs = table[a.outputs[:, None], b.outputs[None, :]].ravel()
    start = a.start * b.states + b.start
    return Machine(direct_product(a.semiautomaton, b.semiautomaton, paired), start, outputs, classes)
