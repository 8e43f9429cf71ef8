"""The image sets of a semiautomaton, what lies under what, and the tiles of each: the skeleton of holonomy.

A set of states is the bits of a Python integer. The monoid is never enumerated.

Source: Eilenberg, Automata, Languages and Machines, volume B, 1976, chapter II; Egri-Nagy and Nehaniv,
"Computational holonomy decomposition of transformation semigroups", arXiv 1508.06345.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import RequestError
from ..semiautomaton import Semiautomaton

Set = int
"""The bits of a Python integer."""

MOST_STATES = 256


@dataclass(frozen=True)
class Skeleton:
    """The image sets of a semiautomaton.

    Attributes
    ----------
    semiautomaton : Semiautomaton
    sets : tuple of int
        All states together, all images of that under words, all single states; larger ones first.
    image : dict
        ``image[P, a]`` is where symbol a sends the set P.
    tiles : dict
        For each set, the largest image sets strictly inside it, in the order of `sets`.
    representative : dict
        For each set, the first of those that words send to it and it to them.
    height : dict
        0 for single states; else one more than the highest that lies strictly under it.
    """

    semiautomaton: Semiautomaton
    sets: tuple[Set, ...]
    image: dict[tuple[Set, int], Set]
    tiles: dict[Set, tuple[Set, ...]]
    representative: dict[Set, Set]
    height: dict[Set, int]

    @property
    def whole(self) -> Set:
        """The set of all states."""
        return self.sets[0]

    def level(self, P: Set) -> int:
        """Return at which level of the cascade a set is split into its tiles."""
        return self.height[self.whole] - self.height[P]


def skeleton(semiautomaton: Semiautomaton, limit: int) -> Skeleton:
    """Return the image sets of a semiautomaton with all that holonomy asks of them.

    Parameters
    ----------
    semiautomaton : Semiautomaton
    limit : int
        Most image sets.

    Raises
    ------
    RequestError
        Past the limit, or with more than 256 states.

    Examples
    --------
    >>> found = skeleton(Semiautomaton([[0, 1], [0, 1]]), limit=100)
    >>> found.sets, found.tiles[3], found.height[3]
    ((3, 1, 2), (1, 2), 1)
    """
    if semiautomaton.states > MOST_STATES:
        raise RequestError(
            f"the machine has {semiautomaton.states} states: expected at most {MOST_STATES} to decompose it"
        )
    image = _images(semiautomaton, limit)
    sets = tuple(sorted({P for P, _ in image}, key=lambda P: (-P.bit_count(), P)))
    tiles = _tiles(sets)
    symbols = range(semiautomaton.symbols)
    below = {P: {image[P, a] for a in symbols} | set(tiles[P]) for P in sets}
    components = _strong_components(sets, below)
    representative = {}
    height: dict[Set, int] = {}
    for members in components:  # those under a component come before it
        first = min(members, key=sets.index) if len(members) > 1 else members[0]
        under = {Q for P in members for Q in below[P]} - set(members)
        single = first.bit_count() == 1
        for P in members:
            representative[P] = first
            height[P] = 0 if single else 1 + max(height[Q] for Q in under)
    return Skeleton(semiautomaton, sets, image, tiles, representative, height)


def _images(semiautomaton: Semiautomaton, limit: int) -> dict[tuple[Set, int], Set]:
    columns = semiautomaton.delta.T.tolist()
    whole = (1 << semiautomaton.states) - 1
    queue = [whole, *(1 << q for q in range(semiautomaton.states) if whole != 1 << q)]
    known = set(queue)
    image: dict[tuple[Set, int], Set] = {}
    for P in queue:
        for a, column in enumerate(columns):
            found = 0
            rest = P
            while rest:
                low = rest & -rest
                found |= 1 << column[low.bit_length() - 1]
                rest ^= low
            image[P, a] = found
            if found not in known:
                known.add(found)
                queue.append(found)
        if len(queue) > limit:
            raise RequestError(
                f"the machine of {semiautomaton.states} states has more than {limit} image sets: the decomposition "
                "stopped there; its class and groups (krohn show) need no image sets, a larger --limit goes on"
            )
    return image


def _tiles(sets: tuple[Set, ...]) -> dict[Set, tuple[Set, ...]]:
    width = (max(sets).bit_length() + 63) // 64
    words = np.array([[P >> (64 * i) & (2**64 - 1) for i in range(width)] for P in sets], np.uint64)
    tiles = {}
    for index, P in enumerate(sets):
        inside = np.flatnonzero((words & ~words[index] == 0).all(axis=1))
        chosen: list[Set] = []
        for other in inside.tolist():  # larger ones first: what lies in a chosen one is no tile
            Q = sets[other]
            if Q != P and not any(Q & ~tile == 0 for tile in chosen):
                chosen.append(Q)
        tiles[P] = tuple(chosen)
    return tiles


def _strong_components(nodes: tuple[Set, ...], below: dict[Set, set[Set]]) -> list[list[Set]]:
    """Return the strong components, each after all that it leads to (Tarjan, without recursion)."""
    number: dict[Set, int] = {}
    least: dict[Set, int] = {}
    stack: list[Set] = []
    open_nodes: set[Set] = set()
    found: list[list[Set]] = []
    for root in nodes:
        if root in number:
            continue
        number[root] = least[root] = len(number)
        stack.append(root)
        open_nodes.add(root)
        path = [(root, iter(sorted(below[root])))]
        while path:
            node, rest = path[-1]
            for other in rest:
                if other not in number:
                    number[other] = least[other] = len(number)
                    stack.append(other)
                    open_nodes.add(other)
                    path.append((other, iter(sorted(below[other]))))
                    break
                if other in open_nodes:
                    least[node] = min(least[node], number[other])
            else:
                path.pop()
                if path:
                    least[path[-1][0]] = min(least[path[-1][0]], least[node])
                if least[node] == number[node]:
                    members: list[Set] = []
                    while not members or members[-1] != node:
                        members.append(stack.pop())
                        open_nodes.discard(members[-1])
                    found.append(members)
    return found
