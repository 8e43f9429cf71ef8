"""Zones, sets of clock valuations, as difference bound matrices (Dill 1989); compiled operations.

Entry [i, j] is the code (of `edges.py`) of the least upper bound on x_i - x_j, clock 0 being always 0. All
functions take and leave closed matrices: no bound follows from two others and is tighter than what is written.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Zone = NDArray[np.int64]

UNBOUNDED = 1 << 60
ZERO = 1
"""The code of <= 0."""


@numba.njit(cache=True, nogil=True)
def _sum(a, b):  # type: ignore[no-untyped-def]
    if a >= UNBOUNDED or b >= UNBOUNDED:
        return UNBOUNDED
    return a + b - ((a | b) & 1)


@numba.njit(cache=True, nogil=True)
def close(zone):  # type: ignore[no-untyped-def]
    """Close a matrix in place (Floyd and Warshall); return whether any valuation is left."""
    size = len(zone)
    for k in range(size):
        for i in range(size):
            for j in range(size):
                through = _sum(zone[i, k], zone[k, j])
                if through < zone[i, j]:
                    zone[i, j] = through
    return np.diag(zone).min() >= ZERO


@numba.njit(cache=True, nogil=True)
def meet(zone, bounds):  # type: ignore[no-untyped-def]
    """Intersect with bounds, int64 of shape (K, 3), in place; return whether any valuation is left."""
    size = len(zone)
    for k in range(len(bounds)):
        a, b, code = bounds[k]
        if code >= zone[a, b]:
            continue
        if _sum(code, zone[b, a]) < ZERO:
            return False
        zone[a, b] = code
        for i in range(size):
            left = _sum(zone[i, a], code)
            for j in range(size):
                through = _sum(left, zone[b, j])
                if through < zone[i, j]:
                    zone[i, j] = through
    return True


@numba.njit(cache=True, nogil=True)
def elapse(zone):  # type: ignore[no-untyped-def]
    """Let any time pass, in place."""
    for i in range(1, len(zone)):
        zone[i, 0] = UNBOUNDED


@numba.njit(cache=True, nogil=True)
def past(zone):  # type: ignore[no-untyped-def]
    """Make it, in place, the valuations from which it is met by waiting."""
    for j in range(1, len(zone)):
        least = ZERO
        for i in range(1, len(zone)):
            least = min(least, zone[i, j])
        zone[0, j] = least


@numba.njit(cache=True, nogil=True)
def reset(zone, clock):  # type: ignore[no-untyped-def]
    """Set a clock to 0, in place."""
    for i in range(len(zone)):
        zone[clock, i] = zone[0, i]
        zone[i, clock] = zone[i, 0]
    zone[clock, clock] = ZERO


@numba.njit(cache=True, nogil=True)
def free(zone, clock):  # type: ignore[no-untyped-def]
    """Forget what is known of a clock, in place."""
    for i in range(len(zone)):
        zone[clock, i] = UNBOUNDED
        zone[i, clock] = zone[i, 0]
    zone[clock, clock] = ZERO


@numba.njit(cache=True, nogil=True)
def step(zone, bounds, resets, stay):  # type: ignore[no-untyped-def]
    """Take an edge, then wait within the bounds `stay`, in place; return whether any valuation is left."""
    if not meet(zone, bounds):
        return False
    for clock in resets:
        reset(zone, clock)
    if not meet(zone, stay):
        return False
    elapse(zone)
    return meet(zone, stay)


@numba.njit(cache=True, nogil=True)
def extrapolate(zone, lower, upper):  # type: ignore[no-untyped-def]
    """Forget, in place, what no guard can tell: Extra+LU of Behrmann, Bouyer, Larsen and Pelanek (STTT 2006).

    `lower` and `upper` hold the largest constants of lower and upper bounds, entry 0 being 0, -1 for none.
    """
    size = len(zone)
    given = zone.copy()
    for i in range(size):
        for j in range(size):
            if i == j:
                continue
            above = i > 0 and given[i, j] < UNBOUNDED and (given[i, j] >> 1) > lower[i]
            if above or (i > 0 and -(given[0, i] >> 1) > lower[i]):
                zone[i, j] = UNBOUNDED
            elif j > 0 and -(given[0, j] >> 1) > upper[j]:
                zone[i, j] = UNBOUNDED if i > 0 else min(ZERO, -2 * upper[j])
    close(zone)


@numba.njit(cache=True, nogil=True)
def contains(zone, other):  # type: ignore[no-untyped-def]
    """Return whether every valuation of `other` is one of `zone`."""
    for i in range(len(zone)):
        for j in range(len(zone)):
            if other[i, j] > zone[i, j]:
                return False
    return True


def bound_rows(bounds: tuple[tuple[int, int, int], ...]) -> NDArray[np.int64]:
    """Return bounds as the compiled functions take them, int64 of shape (K, 3)."""
    return np.array(bounds, np.int64).reshape(-1, 3)


def all_valuations(clocks: int) -> Zone:
    """Return the zone of every valuation.

    Examples
    --------
    >>> zone = all_valuations(1)
    >>> bool(meet(zone, bound_rows(((1, 0, 7),)))), zone.tolist()  # x <= 3
    (True, [[1, 1], [7, 1]])
    """
    zone = np.full((clocks + 1, clocks + 1), UNBOUNDED, np.int64)
    zone[0, :] = ZERO
    np.fill_diagonal(zone, ZERO)
    return zone


def origin(clocks: int) -> Zone:
    """Return the zone where all clocks are 0."""
    return np.full((clocks + 1, clocks + 1), ZERO, np.int64)
