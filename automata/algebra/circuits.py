"""The circuit class of a regular language, as its monoid decides it."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from .green import GreenRelations
from .subgroups import MaximalSubgroup


@dataclass(frozen=True)
class CircuitClass:
    """A circuit class and the theorem that puts a machine there.

    Attributes
    ----------
    name : str
        ``AC0``, ``ACC0`` or ``NC1-complete``.
    theorem : str
    """

    name: str
    theorem: str


AC0 = CircuitClass(
    "AC0",
    "no length of words makes a non-trivial group (Barrington, Compton, Straubing and Thérien, "
    "Regular languages in NC1, 1992)",
)
ACC0 = CircuitClass(
    "ACC0",
    "all groups are solvable (Barrington and Thérien, Finite monoids and the fine structure of NC1, 1988), "
    "and words of one length make a non-trivial group, so it is not in AC0 (Barrington, Compton, Straubing "
    "and Thérien, 1992)",
)
NC1 = CircuitClass(
    "NC1-complete",
    "a group is not solvable (Barrington, Bounded-width polynomial-size branching programs recognize exactly "
    "those languages in NC1, 1989)",
)


def circuit_of(solvable: bool, counts_lengths_only: bool) -> CircuitClass:
    """Return the circuit class of the languages that a machine tells apart.

    Parameters
    ----------
    solvable : bool
        Whether all maximal subgroups of its monoid are.
    counts_lengths_only : bool
        Whether words of one length make a trivial group at most (`lengths_tell_apart`).

    Examples
    --------
    >>> circuit_of(solvable=True, counts_lengths_only=False).name
    'ACC0'
    """
    if not solvable:
        return NC1
    return AC0 if counts_lengths_only else ACC0


def lengths_tell_apart(green: GreenRelations, group: MaximalSubgroup) -> bool:
    """Return whether any two elements of a maximal subgroup are made by words of different lengths only.

    Words of the idempotent e have lengths that are multiples of d, the period of its R-class in the right Cayley
    graph, and all large multiples occur. Words of another element of the group have lengths of one residue modulo
    d. Some length makes a group that is not trivial exactly where two elements share a residue.

    Examples
    --------
    The length modulo 2, and the number of ones modulo 2:

    >>> from krohn.automata.algebra.monoid import TransitionMonoid
    >>> from krohn.automata.algebra.subgroups import maximal_subgroups
    >>> from krohn.automata.semiautomaton import Semiautomaton
    >>> for delta in [[1, 1], [0, 0]], [[0, 1], [1, 0]]:
    ...     green = GreenRelations(TransitionMonoid.of(Semiautomaton(delta)))
    ...     print(lengths_tell_apart(green, maximal_subgroups(green)[0]))
    True
    False
    """
    depth = np.full(green.monoid.size, -1, np.int64)
    period = _period(green.monoid.right, green.r, group.idempotent, depth)
    residues = depth[group.elements] % period
    return len(np.unique(residues)) == group.order


@numba.njit(cache=True, nogil=True)
def _period(graph, label, start, depth):  # type: ignore[no-untyped-def]
    # Of a strongly connected component: the gcd of the defects of a breadth-first search (Denardo, 1977).
    queue = [start]
    depth[start] = 0
    period = 0
    for node in queue:
        for arrow in range(graph.shape[1]):
            target = graph[node, arrow]
            if label[target] != label[start]:
                continue
            if depth[target] < 0:
                depth[target] = depth[node] + 1
                queue.append(target)
            else:
                a, b = period, abs(depth[node] + 1 - depth[target])
                while b:
                    a, b = b, a % b
                period = a
    return period
