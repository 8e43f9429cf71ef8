"""Which levels of a cascade a level listens to, and which factors of a series a factor."""

from __future__ import annotations

import numpy as np

from .cascade import Cascade
from .compile import NEVER, merged_rows
from .series import Series

Pairs = tuple[tuple[int, int], ...]


def dependencies(cascade: Cascade) -> Pairs:
    """Return the pairs (i, j) of levels, i above j, where what j does can differ by the coordinate of i alone.

    Examples
    --------
    >>> from krohn.automata.catalogue import even_pairs
    >>> from krohn.automata.decomposition import decompose
    >>> dependencies(decompose(even_pairs()))
    ((0, 1),)
    """
    found = []
    for j, level in enumerate(cascade.levels):
        kinds = merged_rows(level.action)  # carried values of level j that do the same there
        for i in range(j - 1, -1, -1):
            carry = cascade.levels[i].carry
            rows = np.where(carry == NEVER, NEVER, kinds[carry])
            largest = rows.max(axis=1)
            least = np.where(rows == NEVER, largest[:, None], rows).min(axis=1)
            if bool((largest != least).any()):
                found.append((i, j))
            kinds = merged_rows(rows)
    return tuple(sorted(found))


def factor_dependencies(series: Series) -> Pairs:
    """Return the pairs (i, j) of factors where what is added to coordinate j can differ by coordinate i alone.

    Examples
    --------
    C6 is a direct product, S3 is not:

    >>> from krohn.automata.decomposition.series import composition_series
    >>> from krohn.automata.group_names import group
    >>> [factor_dependencies(composition_series(group(name))) for name in ("C6", "S3")]
    [(), ((0, 1),)]
    """
    group = series.group
    sizes = [factor.order for factor in series.factors]
    coordinates = series.coordinates(np.arange(group.order, dtype=np.int32))
    found = set()
    for h in group.generators:
        added = series.added(h)
        for j in range(1, len(sizes)):
            grid = np.empty(sizes, np.int32)
            grid[tuple(coordinates.T)] = added[:, j]
            found |= {(i, j) for i in range(j) if bool(np.ptp(grid, axis=i).any())}
    return tuple(sorted(found))
