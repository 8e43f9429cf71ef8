"""The subset construction over sets of positions held as bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..semiautomaton import Semiautomaton

MOST_STATES = 1 << 20
"""Most states that a subset construction makes, however small they are."""
MOST_WORDS = 1 << 25
"""Most 64-bit words that they fill together (256 MiB)."""
MOST_ENTRIES = 1 << 26
"""Most entries of its transition table (256 MiB)."""
MOST_STEPS = 1 << 32
"""Most words that it touches: some seconds."""


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
def _subsets(moves, begins, places, values, start, accepting, limit, steps):  # type: ignore[no-untyped-def]
    """Return the table, the outputs, and whether it is whole: not stopped by a limit."""
    symbols, positions = moves.shape
    words = len(start)
    sets = np.empty((64, words), np.uint64)
    delta = np.empty((64, symbols), np.int32)
    table = np.full(256, -1, np.int32)
    sets[0] = start
    table[_place(sets, table, start)] = 0
    members = np.empty(positions, np.int64)
    target = np.empty(words, np.uint64)
    found, current, whole = 1, 0, True
    while whole and current < found:
        count = 0
        for w in range(words):
            if sets[current, w]:
                for p in range(64 * w, min(64 * w + 64, positions)):
                    if (sets[current, w] >> np.uint64(p & 63)) & np.uint64(1):
                        members[count] = p
                        count += 1
        for x in range(symbols):
            target[:] = 0
            steps -= 4 * words + count  # to clear, to hash and to compare
            for i in range(count):
                row = moves[x, members[i]]
                if row >= 0:
                    steps -= begins[row + 1] - begins[row]
                    for j in range(begins[row], begins[row + 1]):
                        target[places[j]] |= values[j]
            slot = _place(sets, table, target)
            if table[slot] < 0:
                if found == limit or steps < 0:
                    whole = False
                    break
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
    return delta[:found].copy(), outputs, whole


@dataclass(frozen=True)
class Rows:
    """Sets of positions, each by its 64-bit words that are not zero.

    Attributes
    ----------
    begins : int64 array, shape (sets + 1,)
        Set r has the words ``begins[r]`` to ``begins[r + 1] - 1`` of the other arrays.
    places : int64 array
        Which word: number w holds the positions 64 w to 64 w + 63.
    values : uint64 array
        The bits of it.
    """

    begins: NDArray[np.int64]
    places: NDArray[np.int64]
    values: NDArray[np.uint64]


def rows_of_bits(sets: Sequence[int], positions: int) -> Rows:
    """Return sets of positions, each given as an integer with a bit for each member.

    Examples
    --------
    >>> rows_of_bits([0b101, 1 << 64], 65)
    Rows(begins=array([0, 1, 2]), places=array([0, 1]), values=array([5, 1], dtype=uint64))
    """
    words = -(-positions // 64)
    packed = b"".join(members.to_bytes(8 * words, "little") for members in sets)
    table = np.frombuffer(packed, "<u8").astype(np.uint64).reshape(len(sets), words)
    row, place = np.nonzero(table)
    return Rows(np.searchsorted(row, np.arange(len(sets) + 1)), place, table[row, place])


def rows_of_members(row: NDArray[np.integer], member: NDArray[np.integer], sets: int) -> Rows:
    """Return so many sets of positions: set ``row[i]`` holds ``member[i]``, for each i.

    Examples
    --------
    >>> rows_of_members(np.array([1, 0, 1]), np.array([64, 2, 65]), 2)
    Rows(begins=array([0, 1, 2]), places=array([0, 1]), values=array([4, 3], dtype=uint64))
    """
    order = np.lexsort((member, row))
    row, member = row[order].astype(np.int64), member[order].astype(np.int64)
    place = member >> 6
    first = np.flatnonzero(np.diff(row, prepend=-1) | np.diff(place, prepend=-1))
    bits = np.uint64(1) << (member & 63).astype(np.uint64)
    values = np.bitwise_or.reduceat(bits, first) if len(first) else bits
    return Rows(np.searchsorted(row[first], np.arange(sets + 1)), place[first], values)


def determinise(
    what: str, moves: NDArray[np.integer], rows: Rows, start: Sequence[int], accepting: Sequence[int]
) -> tuple[Semiautomaton, NDArray[np.int32]]:
    """Return the deterministic automaton of a nondeterministic one, and 1 for each accepting state.

    States are the sets of positions that can be reached, in breadth-first order, the start being 0 (Rabin and
    Scott, Finite automata and their decision problems, 1959).

    Parameters
    ----------
    what : str
        What is built, for the message where it grows too large.
    moves : int array, shape (symbols, positions)
        The set in `rows` of the positions which a symbol leads to from a position, or -1 for none.
    rows : Rows
    start, accepting : sequence of int
        The positions to start from, and those that accept.

    Raises
    ------
    RequestError
        Where there are more than 2^20 sets, or fewer but such that making them would take too much.

    Examples
    --------
    Words over a, b whose last letter but one is a:

    >>> moves = np.array([[0, 1, -1], [2, 1, -1]])
    >>> automaton, outputs = determinise("example", moves, rows_of_bits([3, 4, 1], 3), [0], [2])
    >>> automaton.delta.tolist(), outputs.tolist()
    ([[1, 0], [2, 3], [2, 3], [1, 0]], [0, 0, 1, 1])
    """
    symbols, positions = moves.shape
    words = -(-positions // 64)
    ends = np.zeros((2, words), np.uint64)
    for packed, members in zip(ends, (start, accepting), strict=True):
        chosen = np.array(members, np.int64)
        np.bitwise_or.at(packed, chosen >> 6, np.uint64(1) << (chosen & 63).astype(np.uint64))
    limit = min(MOST_STATES, MOST_WORDS // words, MOST_ENTRIES // symbols)
    table = np.ascontiguousarray(moves, np.int32)
    delta, outputs, whole = _subsets(
        table, rows.begins, rows.places, rows.values, ends[0], ends[1], limit, MOST_STEPS
    )
    if not whole:
        raise RequestError(f"{what} has more than {len(delta)} states before it is minimised: the limit")
    return Semiautomaton(delta), outputs
