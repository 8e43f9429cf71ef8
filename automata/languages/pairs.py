"""Two automata on the same word: the pairs of states that are met, and no others."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..semiautomaton import Semiautomaton

MOST_PAIRS = 1 << 22
"""Most pairs that are followed."""
MOST_ENTRIES = 1 << 26
"""Most entries of their transition table (256 MiB)."""


@numba.njit(cache=True, nogil=True)
def _place(table, codes, code):  # type: ignore[no-untyped-def]
    """Return the slot of a hash table that holds a code, or the free one where it belongs."""
    mask = np.uint64(len(table) - 1)
    slot = (np.uint64(code) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20) & mask
    while table[slot] >= 0 and codes[table[slot]] != code:
        slot = (slot + np.uint64(1)) & mask
    return slot


@numba.njit(cache=True, nogil=True)
def _follow(delta_a, delta_b, starts, limit):  # type: ignore[no-untyped-def]
    """Return the codes of the pairs and their table; an empty table where there are more than `limit`."""
    symbols, wide = delta_a.shape[1], np.int64(len(delta_b))
    capacity = 1 << 8
    while capacity < 2 * len(starts):
        capacity *= 2
    codes = np.empty(capacity, np.int64)
    delta = np.empty((capacity, symbols), np.int32)
    table = np.full(4 * capacity, -1, np.int32)
    codes[: len(starts)] = starts
    for i in range(len(starts)):
        table[_place(table, codes, starts[i])] = i
    found, current = len(starts), 0
    while current < found:
        p, q = codes[current] // wide, codes[current] % wide
        for x in range(symbols):
            code = delta_a[p, x] * wide + delta_b[q, x]
            slot = _place(table, codes, code)
            if table[slot] < 0:
                if found >= limit:
                    return codes[:0], delta[:0]
                if found == len(codes):
                    more_codes = np.empty(2 * found, np.int64)
                    more_codes[:found] = codes
                    codes = more_codes
                    more_delta = np.empty((2 * found, symbols), np.int32)
                    more_delta[:found] = delta
                    delta = more_delta
                    table = np.full(8 * found, -1, np.int32)
                    for i in range(found):
                        table[_place(table, codes, codes[i])] = i
                    slot = _place(table, codes, code)
                codes[found] = code
                table[slot] = found
                found += 1
            delta[current, x] = table[slot]
        current += 1
    return codes[:found].copy(), delta[:found].copy()


@dataclass(frozen=True)
class Pairs:
    """The pairs of states that are met, in breadth-first order, the first ones being those started from.

    Attributes
    ----------
    left, right : int64 array, shape (pairs,)
        The states of a pair.
    semiautomaton : Semiautomaton
        Its states are the numbers of the pairs.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    semiautomaton: Semiautomaton


def pairs_met(a: Semiautomaton, b: Semiautomaton, starts: list[tuple[int, int]]) -> Pairs:
    """Return the pairs of states that two automata over one alphabet meet when they read the same word.

    Parameters
    ----------
    a, b : Semiautomaton
    starts : list of pairs of int
        The pairs to start from, all different.

    Raises
    ------
    RequestError
        Where there are too many: more than 2^22, or than make a table of 2^26 entries.

    Examples
    --------
    >>> two, four = Semiautomaton([[1], [0]]), Semiautomaton([[1], [2], [3], [0]])
    >>> met = pairs_met(two, four, [(0, 1)])
    >>> list(zip(met.left.tolist(), met.right.tolist(), strict=True))
    [(0, 1), (1, 2), (0, 3), (1, 0)]
    """
    limit = min(MOST_PAIRS, MOST_ENTRIES // a.symbols)
    codes = np.array([p * b.states + q for p, q in starts], np.int64)
    views = [automaton.delta.view() for automaton in (a, b)]
    for view in views:
        view.flags.writeable = False
    codes, delta = _follow(*views, codes, limit)
    if len(codes) == 0:
        raise RequestError(f"the product has more than {limit} states: the limit")
    return Pairs(codes // b.states, codes % b.states, Semiautomaton(delta))
