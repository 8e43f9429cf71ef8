"""Stabiliser chains of permutation groups: the deterministic algorithm of Schreier and Sims, compiled."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError

WORK = 2_000_000_000
"""Images of points that one chain may compute: some seconds."""


class GroupLimitError(RequestError):
    """A permutation group takes too long to explore."""


@numba.njit(cache=True, nogil=True)
def _grown(array, size):  # type: ignore[no-untyped-def]
    larger = np.empty((size, array.shape[1]), array.dtype)
    larger[: len(array)] = array
    return larger


@numba.njit(cache=True, nogil=True)
def _orbit(level, base, gens, levels, count, tree, orbits, sizes):  # type: ignore[no-untyped-def]
    # Breadth-first: tree[level, p] is the generator that leads to p, -2 at the base point, -1 outside.
    tree[level] = -1
    tree[level, base[level]] = -2
    orbits[level, 0] = base[level]
    size, position = 1, 0
    while position < size:
        point = orbits[level, position]
        for g in range(count):
            if levels[g] >= level:
                target = gens[g, point]
                if tree[level, target] == -1:
                    tree[level, target] = g
                    orbits[level, size] = target
                    size += 1
        position += 1
    sizes[level] = size


@numba.njit(cache=True, nogil=True)
def _sift(row, level, base, depth, inverses, tree):  # type: ignore[no-untyped-def]
    # Divide by transversals, in place; return the level at which that fails, `depth` where it does not.
    steps = 0
    while level < depth:
        point = row[base[level]]
        if tree[level, point] == -1:
            return level, steps
        while point != base[level]:
            inverse = inverses[tree[level, point]]
            for p in range(len(row)):
                row[p] = inverse[row[p]]
            steps += 1
            point = row[base[level]]
        level += 1
    return depth, steps


@numba.njit(cache=True, nogil=True)
def _chain(rows, prefix, semiregular, work):  # type: ignore[no-untyped-def]
    points = rows.shape[1]
    count, depth = len(rows), len(prefix)
    size = max(8, 2 * count)
    gens, inverses = np.empty((size, points), np.int32), np.empty((size, points), np.int32)
    levels = np.empty(size, np.int64)
    most = max(8, 2 * depth)
    base, sizes = np.empty(points, np.int64), np.zeros(points, np.int64)
    tree, orbits = np.empty((most, points), np.int32), np.empty((most, points), np.int32)
    base[:depth] = prefix
    identity = np.arange(points)
    row, path = np.empty(points, np.int32), np.empty(points, np.int64)
    for g in range(count):
        gens[g] = rows[g]
        inverses[g][gens[g]] = identity
        level = 0
        while level < depth and gens[g, base[level]] == base[level]:
            level += 1
        if level == depth:
            base[depth] = np.argmax(gens[g] != identity)
            depth += 1
            if depth == most:
                most *= 2
                tree, orbits = _grown(tree, most), _grown(orbits, most)
        levels[g] = level
    for level in range(depth):
        _orbit(level, base, gens, levels, count, tree, orbits, sizes)
    done = 0
    level = -1 if semiregular else depth - 1
    while level >= 0:
        complete = True
        position = 0
        while complete and position < sizes[level]:
            point = orbits[level, position]
            position += 1
            length = 0
            at = point
            while at != base[level]:
                path[length] = tree[level, at]
                at = inverses[path[length], at]
                length += 1
            for g in range(count):
                if levels[g] < level or tree[level, gens[g, point]] == g:
                    continue
                row[:] = identity
                for i in range(length - 1, -1, -1):
                    step = gens[path[i]]
                    for p in range(points):
                        row[p] = step[row[p]]
                for p in range(points):
                    row[p] = gens[g, row[p]]
                failed, steps = _sift(row, level, base, depth, inverses, tree)
                done += (length + steps + 2) * points
                if done > work:
                    return False, base[:depth], gens[:count], inverses[:count], tree[:depth], sizes[:depth]
                moved = -1
                for p in range(points):
                    if row[p] != p:
                        moved = p
                        break
                if moved < 0:
                    continue
                if failed == depth:
                    base[depth] = moved
                    depth += 1
                    if depth == most:
                        most *= 2
                        tree, orbits = _grown(tree, most), _grown(orbits, most)
                if count == size:
                    size *= 2
                    gens, inverses = _grown(gens, size), _grown(inverses, size)
                    longer = np.empty(size, np.int64)
                    longer[:count] = levels[:count]
                    levels = longer
                gens[count] = row
                inverses[count][row] = identity
                levels[count] = failed
                count += 1
                for i in range(level + 1, failed + 1):
                    _orbit(i, base, gens, levels, count, tree, orbits, sizes)
                level = failed
                complete = False
                break
        if complete:
            level -= 1
    return True, base[:depth], gens[:count], inverses[:count], tree[:depth], sizes[:depth]


@dataclass(frozen=True, eq=False)
class StabiliserChain:
    """A base of a permutation group and strong generators: the stabiliser of each base point after another.

    `StabiliserChain.of` makes it (Sims, Computational methods in the study of permutation groups, 1970).

    Attributes
    ----------
    base : int64 array, shape (depth,)
        Points that no element but the identity fixes together.
    generators, inverses : int32 array, shape (K, points)
        Strong generators: those that fix the first base points generate the stabiliser of these.
    tree : int32 array, shape (depth, points)
        The generator by which the orbit of a base point reached a point, -2 at the base point, -1 outside.
    sizes : int64 array, shape (depth,)
        Points in each orbit; their product is the order of the group.
    """

    base: NDArray[np.int64]
    generators: NDArray[np.int32]
    inverses: NDArray[np.int32]
    tree: NDArray[np.int32]
    sizes: NDArray[np.int64]

    @classmethod
    def of(
        cls, rows: NDArray[np.integer], prefix: tuple[int, ...] = (), semiregular: bool = False
    ) -> StabiliserChain:
        """Return a chain of the group that permutations generate.

        Parameters
        ----------
        rows : int array, shape (K, points)
            No identity among them.
        prefix : tuple of int
            Points with which the base begins.
        semiregular : bool
            Whether no element but the identity is known to fix a point: then one orbit says it all.

        Raises
        ------
        GroupLimitError
            Where it takes more than 2·10⁹ images of points.

        Examples
        --------
        >>> chain = StabiliserChain.of(np.array([[1, 2, 3, 0], [1, 0, 2, 3]]))
        >>> chain.sizes.tolist()
        [4, 3, 2]
        """
        table = np.ascontiguousarray(rows, np.int32)
        done, *parts = _chain(table, np.array(prefix, np.int64), semiregular, WORK)
        if not done:
            raise GroupLimitError(
                f"permutation group on {table.shape[1]} points takes too long to explore: "
                f"it has at least {_product(parts[4])} elements"
            )
        return cls(*parts)

    @property
    def order(self) -> int:
        """Number of elements of the group."""
        return _product(self.sizes)

    def contains(self, row: NDArray[np.integer]) -> bool:
        """Return whether a permutation, shape (points,), is in the group."""
        rest = row.astype(np.int32)
        level, _ = _sift(rest, 0, self.base, len(self.base), self.inverses, self.tree)
        return level == len(self.base) and bool((rest == np.arange(len(rest))).all())


def _product(sizes: NDArray[np.int64]) -> int:
    order = 1
    for size in sizes.tolist():
        order *= size
    return order
