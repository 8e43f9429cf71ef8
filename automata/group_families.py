"""Permutations that generate the families of groups that have names.

Each function returns generators, one a row, int64, shape (generators, degree).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from .groups import Group

Generators = NDArray[np.int64]
Point = tuple[int, ...]


def _action(points: Iterable[Point], *maps: Callable[[Point], Point]) -> Generators:
    listed = list(points)
    number = {point: i for i, point in enumerate(listed)}
    return np.array([[number[image(point)] for point in listed] for image in maps], np.int64)


def cyclic(n: int) -> Generators:
    """Rotation of n points: element k of the group is "add k"."""
    return np.roll(np.arange(n), -1)[None]


def dihedral(n: int) -> Generators:
    """A rotation of an n-gon and a reflection; order 2n."""
    corners = np.arange(n)
    return np.stack([(corners + 1) % n, -corners % n])


def symmetric(n: int) -> Generators:
    """The transposition (0 1) and the cycle (0 1 … n-1)."""
    swap = np.arange(n)
    swap[[0, 1]] = 1, 0
    return np.stack([swap, np.roll(np.arange(n), -1)])


def alternating(n: int) -> Generators:
    """The cycle (0 1 2), and the longest cycle that is even: (0 1 … n-1) or (1 2 … n-1)."""
    triple = np.arange(n)
    triple[:3] = 1, 2, 0
    first = 1 - n % 2
    cycle = np.arange(n)
    cycle[first:] = np.roll(cycle[first:], -1)
    return np.stack([triple, cycle])


def quaternion() -> Generators:
    """Right multiplications by i and j on 1, -1, i, -i, j, -j, k, -k, which are elements 0 to 7."""
    times_i = [2, 3, 1, 0, 7, 6, 4, 5]
    times_j = [4, 5, 6, 7, 1, 0, 3, 2]
    return np.array([times_i, times_j])


def affine(p: int) -> Generators:
    """x → x + 1 and x → rx over the field of p elements, r its least primitive root; order p(p-1)."""
    x = np.arange(p)
    root = next(r for r in range(1, p) if len({pow(r, k, p) for k in range(p - 1)}) == p - 1)
    return np.stack([(x + 1) % p, x * root % p])


def heisenberg(p: int) -> Generators:
    """Unitriangular 3 x 3 matrices modulo p on the rows (1, x, y); order p³."""
    plane = [(x, y) for x in range(p) for y in range(p)]
    return _action(plane, lambda v: ((v[0] + 1) % p, v[1]), lambda v: (v[0], (v[1] + v[0]) % p))


def special_linear(p: int) -> Generators:
    """The two elementary 2 x 2 matrices modulo p on the rows that are not zero; order p(p²-1)."""
    rows = [(x, y) for x in range(p) for y in range(p) if x or y]
    return _action(rows, lambda v: (v[0], (v[0] + v[1]) % p), lambda v: ((v[0] + v[1]) % p, v[1]))


def projective(p: int) -> Generators:
    """z → z + 1 and z → -1/z on the projective line, infinity being the point p."""
    shift = [*((z + 1) % p for z in range(p)), p]
    invert = [p, *(-pow(z, -1, p) % p for z in range(1, p)), 0]
    return np.array([shift, invert])


def direct_product(a: Group, b: Group) -> Generators:
    """Both groups on disjoint points: element (g, h) is number ``g * b.order + h``."""
    identity = np.arange(a.degree + b.degree)
    rows = [identity.copy() for _ in (*a.generators, *b.generators)]
    for row, g in zip(rows, a.generators, strict=False):
        row[: a.degree] = a.permutations[g]
    for row, h in zip(rows[len(a.generators) :], b.generators, strict=True):
        row[a.degree :] = a.degree + b.permutations[h].astype(np.int64)
    return np.array(rows or [identity])


def wreath_product(base: Group, top: Group) -> Generators:
    """One copy of the base for each point of the top group, which permutes the copies (imprimitive action).

    Point i of copy j is number ``j * base.degree + i``. Order base.order ** top.degree * top.order.
    """
    size = base.degree
    identity = np.arange(size * top.degree)
    rows = []
    for copy in sorted(set(top.permutations.min(axis=0).tolist())):  # the least point of each orbit
        first = copy * size
        for g in base.generators:
            row = identity.copy()
            row[first : first + size] = first + base.permutations[g].astype(np.int64)
            rows.append(row)
    for h in top.generators:
        blocks = top.permutations[h].astype(np.int64)
        rows.append((blocks[:, None] * size + np.arange(size)).ravel())
    return np.array(rows or [identity])
