"""The random words of stochastic rounding, in NumPy: any backend can make those of any element alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MASK = np.uint64(0xFFFFFFFF)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
INCREMENTS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


def philox(counter: NDArray[np.uint32], key: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return Philox4x32-10 of each counter.

    Parameters
    ----------
    counter : ndarray, shape (..., 4), uint32
    key : ndarray, shape (2,), uint32

    Returns
    -------
    words : ndarray, shape (..., 4), uint32

    References
    ----------
    Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; the known answers
    are those of the authors' library Random123.

    Examples
    --------
    >>> [f"{word:08x}" for word in philox(np.zeros(4, np.uint32), np.zeros(2, np.uint32))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    a, b, c, d = (counter[..., i].astype(np.uint64) for i in range(4))
    k, m = key.astype(np.uint64)
    for _ in range(10):
        first, second = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, b, c, d = (
            (second >> np.uint64(32)) ^ b ^ k,
            second & MASK,
            (first >> np.uint64(32)) ^ d ^ m,
            first & MASK,
        )
        k, m = (k + INCREMENTS[0]) & MASK, (m + INCREMENTS[1]) & MASK
    return np.stack([a, b, c, d], -1).astype(np.uint32)


def row_words(rows: int, n: int, step: int, seed: int) -> NDArray[np.uint32]:
    """Return the random word of every element of every row at one step.

    Element e of a row takes word (e mod 64) // 16 of the block whose counter is
    (16 (e // 64) + e mod 16, row, step, step >> 32) and whose key is the seed.

    Parameters
    ----------
    rows, n : int
        Rows of a batch and elements of a row.
    step, seed : int
        Up to 64 bits.

    Returns
    -------
    words : ndarray, shape (rows, n), uint32

    Examples
    --------
    >>> whole = row_words(2, 100, step=5, seed=1)
    >>> (row_words(2, 70, step=5, seed=1) == whole[:, :70]).all()
    np.True_
    """
    element = np.arange(n)
    counter = np.zeros((rows, n, 4), np.uint32)
    counter[..., 0] = 16 * (element // 64) + element % 16
    counter[..., 1] = np.arange(rows)[:, None]
    counter[..., 2], counter[..., 3] = step & 0xFFFFFFFF, step >> 32
    words = philox(counter, np.array([seed & 0xFFFFFFFF, seed >> 32], np.uint32))
    return np.take_along_axis(words, np.broadcast_to(element % 64 // 16, (rows, n))[..., None], -1)[..., 0]
