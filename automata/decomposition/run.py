"""The compiled loop that runs a cascade over a batch of words."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def run_cascade(rows, flat, first, states, start, words, lengths, out):  # type: ignore[no-untyped-def]
    """Write the state after each symbol; return the flat index of the first symbol that is none, or -1.

    Each row is (size, whether a group, where action, carry, place and Cayley table begin in `flat`).
    """
    levels = rows.shape[0]
    s = np.empty(levels, np.int64)
    for b in range(words.shape[0]):
        for i in range(levels):
            s[i] = start[i]
        for t in range(lengths[b]):
            x = words[b, t]
            if x < 0 or x >= first.shape[0]:
                return b * words.shape[1] + t
            c = np.int64(first[x])
            d = np.int64(0)
            for i in range(levels):
                size = rows[i, 0]
                action = np.int64(flat[rows[i, 2] + c])
                c = np.int64(flat[rows[i, 3] + c * size + s[i]])
                if rows[i, 1]:
                    s[i] = flat[rows[i, 5] + s[i] * size + action]
                elif action >= 0:
                    s[i] = action
                d = np.int64(flat[rows[i, 4] + d * size + s[i]])
            out[b, t] = states[d]
        out[b, lengths[b] :] = -1
    return -1
