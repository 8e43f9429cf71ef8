"""The quotient machines of a group machine along its derived series: what each level of a cascade has to know."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..groups import Group
from ..machine import Machine
from ..semiautomaton import Semiautomaton

Mask = NDArray[np.bool_]


def derived_quotients(machine: Machine) -> list[Machine]:
    """Return a machine for each of G/G', G/G'', … that is smaller than G, the transition group of `machine`.

    Each names, after every symbol, the coset of the product so far. For S4 they are C2 and S3; for an abelian
    group there are none; the series of a group that is not solvable ends at its perfect subgroup.

    Parameters
    ----------
    machine : Machine
        Every symbol of it a permutation of the states.

    Raises
    ------
    RequestError
        Where a symbol is no permutation, or the group has more than 5040 elements.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> [quotient.states for quotient in derived_quotients(task("word:S4").machine)]
    [2, 6]
    """
    rows = machine.semiautomaton.delta.T.astype(np.int64)
    for symbol, row in enumerate(rows):
        if len(set(row.tolist())) < len(row):
            raise RequestError(
                f"symbol {symbol} of the machine takes two states to one: expected a machine of a group, whose "
                "symbols are permutations"
            )
    group = Group.from_permutations("transitions", rows)
    number = {element.tobytes(): g for g, element in enumerate(group.permutations.astype(np.int64))}
    symbols = np.array([number[row.tobytes()] for row in np.ascontiguousarray(rows)])
    found: list[Machine] = []
    subgroup = np.ones(group.order, bool)
    while True:
        derived = _commutators(group, subgroup)
        if derived.sum() in (1, subgroup.sum()):
            return found
        found.append(_quotient(group, derived, symbols))
        subgroup = derived


def _commutators(group: Group, subgroup: Mask) -> Mask:
    table, inverse = group.table, group.inverses
    own = np.flatnonzero(subgroup)
    products = table[np.ix_(own, own)]  # g h
    there = np.zeros(group.order, bool)
    there[table[inverse[products.T], products]] = True  # (h g)^-1 g h
    while True:
        elements = np.flatnonzero(there)
        more = there.copy()
        more[table[np.ix_(elements, elements)]] = True
        if more.sum() == there.sum():
            return there
        there = more


def _quotient(group: Group, normal: Mask, symbols: NDArray[np.int64]) -> Machine:
    coset_of = group.table[:, normal].min(1)
    leaders, coset = np.unique(coset_of, return_inverse=True)
    delta = coset[group.table[np.ix_(leaders, symbols)]]
    return Machine(Semiautomaton(delta), 0, np.arange(len(leaders)))
