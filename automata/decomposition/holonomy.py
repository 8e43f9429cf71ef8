"""The holonomy plan: a chain of ever smaller image sets leads to the state, each a tile of the one before.

Level d splits the sets of height(X) - d; its coordinate is a tile of the representative of the set's class.

Source: Eilenberg, Automata, Languages and Machines, volume B, 1976, chapter II; Egri-Nagy and Nehaniv,
"Computational holonomy decomposition of transformation semigroups", arXiv 1508.06345.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..semiautomaton import Semiautomaton
from .classes import HolonomyClass, Map, holonomy_classes, moved, then
from .images import Set, Skeleton
from .plan import HOLD, NOTHING, Action, Carried, Place, Plan, Step
from .series import Series


class Chain(NamedTuple):
    """What is carried between levels: the set before the symbol, the set after, the symbol."""

    before: Set
    after: Set
    symbol: int


@dataclass(frozen=True)
class HolonomyStep(Step):
    """One level of holonomy.

    Attributes
    ----------
    frame : Skeleton
    columns : list of tuple
        The map of each symbol.
    classes : tuple of HolonomyClass
        Those whose sets this level splits.
    of : dict
        The index of the class of each such set.
    """

    frame: Skeleton
    columns: list[Map]
    classes: tuple[HolonomyClass, ...]
    of: dict[Set, int]

    @cached_property
    def size(self) -> int:  # type: ignore[override]
        return max(len(own.tiles) for own in self.classes)

    @cached_property
    def groups(self) -> tuple[Series | None, ...]:  # type: ignore[override]
        return tuple(own.series for own in self.classes)

    @cached_property
    def _actions(self) -> dict[Chain, Action]:
        return {}

    @cached_property
    def _tiles(self) -> dict[tuple[Set, int], Set]:
        return {}

    def action(self, c: Chain) -> Action:
        if c not in self._actions:
            self._actions[c] = self._action(c)
        return self._actions[c]

    def _action(self, c: Chain) -> Action:
        if c.after not in self.of:
            return NOTHING
        index = self.of[c.after]
        own = self.classes[index]
        reached = self.frame.image[c.before, c.symbol]
        if reached == c.after:
            # Sets that a symbol moves onto one another are in one class: the tiles are permuted.
            trip = then(then(own.out[c.before], self.columns[c.symbol]), own.back[c.after])
            return Action(index, own.element(trip), HOLD)
        fits = [k for k in range(len(own.tiles)) if reached & ~self._tile(c.after, k) == 0]
        return Action(index, 0, min(fits, key=lambda k: (own.tiles[k].bit_count(), k)))

    def _tile(self, P: Set, x: int) -> Set:
        if (P, x) not in self._tiles:
            own = self.classes[self.of[P]]
            self._tiles[P, x] = moved(own.tiles[x], own.out[P])
        return self._tiles[P, x]

    def split(self, P: Set, x: int) -> Set | None:
        """Return the next set of the chain; None where the coordinate is no tile of P's class."""
        if P not in self.of:
            return P
        return self._tile(P, x) if x < len(self.classes[self.of[P]].tiles) else None

    def carry(self, c: Chain, x: int) -> Carried | None:
        before = self.split(c.before, x)
        if before is None:
            return None
        action = self.action(c)
        y = x if action.reset == HOLD else action.reset
        if action.turn:
            y = self.classes[action.group].turned(action.turn, x)
        after = self.split(c.after, y)
        return None if after is None else Chain(before, after, c.symbol)

    def place(self, d: Set, x: int) -> Place | None:
        return self.split(d, x)

    def place_class(self, d: Set) -> int:
        return self.of.get(d, 0)


def holonomy_plan(semiautomaton: Semiautomaton, frame: Skeleton, start: int) -> Plan:
    """Return the plan of the holonomy decomposition.

    Parameters
    ----------
    semiautomaton : Semiautomaton
    frame : Skeleton
        Its image sets.
    start : int
        The state that the start coordinates stand for.

    Raises
    ------
    RequestError
        Where a holonomy group is larger than a Cayley table may be.
    """
    columns = [tuple(column) for column in semiautomaton.delta.T.tolist()]
    classes = holonomy_classes(frame, columns)
    steps = []
    coordinates = []
    chain = frame.whole
    for depth in range(frame.height[frame.whole]):
        here = {P: classes[P] for P in frame.sets if P.bit_count() > 1 and frame.level(P) == depth}
        distinct = list({own.representative: own for own in here.values()}.values())
        index = {own.representative: i for i, own in enumerate(distinct)}
        step = HolonomyStep(
            frame, columns, tuple(distinct), {P: index[own.representative] for P, own in here.items()}
        )
        tile = 0
        if chain in step.of:
            tile = next(k for k in range(step.size) if (step.split(chain, k) or 0) >> start & 1)
        chain = step.split(chain, tile) or 0
        steps.append(step)
        coordinates.append(tile)
    first = tuple(Chain(frame.whole, frame.whole, a) for a in range(semiautomaton.symbols))
    states: dict[Place, int] = {1 << q: q for q in range(semiautomaton.states)}
    return Plan(tuple(steps), first, frame.whole, states, tuple(coordinates), _last)


def _last(c: Any) -> tuple[int, int]:
    return c.before.bit_length() - 1, c.symbol
