"""The holonomy plan: a chain of ever smaller image sets leads to the state, each a tile of the one before.

Level d splits the sets of height(X) - d. Its coordinate is a tile of the class's representative R, kept as
r · g: the holonomy group turns g, a reset overwrites r and leaves g alone, for a group cannot be reset.

Source: Eilenberg, Automata, Languages and Machines, volume B, 1976, chapter II; Egri-Nagy and Nehaniv,
arXiv 1508.06345.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..semiautomaton import Semiautomaton
from .classes import HolonomyClass, Map, holonomy_classes, moved, then
from .images import Set, Skeleton
from .plan import HOLD, Carried, Component, Place, Plan, Step, flip_flop_component
from .series import Series


class Chain(NamedTuple):
    """What is carried between the levels of holonomy: the set before the symbol, the set after, the symbol."""

    before: Set
    after: Set
    symbol: int


@dataclass(frozen=True)
class _Level:
    """One level of holonomy, shared by the steps that it is refined into."""

    frame: Skeleton
    columns: list[Map]
    depth: int
    classes: tuple[HolonomyClass, ...]
    of: dict[Set, int]  # which class a set of this level is in

    @cached_property
    def _known(self) -> tuple[dict[Any, int], dict[Any, int | None], dict[Any, Set]]:
        return {}, {}, {}

    def permutation(self, c: Chain, index: int) -> int:
        """The element by which a symbol turns the tiles of class `index`; the identity where it does not."""
        known = self._known[0]
        if (c, index) not in known:
            known[c, index] = self._permutation(c, index)
        return known[c, index]

    def reset(self, c: Chain) -> int | None:
        """The tile that a symbol resets the class of the set after it to; None where it turns or leaves it."""
        known = self._known[1]
        if c not in known:
            known[c] = self._reset(c)
        return known[c]

    def split(self, P: Set, groups: tuple[int, ...], r: int) -> Set | None:
        """The next set of the chain below P; None where the register holds no tile of P's class."""
        index = self.of.get(P)
        if index is None:
            return P
        own = self.classes[index]
        if r >= len(own.tiles):
            return None
        known, key = self._known[2], (P, groups[index], r)
        if key not in known:
            known[key] = own.tile_in(P, own.turn(groups[index], r))
        return known[key]

    def _permutation(self, c: Chain, index: int) -> int:
        here = self.of.get(c.after)
        if here != index or self.frame.image[c.before, c.symbol] != c.after:
            return 0
        own = self.classes[index]
        if own.group is None:
            return 0
        trip = then(then(own.out[c.before], self.columns[c.symbol]), own.back[c.after])
        place = {tile: k for k, tile in enumerate(own.tiles)}
        return own.elements[tuple(place[moved(tile, trip)] for tile in own.tiles)]

    def _reset(self, c: Chain) -> int | None:
        if c.after not in self.of:
            return None
        reached = self.frame.image[c.before, c.symbol]
        if reached == c.after:
            return None
        own = self.classes[self.of[c.after]]
        fits = [k for k in range(len(own.tiles)) if reached & ~own.tile_in(c.after, k) == 0]
        return min(fits, key=lambda k: (own.tiles[k].bit_count(), k))


class _Turning(NamedTuple):
    """What is carried inside a level: the chain, what is left to multiply by, the elements found so far."""

    chain: Chain
    rest: int
    found: tuple[int, ...]


@dataclass(frozen=True)
class _GroupStep(Step):
    """One simple factor of the holonomy group of one class."""

    level: _Level
    index: int  # of the class
    factor: int
    component: Component

    @property
    def _series(self) -> Series:
        series = self.level.classes[self.index].series
        assert series is not None
        return series

    def _rest(self, c: Any) -> int:
        return self.level.permutation(c.chain, self.index) if self.factor == 0 else int(c.rest)

    def action(self, c: Any) -> int:
        return int(self._series.factors[self.factor].coset[self._rest(c)])

    def carry(self, c: Any, s: int) -> Carried | None:
        _, rest = self._series.below(self.factor, s, self._rest(c))
        return _Turning(c.chain, rest, self._joined(c.found, s))

    def place(self, d: Any, s: int) -> Place | None:
        P, found = d
        return P, self._joined(found, s)

    def _joined(self, found: tuple[int, ...], s: int) -> tuple[int, ...]:
        """Multiply the lift of this coordinate onto the element of this class."""
        group = self._series.group
        lift = int(self._series.factors[self.factor].lift[s])
        product = int(group.table[lift, found[self.index]])
        return (*found[: self.index], product, *found[self.index + 1 :])


@dataclass(frozen=True)
class _RegisterStep(Step):
    """The register of one level: the tile that was reset to, before the group turned it."""

    level: _Level
    component: Component
    after_level: tuple[int, ...]  # identities for the level below

    def action(self, c: Any) -> int:
        tile = self.level.reset(c.chain)
        if tile is None:
            return HOLD
        index = self.level.of[c.chain.after]
        return self.level.classes[index].unturn(c.found[index], tile)

    def carry(self, c: Any, s: int) -> Carried | None:
        level, chain = self.level, c.chain
        before = level.split(chain.before, c.found, s)
        if before is None:
            return None
        turned = tuple(
            int(own.group.table[g, level.permutation(chain, index)]) if own.group is not None else 0
            for index, (own, g) in enumerate(zip(level.classes, c.found, strict=True))
        )
        after = level.split(chain.after, turned, self.component.after(s, self.action(c)))
        if after is None:  # the chain after the symbol was at this level before it, with the same register
            return None
        return _Turning(Chain(before, after, chain.symbol), 0, self.after_level)

    def place(self, d: Any, s: int) -> Place | None:
        P, found = d
        below = self.level.split(P, found, s)
        return None if below is None else (below, self.after_level)


def holonomy_plan(semiautomaton: Semiautomaton, frame: Skeleton, start: int) -> Plan:
    """Return the plan of the holonomy decomposition, each group refined along a composition series.

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
    depths = range(frame.height[frame.whole])
    levels = []
    for depth in depths:
        here = {P: classes[P] for P in frame.sets if P.bit_count() > 1 and frame.level(P) == depth}
        distinct = list({id(own): own for own in here.values()}.values())
        of = {P: next(i for i, own in enumerate(distinct) if own is here[P]) for P in here}
        levels.append(_Level(frame, columns, depth, tuple(distinct), of))
    steps: list[Step] = []
    start_at: list[int] = []
    chain = frame.whole
    for depth, level in enumerate(levels):
        for index, own in enumerate(level.classes):
            for k, factor in enumerate(own.series.factors if own.series is not None else ()):
                component = Component(factor.name, factor.order, factor.table)
                steps.append(_GroupStep(level, index, k, component))
                start_at.append(0)
        size = max(len(own.tiles) for own in level.classes)
        below = levels[depth + 1].classes if depth + 1 < len(levels) else ()
        steps.append(_RegisterStep(level, flip_flop_component(size), (0,) * len(below)))
        tile = 0
        if chain in level.of:
            own = level.classes[level.of[chain]]
            tile = next(k for k in range(len(own.tiles)) if own.tile_in(chain, k) >> start & 1)
            chain = own.tile_in(chain, tile)
        start_at.append(tile)
    identities = (0,) * len(levels[0].classes) if levels else ()
    first = tuple(
        _Turning(Chain(frame.whole, frame.whole, a), 0, identities) for a in range(semiautomaton.symbols)
    )
    states: dict[Place, int] = {(1 << q, ()): q for q in range(semiautomaton.states)}
    return Plan(tuple(steps), first, (frame.whole, identities), states, tuple(start_at), _last)


def _last(c: Any) -> tuple[int, int]:
    return c.chain.before.bit_length() - 1, c.chain.symbol
