"""Groups by name: ``C6``, ``D4``, ``S5``, ``SL2_3``, ``C2xC4``, ``C2wrC3``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..errors import RequestError
from ..names import nearest
from .cayley import LARGEST_ORDER
from .group_families import (
    Generators,
    affine,
    alternating,
    cyclic,
    dihedral,
    direct_product,
    heisenberg,
    projective,
    quaternion,
    special_linear,
    symmetric,
    wreath_product,
)
from .groups import Group

EXAMPLES = ("C6", "D4", "S5", "A5", "Q8", "F20", "H3", "SL2_3", "PSL2_7", "C2xC4", "C2wrC3")
"""One name of each form."""


def names_of_order(order: int) -> list[str]:
    """Return the names of the families (no products) that have a group of an order, the most usual first.

    Examples
    --------
    >>> names_of_order(6), names_of_order(60)
    (['C6', 'S3', 'D3', 'F6', 'SL2_2', 'PSL2_2'], ['C60', 'A5', 'D30', 'PSL2_5'])
    """
    found = []
    for letters in ("C", "S", "A", "D", "Q", "F", "H", "SL2_", "PSL2_"):
        family = _FAMILIES[letters]
        for n in family.sizes():
            if family.order(n) >= order:
                found += [f"{letters}{n}"] if family.order(n) == order else []
                break
    return found


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def _affine_prime(order: int) -> int:
    return (1 + math.isqrt(1 + 4 * order)) // 2


def _is_affine_order(order: int) -> bool:
    p = _affine_prime(order)
    return _is_prime(p) and p * (p - 1) == order


@dataclass(frozen=True)
class _Family:
    letters: str
    accepts: Callable[[int], bool]
    rule: str
    order: Callable[[int], int]
    generators: Callable[[int], Generators]

    def sizes(self) -> Iterator[int]:
        """Yield the numbers that give a group within the limit."""
        for n in filter(self.accepts, range(1, LARGEST_ORDER + 1)):
            if self.order(n) > LARGEST_ORDER:
                return
            yield n


_FAMILIES = {
    family.letters: family
    for family in (
        _Family("C", lambda n: n >= 1, "n at least 1", lambda n: n, cyclic),
        _Family("D", lambda n: n >= 3, "n at least 3 (Dn has order 2n)", lambda n: 2 * n, dihedral),
        _Family("S", lambda n: n >= 2, "n at least 2", math.factorial, symmetric),
        _Family("A", lambda n: n >= 3, "n at least 3", lambda n: math.factorial(n) // 2, alternating),
        _Family("Q", lambda n: n == 8, "the quaternion group Q8", lambda n: n, lambda n: quaternion()),
        _Family(
            "F",
            _is_affine_order,
            "an order p(p-1) for a prime p",
            lambda n: n,
            lambda n: affine(_affine_prime(n)),
        ),
        _Family("H", _is_prime, "a prime", lambda p: p**3, heisenberg),
        _Family("SL2_", _is_prime, "a prime", lambda p: p * (p * p - 1), special_linear),
        _Family("PSL2_", _is_prime, "a prime", lambda p: p * (p * p - 1) // math.gcd(2, p - 1), projective),
    )
}

_ATOM = re.compile(r"(PSL2_|SL2_|[CDSAQFH])([1-9][0-9]*)")
_DIGITS = 4  # a longer number is over the limit in every family, and its factorial would take a while


def group(name: str) -> Group:
    """Return the group of a name.

    Elements are numbered in the lexicographic order of their permutations, the identity first. Element k of
    Cn adds k; (g, h) in a product GxH is number g * order(H) + h. Datasets depend on this numbering.

    Parameters
    ----------
    name : str
        ``Cn`` cyclic (n at least 1), ``Dn`` dihedral of order 2n (n at least 3), ``Sn`` symmetric (n at least
        2), ``An`` alternating (n at least 3), ``Q8``; for a prime p ``Fm`` affine maps of the field, m being
        p(p-1), ``Hp`` Heisenberg of order p³, ``SL2_p``, ``PSL2_p``. ``GxH`` is a direct product of any
        number of factors, ``GwrH`` the wreath product with one copy of G for each point of H; ``wr`` binds
        closer than ``x`` and groups to the left.

    Raises
    ------
    RequestError
        For another name, or a group with more than 5040 elements.

    Examples
    --------
    >>> group("S5").order, group("C2wrC3").order, group("C2xC4").abelian
    (120, 24, True)
    >>> group("D2")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: group 'D2': expected n at least 3 (Dn has order 2n); did you mean 'D3'?
    """
    return _named(name)


@lru_cache(maxsize=32)
def _named(name: str) -> Group:
    product: Group | None = None
    for term in name.split("x"):
        factor: Group | None = None
        for text in term.split("wr"):
            atom = _atom(text, name)
            factor = atom if factor is None else _wreath(factor, atom)
        assert factor is not None
        product = factor if product is None else _direct(product, factor)
    assert product is not None
    return product


def _atom(text: str, whole: str) -> Group:
    match = _ATOM.fullmatch(text)
    if match is None:
        raise _unknown(text, whole)
    family = _FAMILIES[match[1]]
    if len(match[2]) > _DIGITS:
        raise RequestError(f"group {text!r} is too large: the limit is {LARGEST_ORDER} elements")
    n = int(match[2])
    if not family.accepts(n):
        near = min(family.sizes(), key=lambda m: abs(m - n))
        raise RequestError(f"group {text!r}: expected {family.rule}; did you mean '{family.letters}{near}'?")
    _within_limit(text, family.order(n))
    return Group.from_permutations(text, family.generators(n))


def _direct(a: Group, b: Group) -> Group:
    name = f"{a.name}x{b.name}"
    _within_limit(name, a.order * b.order)
    return Group.from_permutations(name, direct_product(a, b))


def _wreath(base: Group, top: Group) -> Group:
    name = f"{base.name}wr{top.name}"
    _within_limit(name, base.order**top.degree * top.order)
    return Group.from_permutations(name, wreath_product(base, top))


def _within_limit(name: str, order: int) -> None:
    if order > LARGEST_ORDER:
        written = str(order) if order < 10**15 else "more than 10^15"
        raise RequestError(f"group {name!r} has order {written}: the limit is {LARGEST_ORDER}")


def _unknown(text: str, whole: str) -> RequestError:
    given = f"unknown group {text!r}" + (f" in {whole!r}" if text != whole else "")
    number = re.search(r"[1-9][0-9]{0,3}$", text)
    options = [*EXAMPLES]
    if number:
        n = int(number[0])
        options += [f"{letters}{n}" for letters, family in _FAMILIES.items() if n in family.sizes()]
    near = nearest(text.replace("Z", "C"), options)  # many write Zn for the cyclic group
    hint = f"; did you mean {near!r}?" if near else ""
    return RequestError(f"{given}: expected a name such as {', '.join(EXAMPLES)}{hint}")
