"""The non-abelian simple groups by their orders."""

from __future__ import annotations

import math
from functools import cache

# Conway and others, Atlas of Finite Groups, 1985: the simple groups below one million that are
# neither alternating nor of type PSL(2, q), and the two other Mathieu groups.
_OTHERS = {
    5616: "PSL3_3",
    6048: "PSU3_3",
    7920: "M11",
    25920: "PSU4_2",
    29120: "Sz8",
    62400: "PSU3_4",
    95040: "M12",
    126000: "PSU3_5",
    175560: "J1",
    372000: "PSL3_5",
    443520: "M22",
    604800: "J2",
    979200: "PSp4_4",
    10200960: "M23",
    244823040: "M24",
}
_LARGEST = 1_000_000


def prime_factors(n: int) -> dict[int, int]:
    """Return the primes of n with their exponents, in order.

    Examples
    --------
    >>> prime_factors(360)
    {2: 3, 3: 2, 5: 1}
    """
    found: dict[int, int] = {}
    p = 2
    while p * p <= n:
        while n % p == 0:
            found[p] = found.get(p, 0) + 1
            n //= p
        p += 1
    if n > 1:
        found[n] = found.get(n, 0) + 1
    return found


@cache
def _names() -> dict[int, str]:
    names = dict(_OTHERS)
    for q in range(7, 200):
        if len(prime_factors(q)) == 1 and q != 9:
            order = q * (q * q - 1) // math.gcd(2, q - 1)
            if order < _LARGEST:
                names[order] = f"PSL2_{q}"
    # Named so where they are of type PSL(2, q) too: A5 = PSL(2, 4) = PSL(2, 5), A6 = PSL(2, 9).
    names.update({math.factorial(n) // 2: f"A{n}" for n in range(5, 26)})
    return names


def simple_name(order: int, has_element_of_order_15: bool = False) -> str:
    """Return the name of the non-abelian simple group of an order.

    Below one million the order tells them apart, but for 20160: A8 has elements of order 15, PSL3_4 has none.

    Parameters
    ----------
    order : int
    has_element_of_order_15 : bool

    Returns
    -------
    str
        Such as ``A5``; a description where the order is not among the known ones.

    Examples
    --------
    >>> simple_name(60), simple_name(168), simple_name(20160), simple_name(20160, True)
    ('A5', 'PSL2_7', 'PSL3_4', 'A8')
    """
    if order == 20160 and not has_element_of_order_15:
        return "PSL3_4"
    return _names().get(order, f"simple group of order {order}")
