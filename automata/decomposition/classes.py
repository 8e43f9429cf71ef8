"""The holonomy group of a class of image sets: what words do to the tiles of its representative."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..groups import Group
from .images import Set, Skeleton
from .series import Series, composition_series

Map = tuple[int, ...]
"""Where each state goes; on a set, what stands at other states means nothing."""


@dataclass(frozen=True)
class HolonomyClass:
    """Image sets that words send to one another, and what words do to the tiles of their representative.

    Attributes
    ----------
    representative : int
        R, a set of states.
    tiles : tuple of int
        Those of R.
    out, back : dict
        For each member P a word's map R -> P, and one P -> R that undoes it.
    group : Group or None
        The permutations of the tiles; None where only the identity is.
    elements : dict
        The number in the group of a permutation of tiles.
    """

    representative: Set
    tiles: tuple[Set, ...]
    out: dict[Set, Map]
    back: dict[Set, Map]
    group: Group | None
    elements: dict[tuple[int, ...], int]

    @cached_property
    def series(self) -> Series | None:
        """A composition series of the group."""
        return composition_series(self.group) if self.group is not None else None

    def turned(self, g: int, tile: int) -> int:
        """Return where the group's element g sends a tile."""
        return int(self.group.permutations[g, tile]) if self.group is not None else tile

    def element(self, trip: Map) -> int:
        """Return the element of the group by which a map of R onto R permutes the tiles."""
        if self.group is None:
            return 0
        return self.elements[tuple(self._place[moved(tile, trip)] for tile in self.tiles)]

    @cached_property
    def _place(self) -> dict[Set, int]:
        return {tile: index for index, tile in enumerate(self.tiles)}


def moved(P: Set, mapping: Map) -> Set:
    """Return the image of a set.

    Examples
    --------
    >>> moved(0b011, (2, 2, 0))
    4
    """
    found = 0
    while P:
        low = P & -P
        found |= 1 << mapping[low.bit_length() - 1]
        P ^= low
    return found


def then(first: Map, second: Map) -> Map:
    return tuple(second[q] for q in first)


def holonomy_classes(frame: Skeleton, columns: list[Map]) -> dict[Set, HolonomyClass]:
    """Return the class of every image set of more than one state, by the set."""
    members: dict[Set, list[Set]] = {}
    for P in frame.sets:
        if P.bit_count() > 1:
            members.setdefault(frame.representative[P], []).append(P)
    found = {}
    for R, those in members.items():
        made = _class(frame, columns, R, those)
        found.update(dict.fromkeys(those, made))
    return found


def _class(frame: Skeleton, columns: list[Map], R: Set, members: list[Set]) -> HolonomyClass:
    inside = set(members)
    identity = tuple(range(len(columns[0])))
    out, queue = {R: identity}, [R]
    for P in queue:
        for a, column in enumerate(columns):
            Q = frame.image[P, a]
            if Q in inside and Q not in out:
                out[Q] = then(out[P], column)
                queue.append(Q)
    home, queue = {R: identity}, [R]  # some map P -> R, found from R backwards
    arrivals: dict[Set, list[tuple[Set, int]]] = {P: [] for P in members}
    for P in members:
        for a in range(len(columns)):
            if frame.image[P, a] in inside:
                arrivals[frame.image[P, a]].append((P, a))
    for Q in queue:
        for P, a in arrivals[Q]:
            if P not in home:
                home[P] = then(columns[a], home[Q])
                queue.append(P)
    points = [q for q in identity if R >> q & 1]
    back = {P: _undoing(out[P], home[P], points) for P in members}
    tiles = frame.tiles[R]
    place = {tile: index for index, tile in enumerate(tiles)}
    generators = set()
    for P in members:
        for a, column in enumerate(columns):
            if (Q := frame.image[P, a]) in inside:
                round_trip = then(then(out[P], column), back[Q])
                generators.add(tuple(place[moved(tile, round_trip)] for tile in tiles))
    generators.discard(tuple(range(len(tiles))))
    if not generators:
        return HolonomyClass(R, tiles, out, back, None, {})
    group = Group.from_permutations("holonomy", sorted(generators))
    numbers = {tuple(row): g for g, row in enumerate(group.permutations.tolist())}
    return HolonomyClass(R, tiles, out, back, group, numbers)


def _undoing(out: Map, home: Map, points: list[int]) -> Map:
    # `out` then `home` permutes R; all but one of its powers undo what it does.
    trip = then(out, home)
    undo = home
    while any(undo[out[q]] != q for q in points):
        undo = then(undo, trip)
    return undo
