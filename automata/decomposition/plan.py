"""A cascade before it is compiled: its levels as rules on carried values.

Reading a symbol, each level sees a carried value c and its own coordinate s. The value alone says what the
level does to its coordinate; value and coordinate together say what is carried to the next level. What the
coordinates mean is a second, shorter chain: place values, from the whole down to one state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Carried = Hashable
Place = Hashable

HOLD = -1
"""A flip-flop's action that sets nothing."""


@dataclass(frozen=True)
class Component:
    """What a level is made of.

    Attributes
    ----------
    name : str
        A simple group, such as ``C2`` or ``A5``, or ``flip-flop(3)``.
    size : int
        Elements of the group, or values of the flip-flop.
    table : int array, shape (size, size), or None
        The group's Cayley table; none for a flip-flop.
    """

    name: str
    size: int
    table: NDArray[np.int32] | None = None

    @property
    def is_group(self) -> bool:
        """Whether it permutes its coordinate; a flip-flop sets or holds."""
        return self.table is not None

    def after(self, coordinate: int, action: int) -> int:
        """Return the coordinate after an action: an element to multiply by on the right, or a value, or HOLD."""
        if self.table is not None:
            return int(self.table[coordinate, action])
        return coordinate if action == HOLD else action


def flip_flop_component(size: int) -> Component:
    """Return the flip-flop of `size` values.

    Examples
    --------
    >>> flip_flop_component(3).name
    'flip-flop(3)'
    """
    return Component(f"flip-flop({size})", size)


class Step(ABC):
    """One level of a plan."""

    component: Component

    @abstractmethod
    def action(self, c: Any) -> int:
        """Return what the level does to its coordinate: an element, a value to set, or HOLD."""

    @abstractmethod
    def carry(self, c: Any, s: int) -> Carried | None:
        """Return what the next level sees, given the coordinate before the symbol; None where that cannot be."""

    @abstractmethod
    def place(self, d: Any, s: int) -> Place | None:
        """Return what the coordinate says of the state, given what those above say; None where that cannot be."""


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
