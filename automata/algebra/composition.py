"""What a finite group is made of: normal subgroups, quotients, composition factors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..cayley import few_generators, subgroup
from ..group_structure import conjugacy_classes, derived_series, element_orders, is_simple, normal_closure
from ..groups import Group
from .simple_groups import prime_factors, simple_name

Elements = NDArray[np.int32]


def restricted(group: Group, elements: Elements) -> Group:
    """Return a subgroup, given by its sorted elements, as a group of its own.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> restricted(group("S4"), derived_series(group("S4"))[1]).order
    12
    """
    number = np.full(group.order, -1, np.int32)
    number[elements] = np.arange(len(elements))
    table = number[group.table[np.ix_(elements, elements)]]
    # The group's own points are fewer than the elements, so there is less to check.
    return Group(f"subgroup of {group.name}", table, few_generators(table), group.permutations[elements])


def quotient(group: Group, normal: Elements) -> Group:
    """Return the group of cosets of a normal subgroup, given by its elements.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> quotient(group("S4"), derived_series(group("S4"))[2]).order
    6
    """
    least = group.table[:, normal].min(axis=1)  # the least element of the coset of each element
    representatives, coset = np.unique(least, return_inverse=True)
    table = coset[group.table[np.ix_(representatives, representatives)]]
    return Group.from_table(f"quotient of {group.name}", table)


def normal_subgroups(group: Group, most: int) -> list[Elements] | None:
    """Return the normal subgroups, smallest first; None where there are more than `most`.

    Each is a join of closures of single elements.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [len(normal) for normal in normal_subgroups(group("S4"), most=10)]
    [1, 4, 12, 24]
    """
    table = group.table
    generators: dict[bytes, list[int]] = {}
    known: dict[bytes, Elements] = {}
    for members in conjugacy_classes(group):
        chosen = normal_closure(group, [int(members[0])])
        closed = subgroup(table, chosen)
        generators[closed.tobytes()], known[closed.tobytes()] = chosen, closed
    closures = list(generators)
    queue = list(generators)
    for one in queue:
        for other in closures:
            chosen = [*generators[one], *generators[other]]
            joined = subgroup(table, chosen)
            key = joined.tobytes()
            if key not in known:
                generators[key], known[key] = chosen, joined
                queue.append(key)
        if len(known) > most:
            return None
    return sorted(known.values(), key=len)


def is_nilpotent(group: Group) -> bool:
    """Return whether there is one Sylow subgroup for each prime: the group is their product.

    That is so exactly where the elements of order a power of p are as many as the p-part of the order.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [is_nilpotent(group(name)) for name in ("C6", "Q8", "S3", "H3")]
    [True, True, False, True]
    """
    orders = element_orders(group)
    for prime, exponent in prime_factors(group.order).items():
        power = prime**exponent
        if int((power % orders == 0).sum()) != power:
            return False
    return True


def composition_factors(group: Group) -> tuple[str, ...]:
    """Return the names of the composition factors, those of prime order first, with repetitions.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> composition_factors(group("S4"))
    ('C2', 'C2', 'C2', 'C3')
    >>> composition_factors(group("S5"))
    ('C2', 'A5')
    """
    last = derived_series(group)[-1]
    factors = prime_names(group.order // len(last))
    if len(last) > 1:
        factors += _factors_of_perfect(group if len(last) == group.order else restricted(group, last))
    return sorted_factors(factors)


def prime_names(order: int) -> list[str]:
    """Return the factors of a solvable group of an order.

    Examples
    --------
    >>> prime_names(12)
    ['C2', 'C2', 'C3']
    """
    return [f"C{p}" for p, exponent in prime_factors(order).items() for _ in range(exponent)]


def sorted_factors(factors: list[str]) -> tuple[str, ...]:
    """Return cyclic factors by their order, then the others by length and letters."""
    cyclic = sorted((name for name in factors if name[0] == "C"), key=lambda name: int(name[1:]))
    return (
        *cyclic,
        *sorted((name for name in factors if name[0] != "C"), key=lambda name: (len(name), name)),
    )


def _factors_of_perfect(group: Group) -> Iterator[str]:
    if is_simple(group):
        yield simple_name(group.order)  # orders within the limit of tables tell simple groups apart
        return
    closures = (
        subgroup(group.table, normal_closure(group, [int(members[0])]))
        for members in conjugacy_classes(group)[1:]
    )
    normal = max((closed for closed in closures if len(closed) < group.order), key=len)
    for part in (restricted(group, normal), quotient(group, normal)):
        yield from composition_factors(part)
