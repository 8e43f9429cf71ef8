"""Words a few edits away: near misses of a language."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from .source import Key, Words

EDITS = 4
"""Purpose: what edits are made."""

_ATTEMPTS = 1 << 16
_TRIES = 64
_NONE = np.uint64(1 << 63)


def edit(
    machine: Machine, key: Key, first: int, rows: NDArray[np.int64], words: Words, rejected: bool
) -> NDArray[np.int64]:
    """Change some words of a batch by one or more edits, and label them at every position.

    The number of edits is k = 1, 2, … with probability 2^-k (at most 32). Each is, with equal chances, a
    substitution (a position and another symbol for it, both uniform) or a move (one position is deleted and a
    uniform symbol inserted at another, both positions uniform): the length stays.

    Parameters
    ----------
    machine : Machine
    key : uint32 array, shape (2,)
    first : int
        Number of the batch's first word in the stream.
    rows : int64 array
        Which words.
    words : Words
        Its labels are the machine's states, and then its outputs.
    rejected : bool
        Edit anew, up to 64 times, where the last label is not 0.

    Returns
    -------
    int64 array
        The rows that stayed as they were, since all tries failed; their labels are states still.
    """
    failed = np.ones(len(rows), np.bool_)
    if machine.symbols > 1:
        edit_rows(
            words.symbols,
            words.labels,
            words.lengths,
            rows,
            np.uint64(first),
            key,
            machine.delta,
            machine.start,
            machine.outputs,
            rejected,
            failed,
        )
    return rows[failed]


@numba.njit(cache=True, nogil=True)
def edit_rows(  # type: ignore[no-untyped-def]
    out_symbols, out_labels, lengths, rows, first, key, delta, start, outputs, rejected, failed
):
    symbols = delta.shape[1]
    longest = 0
    for row in rows:
        longest = max(longest, lengths[row])
    word = np.empty(longest, out_symbols.dtype)
    run = np.empty(longest, out_labels.dtype)
    drawn = np.empty(5, np.uint64)
    for i in range(len(rows)):
        row, number = np.uintp(rows[i]), first + np.uint64(rows[i])
        length = lengths[row]
        drawn[4] = _NONE
        at = 0  # random numbers used
        for _ in range(_TRIES):
            for t in range(length):  # slices would count references
                word[t] = out_symbols[row, t]
            low, high = length, 0  # what the edits change
            coins = _number(at, number, key, drawn)
            at += 1
            edits = 1
            while edits < 32 and coins & np.uint64(1):
                edits += 1
                coins >>= np.uint64(1)
            for _ in range(edits):
                move, at = _below(2, at, number, key, drawn)
                place, at = _below(length, at, number, key, drawn)
                low, high = min(low, place), max(high, place + 1)
                if move:
                    other, at = _below(length, at, number, key, drawn)
                    symbol, at = _below(symbols, at, number, key, drawn)
                    low, high = min(low, other), max(high, other + 1)
                    for t in range(place, other):
                        word[t] = word[t + 1]
                    for t in range(place, other, -1):
                        word[t] = word[t - 1]
                    word[other] = symbol
                else:
                    more, at = _below(symbols - 1, at, number, key, drawn)
                    word[place] = (word[place] + 1 + more) % symbols
            # Before the edits the run is what it was, and after them from where it meets the run before.
            q = np.uintp(out_labels[row, low - 1]) if low else np.uintp(start)
            end = low
            while end < length:
                q = np.uintp(delta[q, np.uintp(word[end])])
                run[end] = q
                end += 1
                if end >= high and q == np.uintp(out_labels[row, end - 1]):
                    break
            if (
                not rejected
                or outputs[np.uintp(run[end - 1] if end == length else out_labels[row, length - 1])] == 0
            ):
                failed[i] = False
                for t in range(low, high):
                    out_symbols[row, t] = word[t]
                for t in range(low, end):
                    out_labels[row, t] = run[t]
                for t in range(length):
                    out_labels[row, t] = outputs[np.uintp(out_labels[row, t])]
                break


@numba.njit(cache=True, nogil=True)
def _below(bound, at, word, key, drawn):  # type: ignore[no-untyped-def]
    """Return a uniform number below `bound`, and how many random numbers have been used."""
    low, n = np.uint64(0xFFFFFFFF), np.uint64(bound)
    while True:
        product = _number(at, word, key, drawn) * n
        at += 1
        if (product & low) >= n or (product & low) >= np.uint64(1 << 32) % n:
            return np.int64(product >> np.uint64(32)), at


@numba.njit(cache=True, nogil=True)
def _number(at, word, key, drawn):  # type: ignore[no-untyped-def]
    """Return random number `at` of a word, 32 bits; `drawn` keeps the four of a block, and which block it is."""
    block = np.uint64(at >> 2)
    if drawn[4] != block:
        low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
        x0, x1, x2, x3 = block, word & low, word >> half, np.uint64(EDITS * _ATTEMPTS)
        k0, k1 = np.uint64(key[0]), np.uint64(key[1])
        for _ in range(10):
            p0 = np.uint64(0xD2511F53) * x0
            p1 = np.uint64(0xCD9E8D57) * x2
            x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ k0, p1 & low, (p0 >> half) ^ x3 ^ k1, p0 & low
            k0 = (k0 + np.uint64(0x9E3779B9)) & low
            k1 = (k1 + np.uint64(0xBB67AE85)) & low
        drawn[0], drawn[1], drawn[2], drawn[3], drawn[4] = x0, x1, x2, x3, block
    return drawn[at & 3]
