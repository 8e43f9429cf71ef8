"""The transition monoid: what the words over an alphabet do to the states, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ...names import positive
from ..semiautomaton import Semiautomaton
from .packed import MOST_POINTS, byte_tables, enumerate_packed, pack, unpack
from .wide import enumerate_wide

LIMIT = 1_000_000
"""Elements at which enumeration stops where the caller names no limit."""

MEMORY = 1 << 29
"""Bytes that the elements, or one Cayley graph, may take."""

WORK = 4096
"""Images of points that may be computed for each element of the limit."""


class MonoidLimitError(RequestError):
    """A monoid has more elements than the limit."""


@numba.njit(cache=True, nogil=True)
def _left(right, prefix, last):  # type: ignore[no-untyped-def]
    # x = p·a in the shortlex order, so g·x = (g·p)·a is two steps on paths that are known already.
    count, generators = right.shape
    left = np.empty((count, generators), np.int32)
    left[0] = right[0]
    for i in range(1, count):
        for g in range(generators):
            left[i, g] = right[left[prefix[i], g], last[i]]
    return left


@numba.njit(cache=True, nogil=True)
def _idempotent(maps, result):  # type: ignore[no-untyped-def]
    for i in range(len(maps)):
        row = maps[i]
        result[i] = True
        for p in range(len(row)):
            if row[row[p]] != row[p]:
                result[i] = False
                break


@dataclass(frozen=True, eq=False)
class TransitionMonoid:
    """The monoid of maps that words make of the states; element 0 is the identity, the empty word.

    Products read left to right, as words do. Elements are numbered in the order of their shortlex least words
    over the generators. `TransitionMonoid.of` makes it.

    Attributes
    ----------
    generators : int array, shape (G, states)
        The different maps of single symbols.
    generator_of : int32 array, shape (symbols,)
        Which of them each symbol is.
    right : int32 array, shape (size, G)
        The right Cayley graph: ``right[x, g]`` is "x, then g".
    prefix, last : int32 array, shape (size,)
        The least word of x is that of ``prefix[x]`` followed by generator ``last[x]``; -1 for the identity.

    Examples
    --------
    >>> full = TransitionMonoid.of(Semiautomaton([[1, 1, 0], [0, 2, 1], [2, 0, 0]]))
    >>> full.size, full.word(5), full.maps[5].tolist()
    (27, (0, 2), [1, 0, 0])
    """

    generators: NDArray[np.integer]
    generator_of: NDArray[np.int32]
    right: NDArray[np.int32]
    prefix: NDArray[np.int32]
    last: NDArray[np.int32]
    _elements: NDArray[np.integer]

    @classmethod
    def of(cls, semiautomaton: Semiautomaton, limit: int = LIMIT) -> TransitionMonoid:
        """Return the transition monoid, enumerated breadth-first.

        A product is compared with what is known by hashing, and no product is computed for the left graph
        (Froidure and Pin, Algorithms for computing finite semigroups, 1997).

        Parameters
        ----------
        semiautomaton : Semiautomaton
        limit : int
            Most elements, the identity included. Fewer where they or their graph would take more than 512 MiB, or
            where there is more to compute than 4096 images of points for each element of the limit.

        Raises
        ------
        MonoidLimitError
            Where there are more; the message says how far the enumeration came.
        RequestError
            Where the limit is below 1.

        Examples
        --------
        >>> try:
        ...     TransitionMonoid.of(Semiautomaton([[1, 1, 0], [0, 2, 1], [2, 0, 0]]), limit=10)
        ... except MonoidLimitError as error:
        ...     print(str(error).split(":")[0])
        monoid of 3 states and 3 symbols has more than 10 elements, the limit
        """
        maps, generator_of = different_maps(semiautomaton)
        states = semiautomaton.states
        width = 8 if states <= MOST_POINTS else states * maps.itemsize
        most = min(positive("limit", limit), MEMORY // max(width, 4 * len(maps)))
        if states <= MOST_POINTS:
            identity = pack(np.arange(states)[None])[0]
            found = enumerate_packed(byte_tables(maps), identity, (states + 1) // 2, most)
        else:
            found = enumerate_wide(maps, most, WORK * limit)
        elements, right, prefix, last, count, expanded = found
        if expanded < count:
            reached = _length(prefix, expanded) + 1
            if count < most:
                far = f"at least {count} elements, and a limit of {limit} leaves no time for more"
            else:
                far = f"more than {most} elements, {'the limit' if most == limit else 'what fits in 512 MiB'}"
            raise MonoidLimitError(
                f"monoid of {states} states and {semiautomaton.symbols} symbols has {far}: "
                f"enumeration came to words of length {reached}"
            )
        if states > MOST_POINTS:
            elements = elements.reshape(count, states)
        for array in (elements, prefix, last):
            array.flags.writeable = False
        return cls(maps, generator_of, right.reshape(count, len(maps)), prefix, last, elements)

    @property
    def size(self) -> int:
        """Number of elements, the identity included."""
        return len(self.prefix)

    @property
    def states(self) -> int:
        """Number of points that elements map."""
        return int(self.generators.shape[1])

    @cached_property
    def left(self) -> NDArray[np.int32]:
        """The left Cayley graph, int32, shape (size, G): ``left[x, g]`` is "g, then x"."""
        left: NDArray[np.int32] = _left(self.right, self.prefix, self.last)
        return left

    @cached_property
    def maps(self) -> NDArray[np.integer]:
        """The elements as maps of states, unsigned, shape (size, states)."""
        if self.states > MOST_POINTS:
            return self._elements
        return unpack(self._elements.astype(np.uint64), self.states)

    @cached_property
    def idempotents(self) -> NDArray[np.int64]:
        """The elements x with xx = x, in their order."""
        result = np.empty(self.size, np.bool_)
        maps = self.maps.view()
        maps.flags.writeable = False
        _idempotent(maps, result)
        return np.flatnonzero(result)

    @cached_property
    def identity_is_a_word(self) -> bool:
        """Whether a word that is not empty acts as the identity: exactly where some symbol permutes the states."""
        return bool(permuting(self.generators).any())

    def word(self, element: int) -> tuple[int, ...]:
        """Return the shortlex least word over the generators that is this element."""
        letters = []
        while element > 0:
            letters.append(int(self.last[element]))
            element = int(self.prefix[element])
        return tuple(reversed(letters))

    def product(self, x: int, y: int) -> int:
        """Return "x, then y"."""
        for letter in self.word(y):
            x = int(self.right[x, letter])
        return x


def permuting(maps: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which maps are permutations, shape (K,).

    Examples
    --------
    >>> permuting(np.array([[1, 0], [1, 1]])).tolist()
    [True, False]
    """
    hit = np.zeros(maps.shape, np.bool_)
    np.put_along_axis(hit, maps.astype(np.int64), True, axis=1)
    every: NDArray[np.bool_] = np.asarray(hit.all(axis=1))
    return every


def different_maps(semiautomaton: Semiautomaton) -> tuple[NDArray[np.integer], NDArray[np.int32]]:
    """Return the different maps of single symbols, in the order of their first symbols, and which each symbol is.

    Examples
    --------
    >>> maps, which = different_maps(Semiautomaton([[1, 0, 1], [1, 1, 1]]))
    >>> maps.tolist(), which.tolist()
    ([[1, 1], [0, 1]], [0, 1, 0])
    """
    number: dict[bytes, int] = {}
    rows = np.ascontiguousarray(semiautomaton.compact.T)
    which = np.array([number.setdefault(row.tobytes(), len(number)) for row in rows], np.int32)
    _, first = np.unique(which, return_index=True)
    return rows[first], which


def _length(prefix: NDArray[np.int32], element: int) -> int:
    length = 0
    while element > 0:
        element = int(prefix[element])
        length += 1
    return length
