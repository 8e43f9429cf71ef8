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


def edit(
    machine: Machine, key: Key, first: int, rows: NDArray[np.int64], words: Words, rejected: bool
) -> NDArray[np.int64]:
    """Change some words of a batch by one or more edits, and label them anew at every position.

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
    rejected : bool
        Edit anew, up to 64 times, where the last label is not 0.

    Returns
    -------
    int64 array
        The rows that stayed as they were: all tries failed, or there is one symbol only.
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
    for i in range(len(rows)):
        row, number = rows[i], first + np.uint64(rows[i])
        length = lengths[row]
        at = 0  # random numbers used
        for _ in range(_TRIES):
            word[:length] = out_symbols[row, :length]
            coins = _number(at, number, key)
            at += 1
            edits = 1
            while edits < 32 and coins & np.uint64(1):
                edits += 1
                coins >>= np.uint64(1)
            for _ in range(edits):
                move, at = _below(2, at, number, key)
                place, at = _below(length, at, number, key)
                if move:
                    other, at = _below(length, at, number, key)
                    symbol, at = _below(symbols, at, number, key)
                    for t in range(place, other):
                        word[t] = word[t + 1]
                    for t in range(place, other, -1):
                        word[t] = word[t - 1]
                    word[other] = symbol
                else:
                    more, at = _below(symbols - 1, at, number, key)
                    word[place] = (word[place] + 1 + more) % symbols
            q = np.uintp(start)
            if rejected:
                for t in range(length):
                    q = np.uintp(delta[q, np.uintp(word[t])])
            if not rejected or outputs[q] == 0:
                failed[i] = False
                break
        if not failed[i]:
            q = np.uintp(start)
            for t in range(length):
                q = np.uintp(delta[q, np.uintp(word[t])])
                out_symbols[row, t] = word[t]
                out_labels[row, t] = outputs[q]


@numba.njit(cache=True, nogil=True)
def _below(bound, at, word, key):  # type: ignore[no-untyped-def]
    """Return a uniform number below `bound`, and how many random numbers have been used."""
    low, n = np.uint64(0xFFFFFFFF), np.uint64(bound)
    biased = np.uint64(1 << 32) % n
    while True:
        product = _number(at, word, key) * n
        at += 1
        if (product & low) >= biased:
            return np.int64(product >> np.uint64(32)), at


@numba.njit(cache=True, nogil=True)
def _number(at, word, key):  # type: ignore[no-untyped-def]
    """Return random number `at` of a word, 32 bits."""
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    x0, x1, x2, x3 = np.uint64(at >> 2), word & low, word >> half, np.uint64(EDITS * _ATTEMPTS)
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * x0
        p1 = np.uint64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ k0, p1 & low, (p0 >> half) ^ x3 ^ k1, p0 & low
        k0 = (k0 + np.uint64(0x9E3779B9)) & low
        k1 = (k1 + np.uint64(0xBB67AE85)) & low
    return (x0, x1, x2, x3)[at & 3]
