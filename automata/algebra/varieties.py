"""The finer classes of languages that their monoid decides."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

from .green import GreenRelations

# name: what is asked of the monoid M, or of the semigroup S of the words that are not empty
CLASSES = {
    "trivial": "M has one element",
    "group": "M is a group",
    "commutative": "xy = yx in M",
    "idempotent": "xx = x in M (a band)",
    "J-trivial": "J is equality in M: piecewise testable (Simon, 1975)",
    "R-trivial": "R is equality in M (Brzozowski and Fich, 1980)",
    "L-trivial": "L is equality in M",
    "DA": "every regular element of M is idempotent: FO2 (Thérien and Wilke, 1998)",
    "aperiodic": "H is equality in M: star-free (Schützenberger, 1965)",
    "definite": "se = e in S for idempotent e: the last symbols decide (Perles, Rabin and Shamir, 1963)",
    "reverse definite": "es = e in S for idempotent e: the first symbols decide (Brzozowski, 1963)",
    "generalised definite": "ese = e in S for idempotent e: the first and the last symbols decide",
    "locally testable": "eSe is a semilattice for idempotent e in S (Brzozowski and Simon, 1973; McNaughton, 1974)",
}
"""What each class means, and who found it: see Pin, Varieties of Formal Languages, 1986."""


def classes(green: GreenRelations) -> tuple[str, ...]:
    """Return the names of the classes of `CLASSES` to which a machine belongs, in that order.

    Parameters
    ----------
    green : GreenRelations
        Of the transition monoid of a minimal machine.

    Examples
    --------
    The last bit decides:

    >>> from krohn.automata.algebra.monoid import TransitionMonoid
    >>> from krohn.automata.semiautomaton import Semiautomaton
    >>> classes(GreenRelations(TransitionMonoid.of(Semiautomaton([[0, 1], [0, 1]]))))
    ('idempotent', 'L-trivial', 'DA', 'aperiodic', 'definite', 'generalised definite', 'locally testable')
    """
    monoid = green.monoid
    idempotents = len(monoid.idempotents)
    of_words = monoid.idempotents if monoid.identity_is_a_word else monoid.idempotents[1:]
    local_trivial = local_semilattices = True
    for elements in _local_monoids(green):
        local_trivial = local_trivial and len(elements) == 1
        local_semilattices = local_semilattices and _is_semilattice(green, elements)
        if not local_semilattices:
            break  # nor is this one trivial
    r_trivial, l_trivial = green.r_trivial, green.l_trivial
    decided = {
        "trivial": monoid.size == 1,
        "group": idempotents == 1,
        "commutative": np.array_equal(monoid.left, monoid.right),
        "idempotent": idempotents == monoid.size,
        "J-trivial": r_trivial and l_trivial,
        "R-trivial": r_trivial,
        "L-trivial": l_trivial,
        "DA": idempotents == int(green.regular[green.d].sum()),
        "aperiodic": green.h_trivial,
        # s = ta gives se = t(ae): single symbols are enough, on either side.
        "definite": bool((monoid.left[of_words] == of_words[:, None]).all()),
        "reverse definite": bool((monoid.right[of_words] == of_words[:, None]).all()),
        "generalised definite": local_trivial,
        "locally testable": local_semilattices,
    }
    return tuple(name for name in CLASSES if decided[name])


def _is_semilattice(green: GreenRelations, elements: NDArray[np.int64]) -> bool:
    # Green's relations of eSe are those of S; a band commutes exactly where they are all equality.
    idempotent = np.isin(elements, green.monoid.idempotents, assume_unique=True)
    return bool(idempotent.all()) and len(np.unique(green.d[elements])) == len(elements)


def _local_monoids(green: GreenRelations) -> Iterator[NDArray[np.int64]]:
    """Yield the elements of eSe for one e of each maximal regular D-class of the semigroup S of words.

    Below e lies an idempotent of every regular D-class below that of e, and idempotents of one D-class have
    isomorphic local monoids: the others are contained in these.
    """
    monoid = green.monoid
    regular = green.regular.copy()
    if not monoid.identity_is_a_word:
        regular[green.d[0]] = False
    below = np.zeros(green.d_classes, np.bool_)
    _mark_below(monoid.right, monoid.left, green.d, regular, below)
    _, first = np.unique(green.d[monoid.idempotents], return_index=True)
    maps = monoid.maps
    for e in monoid.idempotents[first].tolist():
        d_class = green.d[e]
        if regular[d_class] and not below[d_class]:
            fixed = (maps[:, maps[e]] == maps).all(axis=1) & (maps[e][maps] == maps).all(axis=1)
            yield np.flatnonzero(fixed)


@numba.njit(cache=True, nogil=True)
def _mark_below(right, left, d, regular, below):  # type: ignore[no-untyped-def]
    # Set below[c] for the D-classes strictly below a regular one; a change may concern classes seen before.
    changed = True
    while changed:
        changed = False
        for x in range(len(d)):
            if not (regular[d[x]] or below[d[x]]):
                continue
            for g in range(right.shape[1]):
                for y in (d[right[x, g]], d[left[x, g]]):
                    if y != d[x] and not below[y]:
                        below[y] = True
                        changed = True
