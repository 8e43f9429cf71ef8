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
    random = np.empty((PIECE // (8 * width), 4, group), np.uint32)
    codes = np.empty(random.view(np.uint16).shape, np.uint16)
    state = np.empty(group, np.uint32)
    for base in range(0, len(lengths), group):
        here = min(group, len(lengths) - base)
        longest = lengths[base : base + here].max()
        state[:] = start
        for begin in range(0, longest, PIECE):
            blocks = (min(PIECE, longest - begin) + 8 * width - 1) // (8 * width)
            block, word = np.uint64(begin // (8 * width)), first + np.uint64(base)
            _draw(random[:blocks], codes[:blocks], word, block, key, count)
            for w in range(0, here, 4):
                end = lengths[base + w : base + min(w + 4, here)].max()
                steps = (min(PIECE, end - begin) + width - 1) // width
                if steps > 0:
                    x, y = packed[0, w : w + 4], packed[1, w : w + 4]
                    _run_codes(codes, w, steps, state, bases, label_table, symbol_table, x, y)
            for w in range(here):
                length = lengths[base + w]
                end = min(length, begin + PIECE)
                if end > begin:
                    _copy(out_symbols[base + w, begin:end], small[0, w])
                    if not final:
                        _copy(out_labels[base + w, begin:end], small[1, w])
                    elif end == length:
                        out_labels[base + w, length - 1] = small[1, w, length - 1 - begin]


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
    random = np.empty((PIECE // 8, 4, group), np.uint32)
    codes = np.empty(random.view(np.uint16).shape, np.uint16)
    state = np.empty(group, np.uint32)
    for base in range(0, len(lengths), group):
        here = min(group, len(lengths) - base)
        longest = lengths[base : base + here].max()
        state[:] = start
        for begin in range(0, longest, PIECE):
            blocks = (min(PIECE, longest - begin) + 7) // 8
            block, word = np.uint64(begin // 8), first + np.uint64(base)
            _draw(random[:blocks], codes[:blocks], word, block, key, count)
            for w in range(0, here, 4):
                steps = min(PIECE, lengths[base + w : base + min(w + 4, here)].max() - begin)
                if steps > 0:
                    x, y = symbols[w : w + 4], states[w : w + 4]
                    _run_steps(codes, w, steps, state, table, np.uintp(count), x, y)
            for w in range(here):
                length = lengths[base + w]
                end = min(length, begin + PIECE)
                if end > begin:
                    _copy(out_symbols[base + w, begin:end], symbols[w])
                    if final:
                        if end == length:
                            out_labels[base + w, length - 1] = outputs[states[w, length - 1 - begin]]
                    elif named:
                        row = out_labels[base + w, begin:end]
                        for t in range(len(row)):
                            row[t] = outputs[np.uintp(states[w, t])]
                    else:
                        _copy(out_labels[base + w, begin:end], states[w])


@numba.njit(cache=True, nogil=True)
def _copy(out, values):  # type: ignore[no-untyped-def]
    for t in range(len(out)):
        out[t] = values[t]


@numba.njit(cache=True, nogil=True)
def _run_codes(codes, w, steps, state, bases, label_table, symbol_table, symbols, labels):  # type: ignore[no-untyped-def]
    s0, s1, s2, s3 = (
        np.uintp(state[w]),
        np.uintp(state[w + 1]),
        np.uintp(state[w + 2]),
        np.uintp(state[w + 3]),
    )
    x0, x1, x2, x3 = symbols[0], symbols[1], symbols[2], symbols[3]
    y0, y1, y2, y3 = labels[0], labels[1], labels[2], labels[3]
    pairs = codes.reshape(-1, codes.shape[2])
    column = np.uintp(2 * w)
    for t in range(steps):
        row = pairs[np.uintp(t >> 1)]
        at = column + np.uintp(t & 1)
        c0, c1 = np.uintp(row[at]), np.uintp(row[at + np.uintp(2)])
        c2, c3 = np.uintp(row[at + np.uintp(4)]), np.uintp(row[at + np.uintp(6)])
        x0[t] = symbol_table[c0]
        x1[t] = symbol_table[c1]
        x2[t] = symbol_table[c2]
        x3[t] = symbol_table[c3]
        c0, c1, c2, c3 = c0 + s0, c1 + s1, c2 + s2, c3 + s3
        y0[t] = label_table[c0]
        y1[t] = label_table[c1]
        y2[t] = label_table[c2]
        y3[t] = label_table[c3]
        s0, s1, s2, s3 = np.uintp(bases[c0]), np.uintp(bases[c1]), np.uintp(bases[c2]), np.uintp(bases[c3])
    state[w], state[w + 1], state[w + 2], state[w + 3] = s0, s1, s2, s3


@numba.njit(cache=True, nogil=True)
def _run_steps(codes, w, steps, state, table, count, symbols, states):  # type: ignore[no-untyped-def]
    s0, s1, s2, s3 = (
        np.uintp(state[w]),
        np.uintp(state[w + 1]),
        np.uintp(state[w + 2]),
        np.uintp(state[w + 3]),
    )
    x0, x1, x2, x3 = symbols[0], symbols[1], symbols[2], symbols[3]
    y0, y1, y2, y3 = states[0], states[1], states[2], states[3]
    pairs = codes.reshape(-1, codes.shape[2])
    column = np.uintp(2 * w)
    for t in range(steps):
        row = pairs[np.uintp(t >> 1)]
        at = column + np.uintp(t & 1)
        c0, c1 = np.uintp(row[at]), np.uintp(row[at + np.uintp(2)])
        c2, c3 = np.uintp(row[at + np.uintp(4)]), np.uintp(row[at + np.uintp(6)])
        x0[t] = c0
        x1[t] = c1
        x2[t] = c2
        x3[t] = c3
        s0, s1 = np.uintp(table[s0 * count + c0]), np.uintp(table[s1 * count + c1])
        s2, s3 = np.uintp(table[s2 * count + c2]), np.uintp(table[s3 * count + c3])
        y0[t] = s0
        y1[t] = s1
        y2[t] = s2
        y3[t] = s3
    state[w], state[w + 1], state[w + 2], state[w + 3] = s0, s1, s2, s3


@numba.njit(cache=True, nogil=True)
def _draw(random, codes, first, block, key, count):  # type: ignore[no-untyped-def]
    _fill(random, first, block, key)
    _codes(random.view(np.uint16), codes, first, block, key, count)


@numba.njit(cache=True, nogil=True)
def _codes(random, codes, first, block, key, count):  # type: ignore[no-untyped-def]
    """Write to `codes` the uniform numbers below `count` that the lanes of `random` give."""
    biased = np.uint32(np.uint32(65536) % count)
    for b in range(random.shape[0]):
        for output in range(4):
            lanes, row = random[b, output], codes[b, output]
            least = np.uint32(0xFFFF)
            for i in range(len(row)):
                product = np.uint32(np.uint32(lanes[i]) * count)
                least = min(least, np.uint32(product & np.uint32(0xFFFF)))
                row[i] = np.uint16(product >> np.uint32(16))
            if least < biased:
                for i in range(len(row)):
                    if np.uint32(np.uint32(np.uint32(lanes[i]) * count) & np.uint32(0xFFFF)) < biased:
                        row[i] = _redrawn(output, i, first, block + np.uint64(b), key, count, biased)


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
def _fill(random, first, block, key):  # type: ignore[no-untyped-def]
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    key0, key1 = np.uint64(key[0]), np.uint64(key[1])
    for b in range(random.shape[0]):
        out0, out1, out2, out3 = random[b, 0], random[b, 1], random[b, 2], random[b, 3]
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
            out0[w], out1[w], out2[w], out3[w] = x0, x1, x2, x3


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
