"""Cascades: an automaton whose inputs depend on the state of another (Krohn and Rhodes, 1965)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import RequestError
from .arrays import in_range, whole_numbers
from .products import within_limit
from .semiautomaton import Semiautomaton


def cascade(upper: Semiautomaton, lower: Semiautomaton, dependency: ArrayLike) -> Semiautomaton:
    """Return the cascade product: the lower automaton reads what the upper state makes of the symbol.

    State (p, q) is number ``p * lower.states + q``; the alphabet is the upper one's.

    Parameters
    ----------
    upper, lower : Semiautomaton
    dependency : int array, shape (upper.states, upper.symbols)
        ``dependency[p, x]`` is the symbol that the lower automaton reads where the upper one is in state p
        **before** it reads x.

    Raises
    ------
    RequestError
        Where the dependency has another shape or entries that are no lower symbols.

    Examples
    --------
    A counter modulo 4 out of two bits and a carry:

    >>> bit = Semiautomaton([[0, 1], [1, 0]])
    >>> four = cascade(bit, bit, [[0, 0], [0, 1]])
    >>> [2 * (s % 2) + s // 2 for s in four.run([[1, 1, 1, 1, 1]])[0].tolist()]
    [1, 2, 3, 0, 1]
    """
    table = whole_numbers("dependency", dependency, 2)
    if table.shape != upper.delta.shape:
        raise RequestError(
            f"dependency has shape {table.shape}: expected {upper.delta.shape}, upper states and symbols"
        )
    in_range("dependency", table, lower.symbols, "a lower symbol")
    within_limit("cascade", upper.states * lower.states, upper.symbols)
    steps = lower.delta[:, table].transpose(1, 0, 2)  # (upper state, lower state, symbol)
    return Semiautomaton((upper.delta[:, None, :] * lower.states + steps).reshape(-1, upper.symbols))


def wreath(upper: Semiautomaton, lower: Semiautomaton) -> Semiautomaton:
    """Return the full wreath product: the cascade with a symbol for each way to depend.

    A symbol is an upper symbol x with a function f from upper states to lower symbols, number
    ``code(f) * upper.symbols + x``; the digits of ``code(f)`` to the base ``lower.symbols`` are f(0) f(1) …,
    f(0) the highest. Every cascade of the two is this one, read through a map of symbols.

    Raises
    ------
    RequestError
        Where the table would be too large: it has lower.symbols ** upper.states * upper.symbols columns.

    Examples
    --------
    >>> bit = Semiautomaton([[0, 1], [1, 0]])
    >>> wreath(bit, bit).delta.shape
    (4, 8)
    """
    functions = lower.symbols**upper.states
    within_limit("wreath product", upper.states * lower.states, functions * upper.symbols)
    digits = (
        np.arange(functions) // lower.symbols ** np.arange(upper.states - 1, -1, -1)[:, None] % lower.symbols
    )
    wide = Semiautomaton(np.tile(upper.delta, functions))
    return cascade(wide, lower, np.repeat(digits, upper.symbols, axis=1))
