"""The least machine with the same outputs: Hopcroft's partition refinement."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
from numpy.typing import NDArray

from .machine import Machine
from .semiautomaton import Semiautomaton


@numba.njit(cache=True, nogil=True)
def _predecessors(delta):  # type: ignore[no-untyped-def]
    # Compressed lists: the states that symbol x sends to p are sources[offsets[x, p]:offsets[x, p + 1]].
    states, symbols = delta.shape
    offsets = np.zeros((symbols, states + 1), np.int64)
    sources = np.empty((symbols, states), np.int32)
    for p in range(states):
        for x in range(symbols):
            offsets[x, delta[p, x] + 1] += 1
    for x in range(symbols):
        for p in range(states):
            offsets[x, p + 1] += offsets[x, p]
    place = offsets.copy()
    for p in range(states):
        for x in range(symbols):
            target = delta[p, x]
            sources[x, place[x, target]] = p
            place[x, target] += 1
    return offsets, sources


@numba.njit(cache=True, nogil=True)
def _refine(delta, block, blocks):  # type: ignore[no-untyped-def]
    """Refine `block` (a block number for each state, changed in place) and return the number of blocks."""
    states, symbols = delta.shape
    offsets, sources = _predecessors(delta)
    members = np.argsort(block, kind="mergesort")  # the states of a block lie together
    place = np.empty(states, np.int64)
    begin, end = np.zeros(states, np.int64), np.zeros(states, np.int64)
    for i in range(states):
        place[members[i]] = i
        end[block[members[i]]] = i + 1
    for b in range(1, blocks):
        begin[b] = end[b - 1]
    marked = np.zeros(states, np.int64)  # marked members stand at the head of their block
    waiting = np.empty(states, np.int64)
    touched, splitter = np.empty(states, np.int64), np.empty(states, np.int64)
    largest = 0
    for b in range(blocks):
        if end[b] - begin[b] > end[largest] - begin[largest]:
            largest = b
    depth = 0
    for b in range(blocks):
        if b != largest:
            waiting[depth] = b
            depth += 1
    while depth:
        depth -= 1
        current = waiting[depth]
        # A copy: the block may be split while it splits others.
        size = end[current] - begin[current]
        splitter[:size] = members[begin[current] : end[current]]
        for x in range(symbols):
            count = 0
            for i in range(size):
                target = splitter[i]
                for j in range(offsets[x, target], offsets[x, target + 1]):
                    p = sources[x, j]
                    b = block[p]
                    if marked[b] == 0:
                        touched[count] = b
                        count += 1
                    head = begin[b] + marked[b]
                    other = members[head]
                    members[head], members[place[p]] = p, other
                    place[other], place[p] = place[p], head
                    marked[b] += 1
            for i in range(count):
                b = touched[i]
                split = begin[b] + marked[b]
                marked[b] = 0
                if split == end[b]:
                    continue
                # The new block takes the smaller part: a state is renamed at most log2(states) times.
                new = blocks
                blocks += 1
                if split - begin[b] <= end[b] - split:
                    begin[new], end[new] = begin[b], split
                    begin[b] = split
                else:
                    begin[new], end[new] = split, end[b]
                    end[b] = split
                for k in range(begin[new], end[new]):
                    block[members[k]] = new
                # If b waits, both parts have to; if not, the smaller one is enough (Hopcroft).
                waiting[depth] = new
                depth += 1
    return blocks


def partition(delta: NDArray[np.int32], outputs: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return a block number for each state: the same exactly for states that no word tells apart.

    Time O(states · symbols · log states) (Hopcroft, An n log n algorithm for minimizing states in a finite
    automaton, 1971).

    Parameters
    ----------
    delta : int32 array, shape (states, symbols)
    outputs : int32 array, shape (states,)

    Returns
    -------
    int64 array, shape (states,)
        Blocks are numbered from 0 in the order of their first states.

    Examples
    --------
    >>> cycle = np.array([[1], [2], [3], [0]], np.int32)
    >>> partition(cycle, np.array([0, 1, 0, 1], np.int32)).tolist()
    [0, 1, 0, 1]
    """
    values, block = np.unique(outputs, return_inverse=True)
    block = np.ascontiguousarray(block, np.int64)
    table = delta.view()
    table.flags.writeable = False
    _refine(table, block, len(values))
    _, first, inverse = np.unique(block, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def minimise(machine: Machine) -> Machine:
    """Return the least machine with the same outputs, its states numbered breadth-first from the start.

    A state is called what the first of those that it merges was called.

    Two machines with equal `classes` are equivalent exactly where their minimal machines are equal.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> six = counter(6)
    >>> minimise(Machine(six.semiautomaton, 0, six.outputs % 3)) == counter(3)
    True
    """
    trimmed = machine.trim()
    block = partition(trimmed.delta, trimmed.outputs)
    _, first = np.unique(block, return_index=True)
    merged = Semiautomaton(block[trimmed.delta[first]])
    names = trimmed.names
    if names.states:
        names = replace(names, states=tuple(names.states[q] for q in first))
    return Machine(merged, int(block[0]), trimmed.outputs[first], machine.classes, names).trim()
