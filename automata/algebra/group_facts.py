"""What a verdict says of one group: name, order, derived length, composition factors."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..group_structure import derived_length
from ..groups import Group
from .composition import composition_factors, is_nilpotent, prime_names, sorted_factors
from .group_naming import group_name


@dataclass(frozen=True)
class GroupFacts:
    """What a verdict says of one group.

    Attributes
    ----------
    name : str
        The usual one, such as ``S4``, or a description such as ``order 48, derived length 3``.
    order : int
    abelian, nilpotent : bool
    derived_length : int or None
        None where the group is not solvable.
    factors : tuple of str
        Composition factors, those of prime order first, such as ``('C2', 'A5')`` (Jordan and Hölder).

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> facts_of(group("SL2_2"))
    GroupFacts(name='S3', order=6, abelian=False, nilpotent=False, derived_length=2, factors=('C2', 'C3'))
    """

    name: str
    order: int
    abelian: bool
    nilpotent: bool
    derived_length: int | None
    factors: tuple[str, ...]

    @property
    def solvable(self) -> bool:
        """Whether every composition factor is of prime order."""
        return self.derived_length is not None

    @property
    def simple_factors(self) -> tuple[str, ...]:
        """The different composition factors that are not abelian, such as ``('A5',)``."""
        return tuple(dict.fromkeys(name for name in self.factors if name[0] != "C"))

    def to_json(self) -> dict[str, Any]:
        """Return the facts as what JSON can hold."""
        return {**asdict(self), "factors": list(self.factors)}


def facts_of(group: Group) -> GroupFacts:
    """Return the facts of a group that has a table."""
    return GroupFacts(
        name=group_name(group),
        order=group.order,
        abelian=group.abelian,
        nilpotent=is_nilpotent(group),
        derived_length=derived_length(group),
        factors=composition_factors(group),
    )


def natural_facts(order: int, points: int) -> GroupFacts | None:
    """Return the facts of a permutation group that its order alone shows to be symmetric or alternating.

    Only the whole symmetric group has n! elements on n points, and its only subgroup of index 2 is alternating.

    Examples
    --------
    >>> natural_facts(12, 4).name, natural_facts(8, 4)
    ('A4', None)
    """
    whole = math.factorial(points)
    if points < 3 or order not in (whole, whole // 2):
        return None
    symmetric = order == whole
    length = {3: 1, 4: 2}.get(points)
    even = prime_names(whole // 2) if length else [f"A{points}"]
    name = "C3" if order == 3 else f"{'S' if symmetric else 'A'}{points}"
    return GroupFacts(
        name=name,
        order=order,
        abelian=order == 3,
        nilpotent=order == 3,
        derived_length=length and length + symmetric,
        factors=sorted_factors([*even, *(["C2"] if symmetric else [])]),
    )


def generating_rows(permutations: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return few of the permutations of a group that generate it.

    Parameters
    ----------
    permutations : int array, shape (order, points)
        All of them.

    Examples
    --------
    >>> generating_rows(np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])).tolist()
    [[1, 2, 0]]
    """
    identity = tuple(range(permutations.shape[1]))
    known = {identity}
    chosen: list[tuple[int, ...]] = []
    for row in map(tuple, permutations.tolist()):
        if row in known:
            continue
        chosen.append(row)
        known = {identity}
        queue = [identity]
        for element in queue:
            for step in chosen:
                product = tuple(step[x] for x in element)
                if product not in known:
                    known.add(product)
                    queue.append(product)
        if len(known) == len(permutations):
            break
    return np.array(chosen or [identity])


def facts_of_permutations(permutations: NDArray[np.integer]) -> GroupFacts:
    """Return the facts of a group given by all its permutations, shape (order, points)."""
    order, points = permutations.shape
    rows = np.ascontiguousarray(permutations[np.lexsort(permutations.T[::-1])], np.uint16)
    return natural_facts(order, points) or _facts(rows.tobytes(), points)


@lru_cache(maxsize=1024)
def _facts(rows: bytes, points: int) -> GroupFacts:
    permutations = np.frombuffer(rows, np.uint16).reshape(-1, points)
    return facts_of(Group.from_permutations("subgroup", generating_rows(permutations)))
