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


def circuit_class(green: GreenRelations, subgroups: list[MaximalSubgroup], solvable: bool) -> CircuitClass:
    """Return the circuit class of the languages that a machine tells apart.

    Parameters
    ----------
    green : GreenRelations
        Of the transition monoid of a minimal machine.
    subgroups : list of MaximalSubgroup
        Its maximal subgroups.
    solvable : bool
        Whether all of them are.

    Examples
    --------
    The length modulo 2 is in AC0, the number of ones modulo 2 is not:

    >>> from krohn.automata.algebra.monoid import TransitionMonoid
    >>> from krohn.automata.algebra.subgroups import maximal_subgroups
    >>> from krohn.automata.semiautomaton import Semiautomaton
    >>> for delta in [[1, 1], [0, 0]], [[0, 1], [1, 0]]:
    ...     green = GreenRelations(TransitionMonoid.of(Semiautomaton(delta)))
    ...     print(circuit_class(green, maximal_subgroups(green), solvable=True).name)
    AC0
    ACC0
    """
    if not solvable:
        return NC1
    return AC0 if all(_lengths_tell_apart(green, group) for group in subgroups) else ACC0


def _lengths_tell_apart(green: GreenRelations, group: MaximalSubgroup) -> bool:
    # Words of the idempotent e have lengths that are multiples of d, the period of its R-class in the right
    # Cayley graph, and all large multiples occur. Words of another element of the group have lengths of one
    # residue modulo d. Some length makes a non-trivial group exactly where two elements share a residue.
    depth = np.full(green.monoid.size, -1, np.int64)
    period = _period(green.monoid.right, green.r, group.idempotent, depth)
    residues = depth[group.elements] % max(period, 1)
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
