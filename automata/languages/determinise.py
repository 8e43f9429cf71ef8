"""The subset construction over sets of positions held as bits."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..semiautomaton import Semiautomaton

MOST_STATES = 1 << 20
"""Most states that a subset construction makes, whatever their size."""
MOST_STEPS = 1 << 32
"""Most 64-bit words that a subset construction touches: some seconds."""
MOST_ENTRIES = 1 << 26
"""Most entries of its transition table (256 MiB)."""


@numba.njit(cache=True, nogil=True)
def _hash(members):  # type: ignore[no-untyped-def]
    value = np.uint64(14695981039346656037)
    for i in range(len(members)):
        value = (value ^ members[i]) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(29)
    return value


@numba.njit(cache=True, nogil=True)
def _place(sets, table, members):  # type: ignore[no-untyped-def]
    """Return the slot of a hash table that holds the set, or the free one where it belongs."""
    mask = np.uint64(len(table) - 1)
    slot = _hash(members) & mask
    while table[slot] >= 0:
        same = True
        for i in range(len(members)):
            if sets[table[slot], i] != members[i]:
                same = False
                break
        if same:
            break
        slot = (slot + np.uint64(1)) & mask
    return slot


@numba.njit(cache=True, nogil=True)
def _subsets(moves, rows, start, accepting, limit):  # type: ignore[no-untyped-def]
    """Return the table and the outputs; an empty table where there are more than `limit` subsets."""
    symbols, positions = moves.shape
    words = rows.shape[1]
    sets = np.empty((64, words), np.uint64)
    delta = np.empty((64, symbols), np.int32)
    table = np.full(256, -1, np.int32)
    sets[0] = start
    table[_place(sets, table, start)] = 0
    members = np.empty(positions + 1, np.int64)
    target = np.empty(words, np.uint64)
    found, current = 1, 0
    while current < found:
        count = 0
        for p in range(positions):
            if (sets[current, p >> 6] >> np.uint64(p & 63)) & np.uint64(1):
                members[count] = p
                count += 1
        for x in range(symbols):
            target[:] = 0
            for i in range(count):
                row = moves[x, members[i]]
                if row >= 0:
                    for w in range(words):
                        target[w] |= rows[row, w]
            slot = _place(sets, table, target)
            if table[slot] < 0:
                if found == limit:
                    return np.empty((0, symbols), np.int32), np.empty(0, np.int32)
                if found == len(sets):
                    more_sets = np.empty((2 * found, words), np.uint64)
                    more_sets[:found] = sets
                    sets = more_sets
                    more_delta = np.empty((2 * found, symbols), np.int32)
                    more_delta[:found] = delta
                    delta = more_delta
                    table = np.full(8 * found, -1, np.int32)
                    for q in range(found):
                        table[_place(sets, table, sets[q])] = q
                    slot = _place(sets, table, target)
                sets[found] = target
                table[slot] = found
                found += 1
            delta[current, x] = table[slot]
        current += 1
    outputs = np.zeros(found, np.int32)
    for q in range(found):
        for w in range(words):
            if sets[q, w] & accepting[w]:
                outputs[q] = 1
    return delta[:found].copy(), outputs


def bits(sets: list[int], positions: int) -> NDArray[np.uint64]:
    """Return sets of positions, each an integer with a bit for each member, as rows of 64-bit words.

    Examples
    --------
    >>> bits([0b101, 1 << 64], 65).tolist()
    [[5, 0], [0, 1]]
    """
    words = max(-(-positions // 64), 1)
    packed = b"".join(members.to_bytes(8 * words, "little") for members in sets)
    return np.frombuffer(packed, "<u8").astype(np.uint64).reshape(len(sets), words)


def determinise(
    what: str,
    moves: NDArray[np.int32],
    rows: NDArray[np.uint64],
    start: NDArray[np.uint64],
    accepting: NDArray[np.uint64],
) -> tuple[Semiautomaton, NDArray[np.int32]]:
    """Return the deterministic automaton of a nondeterministic one, and 1 for each accepting state.

    States are the sets of positions that can be reached, in breadth-first order, the start being 0 (Rabin and
    Scott, Finite automata and their decision problems, 1959).

    Parameters
    ----------
    what : str
        What is built, for the message where it grows too large.
    moves : int32 array, shape (symbols, positions)
        The row that holds the positions which a symbol leads to from a position, or -1 for none.
    rows : uint64 array, shape (rows, words)
        Sets of positions: bit p % 64 of word p // 64 for position p.
    start, accepting : uint64 array, shape (words,)
        The set to start from, and the set of positions that accept.

    Raises
    ------
    RequestError
        Where there are more than 2^20 sets, or fewer but such that making them would take too long.

    Examples
    --------
    Words over a, b whose last letter but one is a:

    >>> moves = np.array([[0, 1, -1], [2, 1, -1]], np.int32)
    >>> automaton, outputs = determinise(
    ...     "example", moves, bits([0b011, 0b100, 0b001], 3), *bits([0b001, 0b100], 3)
    ... )
    >>> automaton.delta.tolist(), outputs.tolist()
    ([[1, 0], [2, 3], [2, 3], [1, 0]], [0, 0, 1, 1])
    """
    symbols = len(moves)
    work = rows.shape[1] * (int((moves >= 0).sum()) + symbols)
    limit = max(min(MOST_STATES, MOST_STEPS // work, MOST_ENTRIES // symbols), 1)
    delta, outputs = _subsets(
        np.ascontiguousarray(moves),
        np.ascontiguousarray(rows),
        np.ascontiguousarray(start),
        np.ascontiguousarray(accepting),
        limit,
    )
    if len(delta) == 0:
        raise RequestError(f"{what} has more than {limit} states before it is minimised: the limit")
    return Semiautomaton(delta), outputs
