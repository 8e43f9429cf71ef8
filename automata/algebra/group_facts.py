"""What a verdict says of one group: name, order, derived length, composition factors."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

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
    if (
        points < 3
        or order < 2 ** (points - 2)
        or order not in (math.factorial(points), math.factorial(points) // 2)
    ):
        return None  # the second test spares factorials of thousands
    whole = math.factorial(points)
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
