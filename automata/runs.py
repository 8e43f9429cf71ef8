"""Compiled loops that run a transition table over a batch of words.

A step waits for the step before it, so one word leaves most of a core idle: four words are walked side by
side. Each symbol is checked before it indexes the table, in a pass of its own that vectorises.
"""

from __future__ import annotations

from typing import TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

IGNORED = -100
"""The label of a position that has none."""

PADDING = -1
"""The state at a position past a word's end."""


@numba.njit(cache=True, nogil=True)
def _first_fault(words, lengths, symbols):  # type: ignore[no-untyped-def]
    for b in range(words.shape[0]):
        if lengths[b] == 0:
            continue
        row = words[b]
        largest = row[0]
        smallest = row[0]
        for t in range(lengths[b]):
            largest = max(largest, row[t])
            smallest = min(smallest, row[t])
        if smallest < 0 or largest >= symbols:
            for t in range(lengths[b]):
                if row[t] < 0 or row[t] >= symbols:
                    return b * words.shape[1] + t
    return -1


@numba.njit(cache=True, nogil=True)
def _run(delta, words, starts, lengths, out, padding):  # type: ignore[no-untyped-def]
    batch, longest = words.shape
    ends = np.empty(4, np.uintp)  # unsigned indices spare numba's test for negative ones
    for base in range(0, batch, 4):
        common = 0
        if base + 4 <= batch:
            common = min(lengths[base], lengths[base + 1], lengths[base + 2], lengths[base + 3])
            w0, w1, w2, w3 = words[base], words[base + 1], words[base + 2], words[base + 3]
            o0, o1, o2, o3 = out[base], out[base + 1], out[base + 2], out[base + 3]
            s0, s1 = np.uintp(starts[base]), np.uintp(starts[base + 1])
            s2, s3 = np.uintp(starts[base + 2]), np.uintp(starts[base + 3])
            for t in range(common):
                s0 = np.uintp(delta[s0, np.uintp(w0[t])])
                s1 = np.uintp(delta[s1, np.uintp(w1[t])])
                s2 = np.uintp(delta[s2, np.uintp(w2[t])])
                s3 = np.uintp(delta[s3, np.uintp(w3[t])])
                o0[t] = s0
                o1[t] = s1
                o2[t] = s2
                o3[t] = s3
            ends[0], ends[1], ends[2], ends[3] = s0, s1, s2, s3
        else:
            for lane in range(batch - base):
                ends[lane] = np.uintp(starts[base + lane])
        for lane in range(min(4, batch - base)):
            word, row, state = words[base + lane], out[base + lane], ends[lane]
            for t in range(common, lengths[base + lane]):
                state = np.uintp(delta[state, np.uintp(word[t])])
                row[t] = state
            row[lengths[base + lane] : longest] = padding


@numba.njit(cache=True, nogil=True)
def _label(delta, words, starts, lengths, outputs, out, padding):  # type: ignore[no-untyped-def]
    batch, longest = words.shape
    ends = np.empty(4, np.uintp)
    for base in range(0, batch, 4):
        common = 0
        if base + 4 <= batch:
            common = min(lengths[base], lengths[base + 1], lengths[base + 2], lengths[base + 3])
            w0, w1, w2, w3 = words[base], words[base + 1], words[base + 2], words[base + 3]
            o0, o1, o2, o3 = out[base], out[base + 1], out[base + 2], out[base + 3]
            s0, s1 = np.uintp(starts[base]), np.uintp(starts[base + 1])
            s2, s3 = np.uintp(starts[base + 2]), np.uintp(starts[base + 3])
            for t in range(common):
                s0 = np.uintp(delta[s0, np.uintp(w0[t])])
                s1 = np.uintp(delta[s1, np.uintp(w1[t])])
                s2 = np.uintp(delta[s2, np.uintp(w2[t])])
                s3 = np.uintp(delta[s3, np.uintp(w3[t])])
                o0[t] = outputs[s0]
                o1[t] = outputs[s1]
                o2[t] = outputs[s2]
                o3[t] = outputs[s3]
            ends[0], ends[1], ends[2], ends[3] = s0, s1, s2, s3
        else:
            for lane in range(batch - base):
                ends[lane] = np.uintp(starts[base + lane])
        for lane in range(min(4, batch - base)):
            word, row, state = words[base + lane], out[base + lane], ends[lane]
            for t in range(common, lengths[base + lane]):
                state = np.uintp(delta[state, np.uintp(word[t])])
                row[t] = outputs[state]
            row[lengths[base + lane] : longest] = padding


def _frozen(array: NDArray[Number]) -> NDArray[Number]:
    # A view that is always read-only: numba would compile writable and read-only inputs apart.
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def run_batch(
    delta: NDArray[np.integer],
    words: NDArray[np.integer],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    out: NDArray[np.int32],
) -> int:
    """Write the state after each symbol to `out`, -1 past a word's end.

    Parameters
    ----------
    delta : integer array, shape (states, symbols)
        Complete; entries are trusted to be states. Small types are faster.
    words : uint8, uint16, int32 or int64 array, shape (B, L)
    starts : int64 array, shape (B,)
        Trusted to be states.
    lengths : int64 array, shape (B,)
        Trusted to be 0 to L.
    out : int32 array, shape (B, L)
        Need not be contiguous.

    Returns
    -------
    int
        -1; or b * L + t of the first symbol outside the alphabet, and then nothing was written.

    Examples
    --------
    >>> delta = np.array([[0, 1], [1, 0]], np.uint8)
    >>> words, out = np.array([[1, 1, 1]], np.uint8), np.empty((1, 3), np.int32)
    >>> run_batch(delta, words, np.zeros(1, np.int64), np.array([2]), out), out.tolist()
    (-1, [[1, 0, -1]])
    """
    words = _frozen(words)
    fault = int(_first_fault(words, lengths, delta.shape[1]))
    if fault < 0:
        _run(_frozen(delta), words, starts, lengths, out, PADDING)
    return fault


def label_batch(
    delta: NDArray[np.integer],
    words: NDArray[np.integer],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    outputs: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:
    """Write the output of the state after each symbol to `out`, -100 past a word's end.

    Parameters
    ----------
    outputs : int32 array, shape (states,)
    delta, words, starts, lengths, out
        As in `run_batch`.

    Returns
    -------
    int
        As in `run_batch`.

    Examples
    --------
    >>> delta = np.array([[0, 1], [1, 0]], np.uint8)
    >>> words, out = np.array([[1, 1, 1]], np.uint8), np.empty((1, 3), np.int32)
    >>> label_batch(delta, words, np.zeros(1, np.int64), np.array([2]), np.array([5, 7], np.int32), out)
    -1
    >>> out.tolist()
    [[7, 5, -100]]
    """
    words = _frozen(words)
    fault = int(_first_fault(words, lengths, delta.shape[1]))
    if fault < 0:
        _label(_frozen(delta), words, starts, lengths, _frozen(outputs), out, IGNORED)
    return fault
