"""Which levels of a cascade a level listens to."""

from __future__ import annotations

import numpy as np

from .cascade import Cascade
from .compile import NEVER, merged_rows


def dependencies(cascade: Cascade) -> tuple[tuple[int, int], ...]:
    """Return the pairs (i, j) of levels, i above j, where what j does can differ by the coordinate of i alone.

    Examples
    --------
    >>> from krohn.automata.group_automata import group_automaton
    >>> from krohn.automata.group_names import group
    >>> from krohn.automata.decomposition import decompose
    >>> dependencies(decompose(group_automaton(group("S3")))), dependencies(decompose(group_automaton(group("C6"))))
    (((0, 1),), ())
    """
    found = []
    for j, level in enumerate(cascade.levels):
        kinds = merged_rows(level.action[:, None])  # carried values of level j that do the same there
        for i in range(j - 1, -1, -1):
            carry = cascade.levels[i].carry
            rows = np.where(carry == NEVER, NEVER, kinds[carry])
            largest = rows.max(axis=1)
            least = np.where(rows == NEVER, largest[:, None], rows).min(axis=1)
            if bool((largest != least).any()):
                found.append((i, j))
            kinds = merged_rows(rows)
    return tuple(sorted(found))
