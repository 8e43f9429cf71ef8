"""The edges of a timed automaton as the compiled loops take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dbm import bound_rows
from .edges import Edges


@dataclass(frozen=True)
class EdgeArrays:
    """The edges of an automaton as the compiled loops take them, those of a location and symbol together.

    Attributes
    ----------
    offsets : int64 array, shape (locations * symbols + 1,)
        Edges of cell location * symbols + symbol are numbers ``offsets[cell]`` to ``offsets[cell + 1] - 1``.
    bound_offsets : int64 array, shape (edges + 1,)
    bounds : int64 array, shape (bounds, 3)
    targets : int64 array, shape (edges,)
    resets : bool array, shape (edges, clocks)
    """

    offsets: NDArray[np.int64]
    bound_offsets: NDArray[np.int64]
    bounds: NDArray[np.int64]
    targets: NDArray[np.int64]
    resets: NDArray[np.bool_]


def edge_arrays(form: Edges) -> EdgeArrays:
    """Return the edges of an automaton as arrays."""
    cells = [cell for row in form.by_symbol for cell in row]
    edges = [edge for cell in cells for edge in cell]
    resets = np.zeros((len(edges), len(form.periods)), np.bool_)
    for n, edge in enumerate(edges):
        resets[n, [i - 1 for i in edge.resets]] = True
    return EdgeArrays(
        np.cumsum([0, *map(len, cells)]),
        np.cumsum([0, *(len(edge.bounds) for edge in edges)]),
        bound_rows(tuple(bound for edge in edges for bound in edge.bounds)),
        np.array([edge.target for edge in edges], np.int64),
        resets,
    )
