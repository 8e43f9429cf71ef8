"""One level of a cascade: a coordinate that groups turn or that is reset, and how primes make it.

The coordinate is a tile x. Its primes are the simple factors of each group, with coordinates e that name an
element g, and a flip-flop r, with x = r · g. Turning by h makes g into g · h and holds r. Resetting to x*
makes r into x* · g^{-1} and leaves g alone, for a group cannot be reset.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plan import HOLD
from .series import Series

Table = NDArray[np.int32]


@dataclass(frozen=True)
class Prime:
    """A simple group or a flip-flop.

    Attributes
    ----------
    name : str
        Such as ``C2``, ``A5`` or ``flip-flop(3)``.
    size : int
        Elements of the group, or values of the flip-flop.
    is_group : bool
    """

    name: str
    size: int
    is_group: bool


@dataclass(frozen=True, eq=False)
class Level:
    """One level of a cascade.

    Attributes
    ----------
    size : int
        Values of the coordinate.
    groups : tuple of Series or None
        For each class of image sets, the group that permutes its tiles; None for the trivial one.
    action : int32 array, shape (carried, 3)
        What each carried value does: the class, the element to turn by (0 for none), the tile to reset to
        (-1 for none).
    carry : int32 array, shape (carried, size)
        What goes to the next level, by the coordinate before the symbol; -1 where that never is.
    place : int32 array, shape (places, size)
        Where a coordinate leads from each place; -1 where that never is.
    classes : int32 array, shape (places,)
        The class whose tiles the coordinate numbers at each place.
    """

    size: int
    groups: tuple[Series | None, ...]
    action: Table
    carry: Table
    place: Table
    classes: Table

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Level) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.size, self.action.tobytes(), self.carry.tobytes(), self.place.tobytes()))

    def with_tables(self, carry: Table, place: Table) -> Level:
        """Return the level with other tables."""
        return Level(self.size, self.groups, self.action, carry, place, self.classes)

    @cached_property
    def turning(self) -> tuple[int, ...]:
        """The classes whose groups ever turn."""
        return tuple(sorted({int(index) for index, turn, _ in self.action if turn}))

    @cached_property
    def primes(self) -> tuple[Prime, ...]:
        """The simple groups and the flip-flop that make the level, groups first."""
        found = []
        for index in self.turning:
            series = self.groups[index]
            assert series is not None
            found += [Prime(factor.name, factor.order, True) for factor in series.factors]
        if (self.action[:, 2] != HOLD).any():
            found.append(Prime(f"flip-flop({self.size})", self.size, False))
        return tuple(found)

    @cached_property
    def after(self) -> Table:
        """The coordinate after the symbol, by carried value and coordinate before; shape (carried, size)."""
        result = np.tile(np.arange(self.size, dtype=np.int32), (len(self.action), 1))
        for row, (index, turn, reset) in zip(result, self.action.tolist(), strict=True):
            series = self.groups[index]
            if reset != HOLD:
                row[:] = reset
            elif turn and series is not None:
                permutation = series.group.permutations[turn]
                row[: len(permutation)] = permutation
        return result

    @property
    def entries(self) -> int:
        """Entries of the dependency table that occur: (carried value, coordinate)."""
        return int((self.carry >= 0).sum())

    def verify(self) -> int:
        """Prove that the primes make the level; return how many cases were checked.

        For every element g of every group: multiplying by each element that turns, factor by factor, gives the
        product; and a register set to x* · g^{-1} stands for the tile x*.

        Raises
        ------
        KrohnError
            Where they do not.
        """
        checked = 0
        for index in self.turning:
            series = self.groups[index]
            assert series is not None
            here = self.action[self.action[:, 0] == index]
            checked += series.verify(np.unique(here[:, 1]))
            permutations, inverses = series.group.permutations, series.group.inverses
            for tile in np.unique(here[:, 2]):
                if tile != HOLD:
                    register = permutations[inverses, tile]
                    assert (np.take_along_axis(permutations, register[:, None], axis=1) == tile).all()
                    checked += len(register)
        return checked

    def to_json(self) -> dict[str, Any]:
        """Return all that is needed to build the level again, as JSON values."""
        return {
            "size": self.size,
            "primes": [prime.name for prime in self.primes],
            "groups": [series.to_json() if series is not None else None for series in self.groups],
            "action": self.action.tolist(),
            "carry": self.carry.tolist(),
            "place": self.place.tolist(),
            "classes": self.classes.tolist(),
        }
