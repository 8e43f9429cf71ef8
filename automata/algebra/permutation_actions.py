"""What a permutation group does to its orbits and to its blocks, and what stays fixed."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from .permutation_groups import PermutationGroup, Rows, inverse, then
from .schreier_sims import StabiliserChain


@numba.njit(cache=True, nogil=True)
def _merge(rows, a, b, root):  # type: ignore[no-untyped-def]
    # The least invariant equivalence that joins a and b (Atkinson, 1975); root[p] is the least point of a class.
    points = rows.shape[1]
    queue = [(a, b)]
    for x, y in queue:
        while root[x] != x:
            x = root[x]
        while root[y] != y:
            y = root[y]
        if x == y:
            continue
        if x > y:
            x, y = y, x
        root[y] = x
        for g in range(len(rows)):
            queue.append((rows[g, x], rows[g, y]))
    for p in range(points):
        x = p
        while root[x] != x:
            x = root[x]
        root[p] = x


def orbits(rows: Rows) -> NDArray[np.int64]:
    """Return the least point of the orbit of each point, shape (points,).

    Examples
    --------
    >>> orbits(np.array([[1, 0, 2, 4, 3]])).tolist()
    [0, 0, 2, 3, 3]
    """
    least = np.arange(rows.shape[1])
    while True:
        # The orbit of a point under one permutation is reached by steps forward alone.
        smaller = least.copy()
        for row in rows:
            np.minimum.at(smaller, row, least)
            smaller = np.minimum(smaller, smaller[row])
        if np.array_equal(smaller, least):
            return least
        least = smaller


def minimal_blocks(rows: Rows) -> NDArray[np.int64] | None:
    """Return the block of each point in a system of smallest blocks of a transitive group; None where primitive.

    Blocks are numbered in the order of their least points.

    Examples
    --------
    >>> minimal_blocks(np.array([[1, 2, 3, 0]])).tolist(), minimal_blocks(np.array([[1, 2, 0]]))
    ([0, 1, 0, 1], None)
    """
    points = rows.shape[1]
    table = np.ascontiguousarray(rows, np.int64)
    best: NDArray[np.int64] | None = None
    for p in range(1, points):
        root = np.arange(points)
        _merge(table, 0, p, root)
        blocks = len(np.unique(root))
        if blocks > 1 and (best is None or blocks > int(best.max()) + 1):
            best = np.unique(root, return_inverse=True)[1]
    return best


def restricted_to(rows: Rows, points: NDArray[np.int64]) -> Rows:
    """Return what permutations do to an invariant, sorted set of points, numbered from 0."""
    return np.searchsorted(points, rows[:, points])


def fixing(rows: Rows, points: NDArray[np.int64]) -> PermutationGroup:
    """Return the subgroup that fixes each of some points."""
    chain = StabiliserChain.of(rows, prefix=tuple(points.tolist()))
    fixed = (chain.generators[:, points] == points).all(axis=1)
    return PermutationGroup(chain.generators[fixed].reshape(-1, rows.shape[1]))


def on_blocks(rows: Rows, blocks: NDArray[np.int64]) -> Rows:
    """Return what permutations do to the blocks of a system."""
    first = np.unique(blocks, return_index=True)[1]
    return blocks[rows[:, first]]


def fixing_blocks(rows: Rows, blocks: NDArray[np.int64]) -> PermutationGroup:
    """Return the subgroup that maps each block to itself."""
    count = int(blocks.max()) + 1
    both = np.concatenate([on_blocks(rows, blocks), rows + count], axis=1)
    return PermutationGroup(fixing(both, np.arange(count)).generators[:, count:] - count)


def inside_a_block(rows: Rows, blocks: NDArray[np.int64]) -> Rows:
    """Return what the stabiliser of the first block does to its points: generators by Schreier's lemma."""
    images = on_blocks(rows, blocks)
    inside = np.flatnonzero(blocks == 0)
    to: dict[int, Rows] = {0: np.arange(rows.shape[1])}
    queue = [0]
    found = [np.arange(len(inside))]
    for block in queue:
        for row, image in zip(rows, images, strict=True):
            target = int(image[block])
            if target not in to:
                to[target] = then(to[block], row)
                queue.append(target)
    for block in queue:
        for row, image in zip(rows, images, strict=True):
            loop = then(then(to[block], row), inverse(to[int(image[block])]))
            found.append(restricted_to(loop[None], inside)[0])
    return np.unique(np.array(found), axis=0)
