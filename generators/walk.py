"""Compiled loops that draw words by the thresholds of `exact.py`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from .exact import ExactTable
from .philox import philox
from .source import Key, Words

DIGITS, FURTHER = 2, 3
"""Purposes: the digits of a word, and the further digits of those that are unsure."""

_GROUP = 16
_PIECE = 256
_ATTEMPTS = 1 << 16


def draw_exactly(
    table: ExactTable,
    key: Key,
    first: int,
    rows: NDArray[np.int64],
    words: Words,
    outputs: NDArray[Any] | None = None,
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
    outputs : int array, shape (states,), optional
        What is written for each state, where it is not the machine's output.

    Returns
    -------
    int64 array
        The rows in which a digit was unsure, and whole numbers decided.
    """
    machine = table.machine
    named = machine.outputs if outputs is None else outputs
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
        named,
        32 - table.bits,
        table.radius,
        unsure,
    )
    for row in rows[unsure]:
        _redraw(table, key, first + int(row), int(row), words, named)
    return rows[unsure]


def _redraw(table: ExactTable, key: Key, word: int, row: int, words: Words, named: NDArray[Any]) -> None:
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
        words.labels[row, t] = named[state]


def _further(key: Key, word: int, t: int) -> Iterator[int]:
    for attempt in range(_ATTEMPTS):
        x = philox(t, word & 0xFFFFFFFF, word >> 32, FURTHER * _ATTEMPTS + attempt, key[0], key[1])
        yield int(x[0]) << 32 | int(x[1])


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
    states, symbols = delta.shape
    table, moves = thresholds.reshape(-1), delta.reshape(-1)
    random = np.empty((_GROUP, 4, _PIECE // 4), np.uint32)
    digits = random.reshape(-1)
    state = np.empty(_GROUP, np.uintp)
    words = np.zeros(_GROUP, np.uint64)
    ends = np.zeros(_GROUP, np.int64)
    for base in range(0, len(rows), _GROUP):
        here = min(_GROUP, len(rows) - base)
        longest = 0
        for w in range(here):
            words[w] = first + np.uint64(rows[base + w])
            ends[w] = lengths[rows[base + w]]
            longest = max(longest, ends[w])
            state[w] = start
        for begin in range(0, longest, _PIECE):
            for w in range(here):
                blocks = (min(_PIECE, ends[w] - begin) + 3) // 4
                _fill(random, w, blocks, words[w], np.uint64(begin // 4), key)
            for w in range(0, here, 4):
                done = begin
                if w + 4 <= here:
                    done = max(begin, min(begin + _PIECE, ends[w], ends[w + 1], ends[w + 2], ends[w + 3]))
                    if symbols == 2:
                        _walk_four(
                            out_symbols, out_labels, rows, base, w, begin, done, ends, digits, shift, table,
                            states, moves, outputs, state, radius, unsure,
                        )  # fmt: skip
                    else:
                        _walk_four_of_many(
                            out_symbols, out_labels, rows, base, w, begin, done, ends, digits, shift, table,
                            states, symbols, moves, outputs, state, radius, unsure,
                        )  # fmt: skip
                for v in range(w, min(w + 4, here)):
                    _walk_one(
                        out_symbols, out_labels, rows[base + v], base + v, v, begin, done,
                        min(begin + _PIECE, ends[v]), ends[v], digits, shift, table, states, symbols,
                        moves, outputs, state, radius, unsure,
                    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _walk_one(  # type: ignore[no-untyped-def]
    out_symbols, out_labels, row, i, w, begin, done, end, length, digits, shift, table, states, symbols,
    moves, outputs, state, radius, unsure,
):  # fmt: skip
    q, near = state[w], np.uint64(1 << 62)
    choices = symbols - 1
    for t in range(done, end):
        digit = np.int64(
            digits[np.uintp(w * _PIECE + ((t - begin) & 3) * (_PIECE // 4) + ((t - begin) >> 2))]
            >> np.uint32(shift)
        )
        at = (np.uintp(length - t) * np.uintp(states) + q) * np.uintp(choices)
        symbol = np.uintp(0)
        for c in range(choices):
            gap = digit - np.int64(table[at + np.uintp(c)])
            symbol += np.uintp(gap >= 0)
            near = min(near, np.uint64(gap + radius))
        q = np.uintp(moves[q * np.uintp(symbols) + symbol])
        out_symbols[row, t] = symbol
        out_labels[row, t] = outputs[q]
    state[w] = q
    unsure[i] |= near <= np.uint64(2 * radius)


@numba.njit(cache=True, nogil=True)
def _walk_four(  # type: ignore[no-untyped-def]
    out_symbols, out_labels, rows, base, w, begin, end, ends, digits, shift, table, states,
    moves, outputs, state, radius, unsure,
):  # fmt: skip
    # Two symbols; four words side by side, for a step waits for the step before it.
    n = base + w
    i0, i1, i2, i3 = np.uintp(rows[n]), np.uintp(rows[n + 1]), np.uintp(rows[n + 2]), np.uintp(rows[n + 3])
    q0, q1, q2, q3 = state[w], state[w + 1], state[w + 2], state[w + 3]
    step, cut = np.uintp(states), np.uint32(shift)
    r0, r1 = np.uintp(ends[w] - begin) * step, np.uintp(ends[w + 1] - begin) * step
    r2, r3 = np.uintp(ends[w + 2] - begin) * step, np.uintp(ends[w + 3] - begin) * step
    near0 = near1 = near2 = near3 = np.uint64(1 << 62)
    reach = np.int64(radius)
    first = np.uintp(w * _PIECE)
    for t in range(begin, end):
        p, i = np.uintp(t), np.uintp(t - begin)
        at = first + (i & np.uintp(3)) * np.uintp(_PIECE // 4) + (i >> np.uintp(2))
        g0 = np.int64(digits[at] >> cut) - np.int64(table[r0 + q0])
        g1 = np.int64(digits[at + np.uintp(_PIECE)] >> cut) - np.int64(table[r1 + q1])
        g2 = np.int64(digits[at + np.uintp(2 * _PIECE)] >> cut) - np.int64(table[r2 + q2])
        g3 = np.int64(digits[at + np.uintp(3 * _PIECE)] >> cut) - np.int64(table[r3 + q3])
        near0, near1 = min(near0, np.uint64(g0 + reach)), min(near1, np.uint64(g1 + reach))
        near2, near3 = min(near2, np.uint64(g2 + reach)), min(near3, np.uint64(g3 + reach))
        s0, s1, s2, s3 = np.uintp(g0 >= 0), np.uintp(g1 >= 0), np.uintp(g2 >= 0), np.uintp(g3 >= 0)
        q0, q1 = np.uintp(moves[q0 + q0 + s0]), np.uintp(moves[q1 + q1 + s1])
        q2, q3 = np.uintp(moves[q2 + q2 + s2]), np.uintp(moves[q3 + q3 + s3])
        out_symbols[i0, p], out_symbols[i1, p], out_symbols[i2, p], out_symbols[i3, p] = s0, s1, s2, s3
        out_labels[i0, p], out_labels[i1, p] = outputs[q0], outputs[q1]
        out_labels[i2, p], out_labels[i3, p] = outputs[q2], outputs[q3]
        r0, r1, r2, r3 = r0 - step, r1 - step, r2 - step, r3 - step
    state[w], state[w + 1], state[w + 2], state[w + 3] = q0, q1, q2, q3
    twice = np.uint64(2 * radius)
    unsure[n] |= near0 <= twice
    unsure[n + 1] |= near1 <= twice
    unsure[n + 2] |= near2 <= twice
    unsure[n + 3] |= near3 <= twice


@numba.njit(cache=True, nogil=True)
def _walk_four_of_many(  # type: ignore[no-untyped-def]
    out_symbols, out_labels, rows, base, w, begin, end, ends, digits, shift, table, states, symbols,
    moves, outputs, state, radius, unsure,
):  # fmt: skip
    # As before, for any number of symbols.
    n = base + w
    i0, i1, i2, i3 = np.uintp(rows[n]), np.uintp(rows[n + 1]), np.uintp(rows[n + 2]), np.uintp(rows[n + 3])
    q0, q1, q2, q3 = state[w], state[w + 1], state[w + 2], state[w + 3]
    count, choices, cut = np.uintp(symbols), np.uintp(symbols - 1), np.uint32(shift)
    step = np.uintp(states) * choices
    r0, r1 = np.uintp(ends[w] - begin) * step, np.uintp(ends[w + 1] - begin) * step
    r2, r3 = np.uintp(ends[w + 2] - begin) * step, np.uintp(ends[w + 3] - begin) * step
    near0 = near1 = near2 = near3 = np.uint64(1 << 62)
    reach = np.int64(radius)
    first = np.uintp(w * _PIECE)
    for t in range(begin, end):
        p, i = np.uintp(t), np.uintp(t - begin)
        at = first + (i & np.uintp(3)) * np.uintp(_PIECE // 4) + (i >> np.uintp(2))
        d0, d1 = np.int64(digits[at] >> cut), np.int64(digits[at + np.uintp(_PIECE)] >> cut)
        d2 = np.int64(digits[at + np.uintp(2 * _PIECE)] >> cut)
        d3 = np.int64(digits[at + np.uintp(3 * _PIECE)] >> cut)
        a0, a1, a2, a3 = r0 + q0 * choices, r1 + q1 * choices, r2 + q2 * choices, r3 + q3 * choices
        s0 = s1 = s2 = s3 = np.uintp(0)
        for k in range(symbols - 1):
            c = np.uintp(k)
            g0, g1 = d0 - np.int64(table[a0 + c]), d1 - np.int64(table[a1 + c])
            g2, g3 = d2 - np.int64(table[a2 + c]), d3 - np.int64(table[a3 + c])
            near0, near1 = min(near0, np.uint64(g0 + reach)), min(near1, np.uint64(g1 + reach))
            near2, near3 = min(near2, np.uint64(g2 + reach)), min(near3, np.uint64(g3 + reach))
            s0, s1 = s0 + np.uintp(g0 >= 0), s1 + np.uintp(g1 >= 0)
            s2, s3 = s2 + np.uintp(g2 >= 0), s3 + np.uintp(g3 >= 0)
        q0, q1 = np.uintp(moves[q0 * count + s0]), np.uintp(moves[q1 * count + s1])
        q2, q3 = np.uintp(moves[q2 * count + s2]), np.uintp(moves[q3 * count + s3])
        out_symbols[i0, p], out_symbols[i1, p], out_symbols[i2, p], out_symbols[i3, p] = s0, s1, s2, s3
        out_labels[i0, p], out_labels[i1, p] = outputs[q0], outputs[q1]
        out_labels[i2, p], out_labels[i3, p] = outputs[q2], outputs[q3]
        r0, r1, r2, r3 = r0 - step, r1 - step, r2 - step, r3 - step
    state[w], state[w + 1], state[w + 2], state[w + 3] = q0, q1, q2, q3
    twice = np.uint64(2 * radius)
    unsure[n] |= near0 <= twice
    unsure[n + 1] |= near1 <= twice
    unsure[n + 2] |= near2 <= twice
    unsure[n + 3] |= near3 <= twice


@numba.njit(cache=True, nogil=True)
def _fill(random, w, blocks, word, block, key):  # type: ignore[no-untyped-def]
    """Draw the digits of word number `w` of the group: four a block, position t at (w, t % 4, t // 4)."""
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    key0, key1, purpose = np.uint64(key[0]), np.uint64(key[1]), np.uint64(DIGITS * _ATTEMPTS)
    for b in range(blocks):  # spelt out: a call here would keep the loop from vectorising
        x0, x1, x2, x3 = block + np.uint64(b), word & low, word >> half, purpose
        k0, k1 = key0, key1
        for _ in range(10):
            p0 = np.uint64(0xD2511F53) * x0
            p1 = np.uint64(0xCD9E8D57) * x2
            x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ k0, p1 & low, (p0 >> half) ^ x3 ^ k1, p0 & low
            k0 = (k0 + np.uint64(0x9E3779B9)) & low
            k1 = (k1 + np.uint64(0xBB67AE85)) & low
        random[w, 0, b], random[w, 1, b], random[w, 2, b], random[w, 3, b] = x0, x1, x2, x3
