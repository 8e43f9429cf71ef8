"""Permutations and resets of n places as reflections and projections whose arithmetic is exact.

Places are the corners w_0 … w_{n-1} of a simplex; the swap of two of them is the reflection along the root between
them. Roots are written in coordinates that are 0, 1/2, -1/2, 1 or -1, which exist in more dimensions than n - 1
(in n - 1 they do not for most n): a reflection by 1 - 2 k kᵀ then only halves, doubles and adds, and no rounding
ever happens. A state is kept as its distance from the start, w_x - w_start, so that a state of zeros is the start;
what reflects it is then an affine map, whose constant part the delta rule's value writes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]

UNIT = 64.0
"""The product of a root with the corner that it comes from; silu(64) is 64."""


def dimension(places: int) -> int:
    """Return how many coordinates the roots between places need: the least even number that is not below `places`."""
    return places + places % 2


def root(start: int, end: int, coordinates: int) -> Vectors:
    """Return the root from one place to another: w_start = w_end + 2 UNIT root, of length 1.

    Examples
    --------
    >>> root(0, 1, 6), root(4, 1, 6)
    (array([-1.,  0.,  0.,  0.,  0.,  0.]), array([-0.5,  0.5,  0. ,  0. , -0.5, -0.5]))
    """
    found = np.zeros(coordinates)
    for place in range(min(start, end), max(start, end)):
        found += _simple_root(place, coordinates)
    return found if start < end else 0 - found


def _simple_root(place: int, coordinates: int) -> Vectors:
    found = np.zeros(coordinates)
    if place % 2 == 0:
        found[place] = -1
    else:
        found[place - 1 : place + 3] = 0.5, -0.5, 0.5, 0.5
    return found


def corner(place: int, places: int) -> Vectors:
    """Return w_place, up to its length: its product with every other corner is the same.

    Examples
    --------
    >>> [round(float(corner(0, 3) @ corner(x, 3)), 6) for x in range(3)]
    [1.333333, -0.666667, -0.666667]
    """
    coordinates = dimension(places)
    return (
        sum((root(place, other, coordinates) for other in range(places)), np.zeros(coordinates)) * 2 / places
    )


def swaps(permutation: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Return pairs of places whose swaps, the first one first, make a permutation: n less its cycles.

    Examples
    --------
    >>> swaps(np.array([1, 2, 0, 4, 3]))
    [(0, 1), (0, 2), (3, 4)]
    """
    found = []
    seen = np.zeros(len(permutation), bool)
    for first in range(len(permutation)):
        place = int(permutation[first])
        while place != first and not seen[place]:
            found.append((first, place))
            seen[place] = True
            place = int(permutation[place])
        seen[first] = True
    return found


def reflections(permutation: NDArray[np.integer], start: int) -> list[tuple[Vectors, float]]:
    """Return key and value of each reflection that makes a permutation; the strength of each is 2.

    S <- S + 2 k (v - kᵀ S) is the reflection of S + w_start: v = -kᵀ w_start. A root's sign is free: it is chosen
    so that v is not negative.
    """
    coordinates = dimension(len(permutation))
    found = []
    for one, other in swaps(permutation):
        one, other = (other, one) if one == start else (one, other)
        found.append((root(one, other, coordinates), UNIT if other == start else 0.0))
    return found


def writes(place: int, places: int, start: int) -> list[tuple[Vectors, float]]:
    """Return key and value of each write that sets a state to w_place, whatever it was; the strength of each is 1."""
    coordinates = dimension(places)
    state = 2 * UNIT * root(place, start, coordinates)
    return [
        (np.where(np.arange(coordinates) == i, -1.0 if value < 0 else 1.0, 0.0), abs(float(value)))
        for i, value in enumerate(state)
    ]
