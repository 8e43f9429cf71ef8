"""A lookup table as weights of a gated MLP (letter ``f``), exact: what comes out is 0 or 1 to the last bit.

A hidden pair an entry (c, x): silu(z - LOW) - silu(z - HIGH), where z is twice PEAK at the entry and at most PEAK
elsewhere. At the entry both arguments are so large that SiLU is the identity, and lie in one binade, so that
whatever z is off by is rounded alike and cancels; elsewhere SiLU is 0. The branch of values is 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PEAK = 512.0
LOW, HIGH = 624.0, 752.0
"""Arguments are 400 and 272 at an entry, -112 and -240 at the nearest other: silu(-112) is 0 in float32."""


def table_weights(
    width: int, carry: NDArray[np.int32], start: int, symbols: int, places: int, target: int
) -> dict[str, NDArray[np.float64]]:
    """Return weights that look up carry[c, x], by their names in the layer.

    Parameters
    ----------
    width : int
        D; at least the entries.
    carry : int array, shape (carried, size)
        -1 where there is no entry.
    start : int
        The coordinate whose channel is 0 where it is and -1 elsewhere; the channels of others are 1 and 0.
    symbols, places, target : int
        The first channels of c and of x, and of what is written.
    """
    enter, leave = np.zeros((2, 2 * width, width)), np.zeros((width, 2 * width))
    here = slice(symbols, symbols + len(carry))
    enter[1, :, here] = 1  # one of them is 1
    for entry, (c, x) in enumerate(np.argwhere(carry >= 0)):
        pair = slice(2 * entry, 2 * entry + 2)
        enter[0, pair, here] = -np.array([[LOW], [HIGH]])
        enter[0, pair, symbols + c] += PEAK * (1 + (x == start))
        enter[0, pair, places + x] = PEAK
        leave[target + carry[c, x], pair] = np.array([1, -1]) / (HIGH - LOW)
    return {"enter.weight": enter.reshape(-1, width), "leave.weight": leave}
