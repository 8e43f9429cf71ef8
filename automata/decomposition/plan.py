"""A cascade before it is compiled: its levels as rules on carried values.

Reading a symbol, each level sees a carried value c and its own coordinate. The value alone says what the level
does to its coordinate; value and coordinate together say what is carried to the next level. What the
coordinates mean is a second, shorter chain: place values, from the whole down to one state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .series import Series

Carried = Hashable
Place = Hashable

HOLD = -1
"""Instead of a tile to reset to: none."""


class Action(NamedTuple):
    """What a level does to its coordinate, a tile.

    Attributes
    ----------
    group : int
        The class whose group turns, or into whose tiles the reset goes.
    turn : int
        The element of that class's group by which the tile is turned; 0 for none.
    reset : int
        The tile that is set; HOLD for none.
    """

    group: int
    turn: int
    reset: int


NOTHING = Action(0, 0, HOLD)


class Step(ABC):
    """One level of a plan: a coordinate that is turned by groups or reset.

    Attributes
    ----------
    size : int
        Values of the coordinate.
    groups : tuple of Series or None
        For each class, the group that turns its tiles, with a composition series; None for the trivial one.
    """

    size: int
    groups: tuple[Series | None, ...]

    @abstractmethod
    def action(self, c: Any) -> Action:
        """Return what the level does to its coordinate."""

    @abstractmethod
    def carry(self, c: Any, x: int) -> Carried | None:
        """Return what the next level sees, given the coordinate before the symbol; None where that cannot be."""

    @abstractmethod
    def place(self, d: Any, x: int) -> Place | None:
        """Return what the coordinate says of the state, given what those above say; None where that cannot be."""

    @abstractmethod
    def place_class(self, d: Any) -> int:
        """Return the class whose tiles the coordinate numbers at a place."""


@dataclass(frozen=True)
class Plan:
    """Levels from the input on, with the ends of their chains.

    Attributes
    ----------
    steps : tuple of Step
    first : tuple
        The value that each symbol carries into the first level.
    root : hashable
        The place before the first level.
    states : dict
        The state that each last place is.
    start : tuple of int
        The coordinates before the first symbol.
    last : callable
        The state before the symbol, and the symbol, of what is carried out of the last level.
    """

    steps: tuple[Step, ...]
    first: tuple[Carried, ...]
    root: Place
    states: dict[Place, int]
    start: tuple[int, ...]
    last: Callable[[Any], tuple[int, int]]
