"""A compiled loop that draws symbols with uniform real delays and runs them through an automaton of one clock.

As in `fused`, random numbers are drawn for sixteen words side by side, in vector instructions, and four words are run
side by side. A number has a whole part below symbols * delays, a ticket, which stands for a symbol and a whole delay,
and a fraction of 16 bits, which is taken off the delay.
"""

from __future__ import annotations

import numba
import numpy as np

PIECE = 512
"""Symbols of a word that are made at a time: what they need stays in the first cache."""
GROUP = 16


@numba.njit(cache=True, nogil=True)
def draw_events(  # type: ignore[no-untyped-def]
    symbols,
    delays,
    labels,
    lengths,
    first,
    key,
    symbol_of,
    delay_of,
    table,
    start,
    cap,
    period,
    regions,
):
    """Write words `first`, `first` + 1, …; the last arguments are those of `kernels.run_one_clock`.

    Time is counted in units of 2^-16; `symbol_of` and `delay_of` say what a ticket stands for.
    """
    random = np.empty((PIECE // 4, 4, GROUP), np.uint32)
    codes = np.empty((PIECE, GROUP), np.uint32)
    entries, clocks = np.empty(GROUP, np.int64), np.empty(GROUP, np.int64)
    tickets = np.uint64(len(symbol_of))
    for base in range(0, len(lengths), GROUP):
        here = min(GROUP, len(lengths) - base)
        longest = lengths[base : base + here].max()
        entries[:] = start
        clocks[:] = 0
        word = np.uint64(first) + np.uint64(base)
        for begin in range(0, longest, PIECE):
            blocks = (min(PIECE, longest - begin) + 3) // 4
            _fill(random[:blocks], word, np.uint64(begin // 4), key)
            _codes(random[:blocks], codes, word, np.uint64(begin // 4), key, tickets << np.uint64(16))
            for w in range(0, here, 4):
                _run(
                    symbols[base + w :, begin:],
                    delays[base + w :, begin:],
                    labels[base + w :, begin:],
                    lengths[base + w : base + min(w + 4, here)] - begin,
                    codes[:, w:],
                    entries[w:],
                    clocks[w:],
                    symbol_of,
                    delay_of,
                    table,
                    cap,
                    period,
                    regions,
                )


@numba.njit(cache=True, nogil=True)
def _run(  # type: ignore[no-untyped-def]
    symbols,
    delays,
    labels,
    lengths,
    codes,
    entries,
    clocks,
    symbol_of,
    delay_of,
    table,
    cap,
    period,
    regions,
):
    common = 0
    if len(lengths) == 4:
        common = min(PIECE, max(0, lengths.min()))
        x0, x1, x2, x3 = symbols[0], symbols[1], symbols[2], symbols[3]
        d0, d1, d2, d3 = delays[0], delays[1], delays[2], delays[3]
        y0, y1, y2, y3 = labels[0], labels[1], labels[2], labels[3]
        e0, e1, e2, e3 = entries[0], entries[1], entries[2], entries[3]
        c0, c1, c2, c3 = clocks[0], clocks[1], clocks[2], clocks[3]
        for t in range(common):
            row = codes[t]
            s0, u0 = _event(row[0], symbol_of, delay_of)
            s1, u1 = _event(row[1], symbol_of, delay_of)
            s2, u2 = _event(row[2], symbol_of, delay_of)
            s3, u3 = _event(row[3], symbol_of, delay_of)
            e0, c0 = _step(e0, c0, s0, u0, table, cap, period, regions)
            e1, c1 = _step(e1, c1, s1, u1, table, cap, period, regions)
            e2, c2 = _step(e2, c2, s2, u2, table, cap, period, regions)
            e3, c3 = _step(e3, c3, s3, u3, table, cap, period, regions)
            x0[t], x1[t], x2[t], x3[t] = s0, s1, s2, s3
            d0[t], d1[t] = _time(u0), _time(u1)
            d2[t], d3[t] = _time(u2), _time(u3)
            y0[t], y1[t], y2[t], y3[t] = e0 >> 40, e1 >> 40, e2 >> 40, e3 >> 40
        entries[0], entries[1], entries[2], entries[3] = e0, e1, e2, e3
        clocks[0], clocks[1], clocks[2], clocks[3] = c0, c1, c2, c3
    for w in range(len(lengths)):
        entry, clock = entries[w], clocks[w]
        for t in range(common, min(PIECE, lengths[w])):
            symbol, units = _event(codes[t, w], symbol_of, delay_of)
            entry, clock = _step(entry, clock, symbol, units, table, cap, period, regions)
            symbols[w, t], delays[w, t], labels[w, t] = symbol, _time(units), entry >> 40
        entries[w], clocks[w] = entry, clock


@numba.njit(cache=True, nogil=True)
def _event(code, symbol_of, delay_of):  # type: ignore[no-untyped-def]
    ticket = np.uintp(code >> np.uint32(16))
    return np.int64(symbol_of[ticket]), (np.int64(delay_of[ticket]) << 16) - np.int64(
        code & np.uint32(0xFFFF)
    )


@numba.njit(cache=True, nogil=True)
def _time(units):  # type: ignore[no-untyped-def]
    return units * (1.0 / 65536.0)


@numba.njit(cache=True, nogil=True)
def _step(entry, clock, symbol, units, table, cap, period, regions):  # type: ignore[no-untyped-def]
    # As `kernels.run_one_clock`; no drawn delay is longer than a period and a unit.
    clock = (clock & ((entry & 1) - 1)) + units
    if period is None:
        clock = min(clock, cap)
    else:
        clock -= period & -np.int64(clock >= period)
        clock -= period & -np.int64(clock >= period)
    region = ((clock >> 16) << 1) + np.int64((clock & 0xFFFF) != 0)
    at = ((entry & ((1 << 40) - 1)) >> 1) + symbol * regions + region
    return table[np.uintp(at)], clock


@numba.njit(cache=True, nogil=True)
def _codes(random, codes, first, block, key, count):  # type: ignore[no-untyped-def]
    # Lemire's multiplication on 32 bits; the few numbers that would bias the result are drawn again.
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    biased = np.uint64(1 << 32) % count
    for b in range(random.shape[0]):
        for output in range(4):
            lanes, row = random[b, output], codes[4 * b + output]
            least = low
            for w in range(GROUP):
                product = np.uint64(lanes[w]) * count
                least = min(least, product & low)
                row[w] = product >> half
            if least < biased:
                for w in range(GROUP):
                    product = np.uint64(lanes[w]) * count
                    attempt = 0
                    while (product & low) < biased:
                        attempt += 1
                        product = _again(output, w, first, block + np.uint64(b), key, attempt) * count
                    row[w] = product >> half


@numba.njit(cache=True, nogil=True)
def _again(output, w, first, block, key, attempt):  # type: ignore[no-untyped-def]
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    word = first + np.uint64(w)
    x0, x1, x2, x3 = np.uint64(block), word & low, word >> half, np.uint64(attempt)
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * x0
        p1 = np.uint64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = (p1 >> half) ^ x1 ^ k0, p1 & low, (p0 >> half) ^ x3 ^ k1, p0 & low
        k0 = (k0 + np.uint64(0x9E3779B9)) & low
        k1 = (k1 + np.uint64(0xBB67AE85)) & low
    return (x0, x1, x2, x3)[output]


@numba.njit(cache=True, nogil=True)
def _fill(random, first, block, key):  # type: ignore[no-untyped-def]
    # As `fused._fill`: the rounds are spelt out, for a call would keep the loop from vectorising.
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    key0, key1 = np.uint64(key[0]), np.uint64(key[1])
    for b in range(random.shape[0]):
        out0, out1, out2, out3 = random[b, 0], random[b, 1], random[b, 2], random[b, 3]
        counter = block + np.uint64(b)
        for w in range(random.shape[2]):
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
