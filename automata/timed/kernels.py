"""Compiled loops that run timed automata over a batch of timed words.

One clock: what happens is read from a table of locations, symbols and regions of the clock. A step waits for the
step before it, so four words are walked side by side. Several clocks: the guards are compared one by one.

Times are whole numbers of units, so nothing is ever rounded here. The parity of a bound's code (`edges.py`) makes
one comparison of < and <=: a difference of d units keeps the code 2c or 2c + 1 where d < c * scale + (code & 1).
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def first_fault(words, lengths, delays, symbols, longest_delay):  # type: ignore[no-untyped-def]
    """Return b * L + t of the first symbol or delay out of range, or -1."""
    for b in range(words.shape[0]):
        if lengths[b] == 0:
            continue
        word, waits = words[b], delays[b]
        lowest, highest = word[0], word[0]
        shortest, longest = waits[0], waits[0]
        for t in range(lengths[b]):
            lowest, highest = min(lowest, word[t]), max(highest, word[t])
            shortest, longest = min(shortest, waits[t]), max(longest, waits[t])
        if lowest < 0 or highest >= symbols or shortest < 0 or longest > longest_delay:
            for t in range(lengths[b]):
                if word[t] < 0 or word[t] >= symbols or waits[t] < 0 or waits[t] > longest_delay:
                    return b * words.shape[1] + t
    return -1


@numba.njit(cache=True, nogil=True)
def to_units(delays, lengths, scale, longest_delay, out):  # type: ignore[no-untyped-def]
    """Write delays in units of 1 / scale, rounded to the nearest; return b * L + t of the first fault, or -1."""
    for b in range(delays.shape[0]):
        for t in range(lengths[b]):
            units = np.rint(delays[b, t] * scale)
            if not (units >= 0.0 and units <= longest_delay):  # also where it is not a number
                return b * delays.shape[1] + t
            out[b, t] = np.int64(units)
    return -1


@numba.njit(cache=True, nogil=True)
def _advance(entry, clock, delay, cap, period):  # type: ignore[no-untyped-def]
    # The last bit of an entry says whether the clock is set to 0. Numba compiles one side of `is None` only.
    clock = clock & ((entry & 1) - 1)
    if period is None:
        return min(clock + delay, cap)
    clock += delay % period if delay >= period else delay
    return clock - (period & -np.int64(clock >= period))


@numba.njit(cache=True, nogil=True)
def _region(clock, shift):  # type: ignore[no-untyped-def]
    # In dense time region 2k is the clock at k, 2k + 1 is between k and k + 1.
    if shift is None:
        return clock
    return ((clock >> shift) << 1) + np.int64((clock & ((1 << shift) - 1)) != 0)


@numba.njit(cache=True, nogil=True)
def run_one_clock(table, first, words, delays, lengths, cap, period, shift, regions, out, padding):  # type: ignore[no-untyped-def]
    """Write the output after each symbol, `padding` past a word's end.

    `table` holds, at (location * symbols + symbol) * regions + region, int64 entries:
    output << 40 | (next location * symbols * regions) << 1 | whether the clock is reset.
    `first` is such an entry for the start. `cap` bounds the clock, `period` wraps it, None where it has none;
    `shift` is the binary logarithm of units in a time unit, None in discrete time.
    """
    batch, longest = words.shape
    low = (1 << 40) - 1
    entries, clocks = np.empty(4, np.int64), np.empty(4, np.int64)
    for base in range(0, batch, 4):
        common = 0
        entries[:] = first
        clocks[:] = 0
        if base + 4 <= batch:
            common = min(lengths[base], lengths[base + 1], lengths[base + 2], lengths[base + 3])
            w0, w1, w2, w3 = words[base], words[base + 1], words[base + 2], words[base + 3]
            d0, d1, d2, d3 = delays[base], delays[base + 1], delays[base + 2], delays[base + 3]
            o0, o1, o2, o3 = out[base], out[base + 1], out[base + 2], out[base + 3]
            e0 = e1 = e2 = e3 = np.int64(first)
            c0 = c1 = c2 = c3 = np.int64(0)
            for t in range(common):
                c0 = _advance(e0, c0, np.int64(d0[t]), cap, period)
                c1 = _advance(e1, c1, np.int64(d1[t]), cap, period)
                c2 = _advance(e2, c2, np.int64(d2[t]), cap, period)
                c3 = _advance(e3, c3, np.int64(d3[t]), cap, period)
                r0 = _region(c0, shift)
                r1 = _region(c1, shift)
                r2 = _region(c2, shift)
                r3 = _region(c3, shift)
                e0 = table[np.uintp(((e0 & low) >> 1) + np.int64(w0[t]) * regions + r0)]
                e1 = table[np.uintp(((e1 & low) >> 1) + np.int64(w1[t]) * regions + r1)]
                e2 = table[np.uintp(((e2 & low) >> 1) + np.int64(w2[t]) * regions + r2)]
                e3 = table[np.uintp(((e3 & low) >> 1) + np.int64(w3[t]) * regions + r3)]
                o0[t] = e0 >> 40
                o1[t] = e1 >> 40
                o2[t] = e2 >> 40
                o3[t] = e3 >> 40
            entries[0], entries[1], entries[2], entries[3] = e0, e1, e2, e3
            clocks[0], clocks[1], clocks[2], clocks[3] = c0, c1, c2, c3
        for lane in range(min(4, batch - base)):
            word, waits, row = words[base + lane], delays[base + lane], out[base + lane]
            entry, clock = entries[lane], clocks[lane]
            for t in range(common, lengths[base + lane]):
                clock = _advance(entry, clock, np.int64(waits[t]), cap, period)
                region = _region(clock, shift)
                entry = table[np.uintp(((entry & low) >> 1) + np.int64(word[t]) * regions + region)]
                row[t] = entry >> 40
            row[lengths[base + lane] : longest] = padding


@numba.njit(cache=True, nogil=True)
def enabled_edge(shown, offsets, bound_offsets, bounds, scale, cell):  # type: ignore[no-untyped-def]
    """Return the first edge of a cell (location * symbols + symbol) that is enabled, or -1.

    `shown` holds what the clocks show in units, entry 0 being 0.
    """
    for edge in range(offsets[cell], offsets[cell + 1]):
        holds = True
        for k in range(bound_offsets[edge], bound_offsets[edge + 1]):
            code = bounds[k, 2]
            if shown[bounds[k, 0]] - shown[bounds[k, 1]] >= (code >> 1) * scale + (code & 1):
                holds = False
                break
        if holds:
            return edge
    return -1


@numba.njit(cache=True, nogil=True)
def run_clocks(  # type: ignore[no-untyped-def]
    offsets,
    bound_offsets,
    bounds,
    targets,
    resets,
    periods,
    start,
    symbols,
    scale,
    words,
    delays,
    lengths,
    outputs,
    out,
    padding,
):
    """Write the output after each symbol, `padding` past a word's end; for any number of clocks.

    `resets` has a row for each edge and a column for each clock; `periods` are in time units, 0 for none. The last
    of `outputs` is that of a run that is stuck.
    """
    clocks = len(periods)
    stuck = len(outputs) - 1
    since = np.empty(clocks, np.int64)
    shown = np.zeros(clocks + 1, np.int64)
    for b in range(words.shape[0]):
        since[:] = 0
        now = np.int64(0)
        location = start
        for t in range(lengths[b]):
            now += np.int64(delays[b, t])
            if location != stuck:
                for i in range(clocks):
                    value = now - since[i]
                    shown[i + 1] = value % (periods[i] * scale) if periods[i] > 0 else value
                cell = location * symbols + np.int64(words[b, t])
                edge = enabled_edge(shown, offsets, bound_offsets, bounds, scale, cell)
                if edge < 0:
                    location = stuck
                else:
                    location = targets[edge]
                    for i in range(clocks):
                        if resets[edge, i]:
                            since[i] = now
            out[b, t] = outputs[location]
        out[b, lengths[b] : words.shape[1]] = padding
