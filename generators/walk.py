"""Compiled loops that draw words by the thresholds of `exact.py`."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

from .exact import ExactTable
from .philox import philox
from .source import Key, Lengths, Words

DIGITS, FURTHER = 2, 3
"""Purposes: the digits of a word, and the further digits of those that are unsure."""

_GROUP = 16
_PIECE = 256
_ATTEMPTS = 1 << 16


def draw_exactly(
    table: ExactTable, key: Key, first: int, rows: NDArray[np.int64], words: Words
) -> NDArray[np.int64]:
    """Write some words of a batch, each uniform among those of its length that end well, and their labels.

    Parameters
    ----------
    table : ExactTable
    key : uint32 array, shape (2,)
    first : int
        Number of the batch's first word in the stream.
    rows : int64 array
        Which words; their lengths are possible ones.
    words : Words
        Labels are written at every position.

    Returns
    -------
    int64 array
        The rows in which a digit was unsure, and whole numbers decided.
    """
    machine = table.machine
    unsure = np.zeros(len(rows), np.bool_)
    draw_rows(
        words.symbols,
        words.labels,
        words.lengths,
        rows,
        np.uint64(first),
        key,
        table.thresholds.reshape(table.longest + 1, -1),
        machine.delta,
        machine.start,
        machine.outputs,
        32 - table.bits,
        table.radius,
        unsure,
    )
    for row in rows[unsure]:
        _redraw(table, key, first + int(row), int(row), words)
    return rows[unsure]


def _redraw(table: ExactTable, key: Key, word: int, row: int, words: Words) -> None:
    machine, length = table.machine, int(words.lengths[row])
    delta, state = machine.delta, machine.start
    low = int(word) & 0xFFFFFFFF
    for t in range(length):
        outputs = philox(t // 4, low, word >> 32, DIGITS * _ATTEMPTS, key[0], key[1])
        digit = int(outputs[t % 4]) >> (32 - table.bits)
        near = table.thresholds[length - t, state].astype(np.int64)
        if (abs(near - digit) <= table.radius).any():
            symbol = table.decide(state, length - t, digit, _further(key, word, t))
        else:
            symbol = int((near <= digit).sum())
        state = int(delta[state, symbol])
        words.symbols[row, t] = symbol
        words.labels[row, t] = machine.outputs[state]


def _further(key: Key, word: int, t: int) -> Iterator[int]:
    for attempt in range(_ATTEMPTS):
        x = philox(t, word & 0xFFFFFFFF, word >> 32, FURTHER * _ATTEMPTS + attempt, key[0], key[1])
        yield int(x[0]) << 32 | int(x[1])


def possible_lengths(tables: list[ExactTable], lengths: Lengths) -> NDArray[np.bool_]:
    """Return which tables have words of which lengths, shape (tables, lengths)."""
    return np.array([np.isin(lengths, table.possible(1, table.longest)) for table in tables])


@numba.njit(cache=True, nogil=True)
def draw_rows(  # type: ignore[no-untyped-def]
    out_symbols,
    out_labels,
    lengths,
    rows,
    first,
    key,
    thresholds,
    delta,
    start,
    outputs,
    shift,
    radius,
    unsure,
):
    choices = thresholds.shape[1] // len(delta)
    random = np.empty((_PIECE // 4, 4, _GROUP), np.uint32)
    state = np.empty(_GROUP, np.int64)
    words = np.zeros(_GROUP, np.uint64)
    for base in range(0, len(rows), _GROUP):
        here = min(_GROUP, len(rows) - base)
        longest = 0
        for w in range(here):
            words[w] = first + np.uint64(rows[base + w])
            longest = max(longest, lengths[rows[base + w]])
            state[w] = start
        for begin in range(0, longest, _PIECE):
            blocks = (min(_PIECE, longest - begin) + 3) // 4
            _fill(random[:blocks], words, np.uint64(begin // 4), key)
            for w in range(0, here, 4):
                end = begin + _PIECE
                for v in range(w, min(w + 4, here)):
                    end = min(end, lengths[rows[base + v]])
                if w + 4 <= here and end > begin:
                    _walk_four(
                        out_symbols, out_labels, lengths, rows, base, w, begin, end, random, thresholds, choices,
                        delta, state, outputs, np.uint32(shift), radius, unsure,
                    )  # fmt: skip
                else:
                    end = begin
                for v in range(w, min(w + 4, here)):
                    _walk_one(
                        out_symbols, out_labels, lengths, rows, base, v, begin, end, random, thresholds, choices,
                        delta, state, outputs, np.uint32(shift), radius, unsure,
                    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _walk_one(  # type: ignore[no-untyped-def]
    out_symbols, out_labels, lengths, rows, base, w, begin, end, random, thresholds, choices,
    delta, state, outputs, shift, radius, unsure,
):  # fmt: skip
    row = rows[base + w]
    length, q, near = lengths[row], state[w], False
    for t in range(end, min(length, begin + _PIECE)):
        digit = np.int64(random[(t - begin) >> 2, (t - begin) & 3, w] >> shift)
        at = np.uintp(q * choices)
        symbol = 0
        for c in range(choices):
            gap = digit - thresholds[length - t, at + np.uintp(c)]
            symbol += gap >= 0
            near |= abs(gap) <= radius
        q = np.int64(delta[q, symbol])
        out_symbols[row, t] = symbol
        out_labels[row, t] = outputs[q]
    state[w] = q
    unsure[base + w] |= near


@numba.njit(cache=True, nogil=True)
def _walk_four(  # type: ignore[no-untyped-def]
    out_symbols, out_labels, lengths, rows, base, w, begin, end, random, thresholds, choices,
    delta, state, outputs, shift, radius, unsure,
):  # fmt: skip
    # Four words side by side: a step waits for the step before it.
    b = base + w
    x0, x1, x2, x3 = (out_symbols[rows[b]], out_symbols[rows[b + 1]], out_symbols[rows[b + 2]],
                      out_symbols[rows[b + 3]])  # fmt: skip
    y0, y1, y2, y3 = (out_labels[rows[b]], out_labels[rows[b + 1]], out_labels[rows[b + 2]],
                      out_labels[rows[b + 3]])  # fmt: skip
    n0, n1, n2, n3 = lengths[rows[b]], lengths[rows[b + 1]], lengths[rows[b + 2]], lengths[rows[b + 3]]
    q0, q1, q2, q3 = state[w], state[w + 1], state[w + 2], state[w + 3]
    near0 = near1 = near2 = near3 = False
    for t in range(begin, end):
        at = t - begin
        u0 = np.int64(random[at >> 2, at & 3, w] >> shift)
        u1 = np.int64(random[at >> 2, at & 3, w + 1] >> shift)
        u2 = np.int64(random[at >> 2, at & 3, w + 2] >> shift)
        u3 = np.int64(random[at >> 2, at & 3, w + 3] >> shift)
        s0 = s1 = s2 = s3 = 0
        for c in range(choices):
            g0 = u0 - thresholds[n0 - t, np.uintp(q0 * choices + c)]
            g1 = u1 - thresholds[n1 - t, np.uintp(q1 * choices + c)]
            g2 = u2 - thresholds[n2 - t, np.uintp(q2 * choices + c)]
            g3 = u3 - thresholds[n3 - t, np.uintp(q3 * choices + c)]
            s0 += g0 >= 0
            s1 += g1 >= 0
            s2 += g2 >= 0
            s3 += g3 >= 0
            near0 |= abs(g0) <= radius
            near1 |= abs(g1) <= radius
            near2 |= abs(g2) <= radius
            near3 |= abs(g3) <= radius
        q0, q1 = np.int64(delta[q0, s0]), np.int64(delta[q1, s1])
        q2, q3 = np.int64(delta[q2, s2]), np.int64(delta[q3, s3])
        x0[t], x1[t], x2[t], x3[t] = s0, s1, s2, s3
        y0[t], y1[t], y2[t], y3[t] = outputs[q0], outputs[q1], outputs[q2], outputs[q3]
    state[w], state[w + 1], state[w + 2], state[w + 3] = q0, q1, q2, q3
    unsure[b] |= near0
    unsure[b + 1] |= near1
    unsure[b + 2] |= near2
    unsure[b + 3] |= near3


@numba.njit(cache=True, nogil=True)
def _fill(random, words, block, key):  # type: ignore[no-untyped-def]
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    key0, key1, purpose = np.uint64(key[0]), np.uint64(key[1]), np.uint64(DIGITS * _ATTEMPTS)
    for b in range(random.shape[0]):
        out0, out1, out2, out3 = random[b, 0], random[b, 1], random[b, 2], random[b, 3]
        counter = block + np.uint64(b)
        for w in range(random.shape[2]):  # spelt out: a call here would keep the loop from vectorising
            x0, x1, x2, x3 = counter, words[w] & low, words[w] >> half, purpose
            k0, k1 = key0, key1
            for _ in range(10):
                p0 = np.uint64(0xD2511F53) * x0
                p1 = np.uint64(0xCD9E8D57) * x2
                x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ k0, p1 & low, (p0 >> half) ^ x3 ^ k1, p0 & low
                k0 = (k0 + np.uint64(0x9E3779B9)) & low
                k1 = (k1 + np.uint64(0xBB67AE85)) & low
            out0[w], out1[w], out2[w], out3[w] = x0, x1, x2, x3
