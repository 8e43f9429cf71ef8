"""The compiled loop that runs a cascade over a batch of words."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def run_cascade(rows, flat, first, states, start, words, lengths, out):  # type: ignore[no-untyped-def]
    """Write the state after each symbol; return the flat index of the first symbol that is none, or -1.

    Each row is (size, where the tables of coordinates after, carried values and places begin in `flat`).
    """
    levels = rows.shape[0]
    x = np.empty(levels, np.int64)
    for b in range(words.shape[0]):
        for i in range(levels):
            x[i] = start[i]
        for t in range(lengths[b]):
            symbol = words[b, t]
            if symbol < 0 or symbol >= first.shape[0]:
                return b * words.shape[1] + t
            c = np.int64(first[symbol])
            d = np.int64(0)
            for i in range(levels):
                size = rows[i, 0]
                entry = c * size + x[i]
                x[i] = flat[rows[i, 1] + entry]
                c = np.int64(flat[rows[i, 2] + entry])
                d = np.int64(flat[rows[i, 3] + d * size + x[i]])
            out[b, t] = states[d]
        out[b, lengths[b] :] = -1
    return -1
