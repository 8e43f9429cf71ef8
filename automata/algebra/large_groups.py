"""Facts of permutation groups, whatever their order."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from ..cayley import LARGEST_ORDER
from ..groups import Group
from .composition import composition_factors, prime_names, sorted_factors
from .group_facts import GroupFacts, facts_of, natural_facts
from .group_naming import abelian_invariants, abelian_name, description
from .permutation_actions import (
    fixing,
    fixing_blocks,
    inside_a_block,
    minimal_blocks,
    on_blocks,
    orbits,
    restricted_to,
)
from .permutation_groups import PermutationGroup, Rows, then
from .simple_groups import prime_factors, simple_name

RANDOM_ELEMENTS = 256
_SMALL_DEGREE = 25  # 5 x 5: the least degree of a primitive group whose socle is a product of simple groups


def facts_of_generators(group: PermutationGroup) -> GroupFacts:
    """Return the facts of a permutation group.

    A group of order at most 5040 is explored by its table, a larger one by stabiliser chains.

    Raises
    ------
    GroupLimitError
        Where that takes too long.

    Examples
    --------
    >>> facts_of_generators(PermutationGroup(np.array([[1, 2, 3, 4, 5, 6, 7, 8, 0], [1, 0, *range(2, 9)]])))
    GroupFacts(name='S9', order=362880, abelian=False, nilpotent=False, derived_length=None, factors=('C2', 'A9'))
    """
    natural = natural_facts(group.order, group.points)
    if natural is not None:
        return natural
    if group.abelian:
        return _abelian_facts(group)
    if group.order <= LARGEST_ORDER:
        return facts_of(_with_table(group))
    series = group.derived_series()
    length = len(series) - 1 if series[-1].order == 1 else None
    factors = _factors(group)
    return GroupFacts(
        name=_wreath_name(group) or _simple(factors) or description(group.order, length),
        order=group.order,
        abelian=False,
        nilpotent=group.nilpotent,
        derived_length=length,
        factors=sorted_factors(factors),
    )


def facts_of_elements(permutations: Rows) -> GroupFacts:
    """Return the facts of a group given by all its elements, as permutations, shape (order, points).

    Examples
    --------
    >>> facts_of_elements(np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])).name
    'C3'
    """
    order, points = permutations.shape
    natural = natural_facts(order, points)
    if natural is not None:
        return natural
    # Many D-classes of a monoid have one and the same group.
    rows = permutations[np.lexsort(permutations.T[::-1])]
    return _facts_of_elements(np.ascontiguousarray(rows, np.int32).tobytes(), points)


@lru_cache(maxsize=256)
def _facts_of_elements(rows: bytes, points: int) -> GroupFacts:
    permutations = np.frombuffer(rows, np.int32).reshape(-1, points)
    rng = np.random.default_rng(0)
    chosen = permutations[:1]
    group = PermutationGroup(chosen)
    while group.order < len(permutations):
        row = permutations[rng.integers(len(permutations))]
        if not group.chain.contains(row):
            chosen = np.concatenate([chosen, row[None]])
            group = PermutationGroup(chosen)
    return facts_of_generators(group)


def _abelian_facts(group: PermutationGroup) -> GroupFacts:
    # The power map is a homomorphism: x^q = 1 has as many solutions as there are elements for each q-th power.
    order = group.order
    name = abelian_name(abelian_invariants(order, lambda q: order // group.powers(q).order))
    factors = sorted_factors(prime_names(order))
    return GroupFacts(name, order, True, True, int(order > 1), factors)


def _with_table(group: PermutationGroup) -> Group:
    return Group.from_permutations("group", group.rows if len(group.rows) else np.arange(group.points)[None])


def _simple(factors: list[str]) -> str | None:
    return factors[0] if len(factors) == 1 else None


def _factors(group: PermutationGroup) -> list[str]:
    if group.order <= LARGEST_ORDER:
        return list(composition_factors(_with_table(group)))
    last = group.derived_series()[-1]
    found = prime_names(group.order // last.order)
    return found + (_factors_of_perfect(last) if last.order > 1 else [])


def _factors_of_perfect(group: PermutationGroup) -> list[str]:
    if group.order <= LARGEST_ORDER:
        return _factors(group)
    label = orbits(group.rows)
    moved = np.flatnonzero((group.rows != np.arange(group.points)).any(axis=0))
    orbit = np.flatnonzero(label == label[moved[0]])
    image = PermutationGroup(restricted_to(group.rows, orbit))
    if image.order < group.order:
        return _factors(image) + _factors(fixing(group.rows, orbit))
    blocks = minimal_blocks(image.rows)
    if blocks is not None:
        return _factors(PermutationGroup(on_blocks(image.rows, blocks))) + _factors(
            fixing_blocks(image.rows, blocks)
        )
    return _factors_of_primitive(image)


def _factors_of_primitive(group: PermutationGroup) -> list[str]:
    natural = natural_facts(group.order, group.points)
    if natural is not None:
        return list(natural.factors)
    # A minimal normal subgroup N of a primitive group is transitive. It is elementary abelian, and then the degree
    # is a prime power, or it is simple, and then a perfect group above it is N itself, as automorphisms
    # modulo inner ones are solvable; or N is a product of simple groups, and then the degree is at
    # least 25 and the group is not doubly transitive (O'Nan and Scott; Burnside; Dixon and Mortimer, Permutation
    # Groups, 1996, chapter 4). A group of prime degree that is not solvable is doubly transitive and simple.
    primes = prime_factors(group.points)
    stabiliser = fixing(group.rows, np.zeros(1, np.int64))
    doubly = len(np.unique(orbits(stabiliser.rows))) == 2
    # In an affine group the stabiliser of a point is the quotient by N, so perfect.
    power = len(primes) == 1 and group.points not in primes
    affine = power and stabiliser.commutator_subgroup().order == stabiliser.order
    if not affine and (group.points < _SMALL_DEGREE or doubly):
        return [simple_name(group.order, _has_element_of_order_15(group))]
    if group.points == 16:  # all but the alternating group are affine (the same, appendix B)
        return ["C2"] * 4 + _factors(stabiliser)
    return [f"perfect group of order {group.order}"]


def _has_element_of_order_15(group: PermutationGroup) -> bool:
    rng = np.random.default_rng(0)
    element: Rows = np.arange(group.points)
    for _ in range(RANDOM_ELEMENTS):
        element = then(element, group.rows[rng.integers(len(group.rows))])
        if _order(element.tolist()) == 15:
            return True
    return False


def _order(row: list[int]) -> int:
    order, seen = 1, set[int]()
    for p in range(len(row)):
        length = 0
        while p not in seen:
            seen.add(p)
            p = row[p]
            length += 1
        order = math.lcm(order, length or 1)
    return order


def _wreath_name(group: PermutationGroup) -> str | None:
    # An imprimitive group lies in the wreath product of what it does inside a block with what it does to the blocks.
    if len(np.unique(orbits(group.rows))) > 1:
        return None
    blocks = minimal_blocks(group.rows)
    if blocks is None:
        return None
    base = PermutationGroup(inside_a_block(group.rows, blocks))
    top = PermutationGroup(on_blocks(group.rows, blocks))
    if base.order**top.points * top.order != group.order:
        return None
    names = [facts_of_generators(part).name for part in (base, top)]
    return None if any(" " in name or "x" in name for name in names) else "wr".join(names)
