"""Compiled loops that draw uniform words and run them through a machine in one pass.

Random numbers come in lanes of 16 bits, eight a Philox block, and a lane gives one code: a uniform number below
K^j (Lemire's multiplication; the few values that would bias it are drawn again from a later attempt), whose
digits are j symbols. One look-up then answers j symbols. Sixteen words are drawn side by side, which the
compiler turns into vector instructions, and four are run side by side, for a step waits for the step before it.
"""

from __future__ import annotations

import numba
import numpy as np

PIECE = 512
"""Symbols of a word that are made at a time: what they need stays in the first cache."""


# Slices are avoided within the loops over words: each would count references, which short words would feel.


@numba.njit(cache=True, nogil=True)
def draw_codes(  # type: ignore[no-untyped-def]
    out_symbols,
    out_labels,
    lengths,
    final,
    first,
    key,
    group,
    count,
    start,
    bases,
    label_table,
    symbol_table,
    small,
    packed,
):
    width = small.shape[2] // packed.shape[2]
    packed_symbols, packed_labels = packed[0].reshape(-1), packed[1].reshape(-1)
    symbols, labels = small[0], small[1]
    random = np.empty((PIECE // (8 * width), 4, group), np.uint32)
    codes = np.empty((PIECE // (2 * width), 2 * group), np.uint16)
    lanes = random.view(np.uint16).reshape(codes.shape)
    state = np.empty(group, np.uintp)
    for base in range(0, len(lengths), group):
        here = min(group, len(lengths) - base)
        longest = 0
        for w in range(here):
            longest = max(longest, lengths[base + w])
        for w in range(group):  # those beyond the last word run along, four being run at a time
            state[w] = start
        for begin in range(0, longest, PIECE):
            blocks = (min(PIECE, longest - begin) + 8 * width - 1) // (8 * width)
            block, word = np.uint64(begin // (8 * width)), first + np.uint64(base)
            _fill(random, blocks, word, block, key)
            _codes(lanes, codes, 4 * blocks, word, block, key, count)
            for w in range(0, here, 4):
                end = 0
                for v in range(w, min(w + 4, here)):
                    end = max(end, lengths[base + v])
                steps = (min(PIECE, end - begin) + width - 1) // width
                _run_codes(
                    codes, w, steps, state, bases, label_table, symbol_table, packed_symbols, packed_labels,
                    packed.shape[2],
                )  # fmt: skip
            for w in range(here):
                row, length = base + w, lengths[base + w]
                end = min(length, begin + PIECE)
                _copy(out_symbols, row, begin, end, symbols, w)
                if not final:
                    _copy(out_labels, row, begin, end, labels, w)
                elif begin < length and end == length:
                    out_labels[row, length - 1] = labels[w, length - 1 - begin]


@numba.njit(cache=True, nogil=True)
def draw_steps(  # type: ignore[no-untyped-def]
    out_symbols,
    out_labels,
    lengths,
    final,
    first,
    key,
    group,
    count,
    start,
    table,
    outputs,
    named,
    symbols,
    states,
):
    flat_symbols, flat_states = symbols.reshape(-1), states.reshape(-1)
    random = np.empty((PIECE // 8, 4, group), np.uint32)
    codes = np.empty((PIECE // 2, 2 * group), np.uint16)
    lanes = random.view(np.uint16).reshape(codes.shape)
    state = np.empty(group, np.uintp)
    for base in range(0, len(lengths), group):
        here = min(group, len(lengths) - base)
        longest = 0
        for w in range(here):
            longest = max(longest, lengths[base + w])
        for w in range(group):  # those beyond the last word run along, four being run at a time
            state[w] = start
        for begin in range(0, longest, PIECE):
            blocks = (min(PIECE, longest - begin) + 7) // 8
            block, word = np.uint64(begin // 8), first + np.uint64(base)
            _fill(random, blocks, word, block, key)
            _codes(lanes, codes, 4 * blocks, word, block, key, count)
            for w in range(0, here, 4):
                end = 0
                for v in range(w, min(w + 4, here)):
                    end = max(end, lengths[base + v])
                steps = min(PIECE, end - begin)
                _run_steps(codes, w, steps, state, table, np.uintp(count), flat_symbols, flat_states)
            for w in range(here):
                row, length = base + w, lengths[base + w]
                end = min(length, begin + PIECE)
                _copy(out_symbols, row, begin, end, symbols, w)
                if final:
                    if begin < length and end == length:
                        out_labels[row, length - 1] = outputs[states[w, length - 1 - begin]]
                elif named:
                    for t in range(begin, end):
                        out_labels[row, t] = outputs[np.uintp(states[w, t - begin])]
                else:
                    _copy(out_labels, row, begin, end, states, w)


@numba.njit(cache=True, nogil=True)
def _copy(out, row, begin, end, values, w):  # type: ignore[no-untyped-def]
    r, v, offset = np.uintp(row), np.uintp(w), np.uintp(begin)
    for i in range(end - begin):
        t = np.uintp(i)
        out[r, offset + t] = values[v, t]


@numba.njit(cache=True, nogil=True)
def _run_codes(  # type: ignore[no-untyped-def]
    codes, w, steps, state, bases, label_table, symbol_table, symbols, labels, stride
):
    s0, s1, s2, s3 = state[w], state[w + 1], state[w + 2], state[w + 3]
    x0 = np.uintp(w * stride)
    x1 = x0 + np.uintp(stride)
    x2 = x1 + np.uintp(stride)
    x3 = x2 + np.uintp(stride)
    column = np.uintp(2 * w)
    for i in range(steps):
        t = np.uintp(i)
        row, at = t >> np.uintp(1), column + (t & np.uintp(1))
        c0, c1 = np.uintp(codes[row, at]), np.uintp(codes[row, at + np.uintp(2)])
        c2, c3 = np.uintp(codes[row, at + np.uintp(4)]), np.uintp(codes[row, at + np.uintp(6)])
        symbols[x0 + t] = symbol_table[c0]
        symbols[x1 + t] = symbol_table[c1]
        symbols[x2 + t] = symbol_table[c2]
        symbols[x3 + t] = symbol_table[c3]
        c0, c1, c2, c3 = c0 + s0, c1 + s1, c2 + s2, c3 + s3
        labels[x0 + t] = label_table[c0]
        labels[x1 + t] = label_table[c1]
        labels[x2 + t] = label_table[c2]
        labels[x3 + t] = label_table[c3]
        s0, s1, s2, s3 = np.uintp(bases[c0]), np.uintp(bases[c1]), np.uintp(bases[c2]), np.uintp(bases[c3])
    state[w], state[w + 1], state[w + 2], state[w + 3] = s0, s1, s2, s3


@numba.njit(cache=True, nogil=True)
def _run_steps(codes, w, steps, state, table, count, symbols, states):  # type: ignore[no-untyped-def]
    s0, s1, s2, s3 = state[w], state[w + 1], state[w + 2], state[w + 3]
    x0, stride = np.uintp(w * PIECE), np.uintp(PIECE)
    x1, x2, x3 = x0 + stride, x0 + np.uintp(2) * stride, x0 + np.uintp(3) * stride
    column = np.uintp(2 * w)
    for i in range(steps):
        t = np.uintp(i)
        row, at = t >> np.uintp(1), column + (t & np.uintp(1))
        c0, c1 = np.uintp(codes[row, at]), np.uintp(codes[row, at + np.uintp(2)])
        c2, c3 = np.uintp(codes[row, at + np.uintp(4)]), np.uintp(codes[row, at + np.uintp(6)])
        symbols[x0 + t] = c0
        symbols[x1 + t] = c1
        symbols[x2 + t] = c2
        symbols[x3 + t] = c3
        s0, s1 = np.uintp(table[s0 * count + c0]), np.uintp(table[s1 * count + c1])
        s2, s3 = np.uintp(table[s2 * count + c2]), np.uintp(table[s3 * count + c3])
        states[x0 + t] = s0
        states[x1 + t] = s1
        states[x2 + t] = s2
        states[x3 + t] = s3
    state[w], state[w + 1], state[w + 2], state[w + 3] = s0, s1, s2, s3


@numba.njit(cache=True, nogil=True)
def _codes(lanes, codes, rows, first, block, key, count):  # type: ignore[no-untyped-def]
    """Write to `codes` the uniform numbers below `count` that the lanes of random bits give."""
    biased = np.uint32(np.uint32(65536) % count)
    for row in range(rows):
        least = np.uint32(0xFFFF)
        for i in range(lanes.shape[1]):
            product = np.uint32(np.uint32(lanes[row, i]) * count)
            least = min(least, np.uint32(product & np.uint32(0xFFFF)))
            codes[row, i] = np.uint16(product >> np.uint32(16))
        if least < biased:
            for i in range(lanes.shape[1]):
                if np.uint32(np.uint32(np.uint32(lanes[row, i]) * count) & np.uint32(0xFFFF)) < biased:
                    codes[row, i] = _redrawn(
                        row & 3, i, first, block + np.uint64(row >> 2), key, count, biased
                    )


@numba.njit(cache=True, nogil=True)
def _redrawn(output, lane, first, block, key, count, biased):  # type: ignore[no-untyped-def]
    word = first + np.uint64(lane >> 1)
    low32, shift = np.uint64(0xFFFFFFFF), np.uint64(16 * (lane & 1))
    for attempt in range(1, 1 << 16):
        drawn = _philox(block, word & low32, word >> np.uint64(32), np.uint64(attempt), key[0], key[1])
        product = np.uint32(np.uint32((drawn[output] >> shift) & np.uint64(0xFFFF)) * count)
        if np.uint32(product & np.uint32(0xFFFF)) >= biased:
            break
    return np.uint16(product >> np.uint32(16))


@numba.njit(cache=True, nogil=True)
def _fill(random, blocks, first, block, key):  # type: ignore[no-untyped-def]
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    key0, key1 = np.uint64(key[0]), np.uint64(key[1])
    for b in range(blocks):
        counter = block + np.uint64(b)
        for w in range(
            random.shape[2]
        ):  # _philox spelt out: a call here would keep the loop from vectorising
            word = first + np.uint64(w)
            x0, x1, x2, x3 = counter, word & low, word >> half, np.uint64(0)
            k0, k1 = key0, key1
            for _ in range(10):
                p0 = np.uint64(0xD2511F53) * x0
                p1 = np.uint64(0xCD9E8D57) * x2
                x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ k0, p1 & low, (p0 >> half) ^ x3 ^ k1, p0 & low
                k0 = (k0 + np.uint64(0x9E3779B9)) & low
                k1 = (k1 + np.uint64(0xBB67AE85)) & low
            random[b, 0, w], random[b, 1, w], random[b, 2, w], random[b, 3, w] = x0, x1, x2, x3


@numba.njit(cache=True, nogil=True)
def _philox(x0, x1, x2, x3, k0, k1):  # type: ignore[no-untyped-def]
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    a, b = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * x0
        p1 = np.uint64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ a, p1 & low, (p0 >> half) ^ x3 ^ b, p0 & low
        a = (a + np.uint64(0x9E3779B9)) & low
        b = (b + np.uint64(0xBB67AE85)) & low
    return x0, x1, x2, x3
