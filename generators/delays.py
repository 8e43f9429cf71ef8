"""Random delays between symbols: uniform, geometric, and aimed at the borders of a timed automaton's guards."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from ..automata.semiautomaton import Semiautomaton
from ..automata.timed.edge_arrays import edge_arrays
from ..automata.timed.edges import Edges
from ..automata.timed.runs import TimedRuns
from .kinds import Readout
from .source import Key, Lengths, Words
from .uniform import UniformMachine

BITS = 1 << 16


def random_numbers(key: Key, stream: int, first: int, words: Words, size: int) -> NDArray[Any]:
    """Return uniform numbers below `size` for each position of words; stream 0 is the symbols' own.

    Labels of the words are overwritten.

    Examples
    --------
    >>> words = Words(np.empty((1, 3), np.uint8), np.array([3]), np.empty((1, 3), np.int32))
    >>> random_numbers(np.zeros(2, np.uint32), 1, 0, words, BITS).dtype
    dtype('uint16')
    """
    apart = np.array([key[0], key[1] ^ np.uint32(stream)], np.uint32)
    numbers = np.empty(words.symbols.shape, np.uint8 if size <= 256 else np.uint16)
    _one_state(size).draw(apart, first, Words(numbers, words.lengths, words.labels))
    return numbers


@lru_cache(maxsize=8)
def _one_state(size: int) -> UniformMachine:
    # Its words are drawn in vector instructions.
    machine = Machine(Semiautomaton(np.zeros((1, size), np.int32)), 0, [0])
    return UniformMachine(machine, Readout.PREFIX)


def geometric_survival(mean: int) -> NDArray[np.int64]:
    """Return the chances, in units of 2^-32 and rounded down, that a geometric delay is above 0, 1, 2, …

    Delays are 1, 2, … with the mean given; those whose chance to be reached is below 2^-32 never come.

    Examples
    --------
    >>> (geometric_survival(2)[:3] / 2**32).tolist()
    [1.0, 0.5, 0.25]
    """
    chances = [1 << 32]
    numerator, denominator = 1, 1
    while chances[-1]:
        numerator, denominator = numerator * (mean - 1), denominator * mean
        if denominator > 1 << 192:  # 128 bits beyond the 32 that count
            shift = denominator.bit_length() - 160
            numerator, denominator = numerator >> shift, denominator >> shift
        chances.append((numerator << 32) // denominator)
    return np.array(chances)


def first_guesses(survival: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each upper half of a 32-bit number the least d that `geometric_delays` can find."""
    numbers = (np.arange(BITS) << 16) | (BITS - 1)
    return np.searchsorted(-survival, -numbers)


@numba.njit(cache=True, nogil=True)
def geometric_delays(high, low, lengths, survival, guesses, out):  # type: ignore[no-untyped-def]
    """Write the least d with ``survival[d]`` at most the random number high:low, for each position."""
    for b in range(out.shape[0]):
        for t in range(lengths[b]):
            number = (np.int64(high[b, t]) << 16) | np.int64(low[b, t])
            d = guesses[high[b, t]]
            while survival[d] > number:
                d += 1
            out[b, t] = d


@numba.njit(cache=True, nogil=True)
def split_tickets(tickets, lengths, symbol_of, delay_of, symbols, delays):  # type: ignore[no-untyped-def]
    """Write the symbol and the delay that each ticket stands for."""
    for b in range(tickets.shape[0]):
        row, x, d = tickets[b], symbols[b], delays[b]
        for t in range(lengths[b]):
            ticket = np.uintp(row[t])
            x[t] = symbol_of[ticket]
            d[t] = delay_of[ticket]


@numba.njit(cache=True, nogil=True)
def to_fixed_point(delays, lengths, fractions):  # type: ignore[no-untyped-def]
    """Take a random part of a time unit off whole delays, in place: units of 2^-16 then."""
    for b in range(delays.shape[0]):
        for t in range(lengths[b]):
            delays[b, t] = (delays[b, t] << 16) - np.int64(fractions[b, t])


@numba.njit(cache=True, nogil=True)
def _aim(  # type: ignore[no-untyped-def]
    offsets,
    bound_offsets,
    bounds,
    targets,
    resets,
    periods,
    start,
    alphabet,
    scale,
    outputs,
    borders,
    choices,
    fractions,
    symbols,
    lengths,
    delays,
    labels,
):
    clocks = len(periods)
    stuck = len(outputs) - 1
    since = np.empty(clocks, np.int64)
    shown = np.zeros(clocks + 1, np.int64)
    for b in range(symbols.shape[0]):
        since[:] = 0
        now = np.int64(0)
        location = start
        for t in range(lengths[b]):
            delay = delays[b, t]
            choice = np.int64(choices[b, t])
            if choice < 3 * len(borders):
                border = choice // 3
                clock, constant = borders[border]
                side = choice - 3 * border - 1
                if fractions is not None:
                    side *= np.int64(fractions[b, t]) + 1
                wanted = constant * scale + side - (now - since[clock])
                if periods[clock] > 0:
                    wanted %= periods[clock] * scale
                    if wanted == 0:
                        wanted = periods[clock] * scale
                if wanted > 0:
                    delay = wanted
            delays[b, t] = delay
            now += delay
            if location != stuck:
                for i in range(clocks):
                    value = now - since[i]
                    shown[i + 1] = value % (periods[i] * scale) if periods[i] > 0 else value
                cell = location * alphabet + np.int64(symbols[b, t])
                location_after = stuck
                for edge in range(offsets[cell], offsets[cell + 1]):
                    holds = True
                    for k in range(bound_offsets[edge], bound_offsets[edge + 1]):
                        code = bounds[k, 2]
                        if shown[bounds[k, 0]] - shown[bounds[k, 1]] >= (code >> 1) * scale + (code & 1):
                            holds = False
                            break
                    if holds:
                        location_after = targets[edge]
                        for i in range(clocks):
                            if resets[edge, i]:
                                since[i] = now
                        break
                location = location_after
            labels[b, t] = outputs[location]


def borders_of(form: Edges) -> NDArray[np.int64]:
    """Return the values at which a guard changes: rows of a clock, from 0, and a whole number of time units.

    A periodic clock has 0 among them, the end of its period; others only what is above 0.

    Examples
    --------
    >>> from krohn.automata.timed.machines import periodic
    >>> borders_of(Edges(periodic(10))).tolist()
    [[0, 0], [0, 5]]
    """
    found = {(i, 0) for i, period in enumerate(form.periods) if period}
    every = [bound for row in form.invariants for bound in row]
    every += [bound for edge in form.edges for bound in edge.bounds]
    for i, j, code in every:
        if i and j:
            continue
        clock, constant = (i - 1, code >> 1) if i else (j - 1, -(code >> 1))
        period = form.periods[clock]
        if constant > 0 and not (period and constant >= period):
            found.add((clock, constant))
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def aim_at_borders(
    runs: TimedRuns,
    borders: NDArray[np.int64],
    choices: NDArray[Any],
    fractions: NDArray[np.uint16] | None,
    symbols: NDArray[Any],
    lengths: Lengths,
    delays: NDArray[np.int64],
    labels: NDArray[np.int32],
) -> None:
    """Change half of the delays, at random, so that a clock comes to a border or close to it; write all labels.

    Parameters
    ----------
    runs : TimedRuns
        With scale 1 or, in dense time, `FIXED_POINT`.
    borders : int64 array, shape (K, 2)
        Of `borders_of`.
    choices : uint8 or uint16 array, shape (B, W)
        Random numbers below 6 K: each border and each side of it has one of those below 3 K.
    fractions : uint16 array, shape (B, W), or None
        Random: how far from the border, in dense time.
    symbols, lengths
        As in `Words`.
    delays : int64 array, shape (B, W)
        In units; changed in place.
    labels : int32 array, shape (B, W)
    """
    form = edge_arrays(runs.form)
    periods = np.array(runs.form.periods, np.int64)
    _aim(
        form.offsets,
        form.bound_offsets,
        form.bounds,
        form.targets,
        form.resets,
        periods,
        runs.start,
        len(runs.automaton.symbols),
        runs.scale,
        runs.outputs,
        borders,
        choices,
        fractions,
        symbols,
        lengths,
        delays,
        labels,
    )
