"""Do two machines give the same outputs, and if not, on which word do they differ first?"""

from __future__ import annotations

import numba
import numpy as np

from ..errors import RequestError
from .machine import Machine


@numba.njit(cache=True, nogil=True)
def _root(parent, node):  # type: ignore[no-untyped-def]
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@numba.njit(cache=True, nogil=True)
def _search(delta_a, outputs_a, start_a, delta_b, outputs_b, start_b):  # type: ignore[no-untyped-def]
    size = len(outputs_a)
    limit = size + len(outputs_b)
    parent = np.arange(limit)
    left, right = np.empty(limit, np.int64), np.empty(limit, np.int64)
    origin, symbol = np.empty(limit, np.int64), np.empty(limit, np.int64)
    left[0], right[0], origin[0], symbol[0] = start_a, start_b, -1, -1
    if outputs_a[start_a] != outputs_b[start_b]:
        return 0, origin, symbol
    parent[start_a] = size + start_b
    found, position = 1, 0
    while position < found:
        for x in range(delta_a.shape[1]):
            p, q = delta_a[left[position], x], delta_b[right[position], x]
            a, b = _root(parent, p), _root(parent, size + q)
            if a == b:
                continue
            left[found], right[found], origin[found], symbol[found] = p, q, position, x
            if outputs_a[p] != outputs_b[q]:
                return found, origin, symbol
            parent[a] = b
            found += 1
        position += 1
    return -1, origin, symbol


def distinguish(a: Machine, b: Machine) -> list[int] | None:
    """Return a shortest word after which two machines put out different classes, or None.

    The empty word counts: it compares the outputs of the starts. Pairs of states are searched breadth-first,
    and a pair that follows from pairs met before is skipped (Hopcroft and Karp, 1971), so there are fewer
    pairs than states. The word stays shortest: where a skipped pair differs on a word, a pair met no later
    differs on it.

    Parameters
    ----------
    a, b : Machine

    Returns
    -------
    list of int, or None
        None where the machines are equivalent.

    Raises
    ------
    RequestError
        Where alphabets differ.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> distinguish(counter(4), counter(6))
    [1, 1, 1, 1]
    >>> distinguish(counter(4), counter(4)) is None
    True
    """
    if a.symbols != b.symbols:
        raise RequestError(f"alphabets have {a.symbols} and {b.symbols} symbols: expected one size")
    position, origin, symbol = _search(a.delta, a.outputs, a.start, b.delta, b.outputs, b.start)
    if position < 0:
        return None
    word: list[int] = []
    while position > 0:
        word.append(int(symbol[position]))
        position = int(origin[position])
    return word[::-1]


def equivalent(a: Machine, b: Machine) -> bool:
    """Return whether two machines give the same output after every word, the empty one included.

    Raises
    ------
    RequestError
        Where alphabets differ.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> equivalent(counter(2), counter(3))
    False
    """
    return distinguish(a, b) is None
