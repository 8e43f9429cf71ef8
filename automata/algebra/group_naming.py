"""The usual name of a finite group: ``C2xC4``, ``S3``, ``SL2_3``, ``C2xA4``, ``C2wrC4``; else what it is like."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..group_names import group as named_group
from ..group_names import names_of_order
from ..group_structure import derived_length, element_orders
from ..groups import Group
from .composition import normal_subgroups, restricted
from .group_isomorphism import isomorphic_groups
from .simple_groups import prime_factors

NORMAL_SUBGROUPS = 200
"""Direct factors are not looked for among more normal subgroups than this."""


def abelian_invariants(order: int, solutions: Callable[[int], int]) -> tuple[int, ...]:
    """Return d_1 | d_2 | … of an abelian group.

    Parameters
    ----------
    order : int
    solutions : callable
        For a prime power q, the number of elements x with x^q = 1. For q = p^k that is p to the sum of min(k, e)
        over the cyclic factors of order p^e.

    Examples
    --------
    >>> abelian_invariants(8, lambda q: {1: 1, 2: 4}.get(q, 8))
    (2, 4)
    """
    powers: list[int] = []
    for p, top in prime_factors(order).items():
        counts = [solutions(p**k) for k in range(top + 2)]
        at_least = [round(math.log(b / a, p)) for a, b in itertools.pairwise(counts)]
        for k, (here, above) in enumerate(zip(at_least, [*at_least[1:], 0], strict=True), 1):
            powers += [p**k] * (here - above)
    return invariant_factors(powers)


def invariant_factors(powers: Iterable[int]) -> tuple[int, ...]:
    """Return d_1 | d_2 | … of a product of cyclic groups of prime power orders.

    Examples
    --------
    >>> invariant_factors([2, 4, 3])
    (2, 12)
    """
    by_prime: dict[int, list[int]] = {}
    for power in sorted(powers, reverse=True):
        by_prime.setdefault(next(iter(prime_factors(power))), []).append(power)
    longest = max(map(len, by_prime.values()), default=0)
    columns = (math.prod(row[i] for row in by_prime.values() if i < len(row)) for i in range(longest))
    return tuple(reversed(list(columns)))


def abelian_name(invariants: Iterable[int]) -> str:
    """Return the name of an abelian group, such as ``C2xC4``; ``C1`` for no invariants.

    Examples
    --------
    >>> abelian_name((2, 4)), abelian_name(())
    ('C2xC4', 'C1')
    """
    return "x".join(f"C{d}" for d in invariants) or "C1"


def description(order: int, length: int | None) -> str:
    """Return what is said of a group without a name.

    Examples
    --------
    >>> description(48, 3), description(336, None)
    ('order 48, derived length 3', 'order 336, not solvable')
    """
    return f"order {order}, " + ("not solvable" if length is None else f"derived length {length}")


def group_name(group: Group) -> str:
    """Return the usual name of a group, whatever it was called.

    Looked for among abelian groups, the families of `krohn.automata.group`, direct products of those, wreath
    products, generalised quaternion groups (``Q16``, order 16) and Frobenius groups (``C7:C3``); a name is given
    only where an isomorphism was found. Otherwise order and derived length.

    Examples
    --------
    >>> from krohn.automata.group_names import group
    >>> [group_name(group(name)) for name in ("PSL2_5", "C2wrC3", "C3xC4", "SL2_2", "C2wrC4", "C2xS3")]
    ['A5', 'C2xA4', 'C12', 'S3', 'C2wrC4', 'D6']
    """
    return _known_name(group) or _product_name(group) or description(group.order, derived_length(group))


def _known_name(group: Group) -> str | None:
    if group.abelian:
        return abelian_name(_invariants(group))
    rotates = group.order // 2 in element_orders(group)
    for name in [*names_of_order(group.order)[1:], *_wreath_names(group.order)]:  # the first is cyclic
        if name[0] == "D" and "wr" not in name and not rotates:
            continue  # dihedral groups are the only large ones that are tried at every even order
        if isomorphic_groups(named_group(name), group):
            # C2wrC3 is a direct product, which says more.
            return (_product_name(group) or name) if "wr" in name else name
    return _metacyclic_name(group)


def _invariants(group: Group) -> tuple[int, ...]:
    orders = element_orders(group)
    return abelian_invariants(group.order, lambda q: int((q % orders == 0).sum()))


def _wreath_names(order: int) -> Iterator[str]:
    for degree in range(2, order.bit_length()):
        for base in range(2, order):
            if base**degree * degree > order:
                break
            if order % base**degree:
                continue
            for top in names_of_order(order // base**degree):
                if named_group(top).degree == degree:
                    yield from (f"{name}wr{top}" for name in names_of_order(base))


def _metacyclic_name(group: Group) -> str | None:
    # Generators a, b with a^n = 1 and b^-1 ab = a^k: tried in the group itself, so no other is needed.
    return _dicyclic_name(group) or _frobenius_name(group)


def _dicyclic_name(group: Group) -> str | None:
    # a of order 2m, every b outside <a> of order 4 with b^-1 ab = a^-1; order 4m.
    half = group.order // 2
    table, orders = group.table, element_orders(group)
    if group.order % 4 or group.order < 12 or half not in orders:
        return None
    a = int(np.argmax(orders == half))
    inside = {0}
    power = a
    while power:
        inside.add(power)
        power = int(table[power, a])
    b = next(x for x in range(group.order) if x not in inside)
    inverts = int(table[table[group.inverse(b), a], b]) == group.inverse(a)
    return f"Q{group.order}" if inverts and orders[b] == 4 else None


def _frobenius_name(group: Group) -> str | None:
    # C_p : C_m acting faithfully, m a divisor of p - 1: no element outside the kernel commutes with one inside.
    p = max(prime_factors(group.order))
    m = group.order // p
    orders = element_orders(group)
    counts = np.bincount(orders, minlength=group.order + 1)
    if (p - 1) % m or int(counts[p]) != p - 1 or m not in orders:
        return None
    mixed = (orders % p == 0) & (orders > p)
    return None if mixed.any() else f"C{p}:C{m}"


def _product_name(group: Group) -> str | None:
    factors = _direct_factors(group)
    if len(factors) < 2:
        return None
    powers = [power for factor in factors if factor.abelian for power in _invariants(factor)]
    others = sorted((factor for factor in factors if not factor.abelian), key=lambda factor: factor.order)
    names = [_known_name(factor) for factor in others]
    cyclic = [abelian_name(invariant_factors(powers))] if powers else []
    known = [name for name in names if name is not None]
    return "x".join([*cyclic, *known]) if len(known) == len(names) else None


def _direct_factors(group: Group) -> list[Group]:
    normal = normal_subgroups(group, NORMAL_SUBGROUPS) or []
    for one in normal[1:]:
        for other in normal[1:]:
            if len(one) * len(other) == group.order and len(np.intersect1d(one, other)) == 1:
                return [restricted(group, one), *_direct_factors(restricted(group, other))]
    return [group]
