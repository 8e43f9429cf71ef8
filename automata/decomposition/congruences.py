"""Invariant partitions: a machine as its quotient, and below it the place inside a block.

Source: Hartmanis and Stearns, Algebraic Structure Theory of Sequential Machines, 1966, chapter 2: a partition
that every symbol respects gives a serial decomposition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..semiautomaton import Semiautomaton, reachable
from .plan import Action, Carried, Place, Plan, Step
from .series import Series

Blocks = NDArray[np.int32]


@dataclass(frozen=True)
class Split:
    """A semiautomaton cut along an invariant partition.

    Attributes
    ----------
    upper : Semiautomaton
        The quotient: blocks are its states.
    lower : Semiautomaton
        Places inside a block; its symbols are the maps that occur.
    block, position : int32 array, shape (states,)
        Where each state lies.
    members : dict
        The state at a block and a position.
    below : int32 array, shape (blocks, symbols)
        The lower symbol for a block and a symbol.
    """

    upper: Semiautomaton
    lower: Semiautomaton
    block: Blocks
    position: Blocks
    members: dict[tuple[int, int], int]
    below: Blocks


def principal_congruences(semiautomaton: Semiautomaton) -> list[Blocks]:
    """Return the least invariant partitions that merge two states, without the one that merges all.

    Returns
    -------
    list of int32 array, shape (states,)
        A block number for each state, in the order of their first states; the ones with most blocks first.

    Examples
    --------
    >>> four = Semiautomaton([[1], [2], [3], [0]])
    >>> [blocks.tolist() for blocks in principal_congruences(four)]
    [[0, 1, 0, 1]]
    """
    delta = semiautomaton.delta.tolist()
    states = len(delta)
    found: dict[bytes, Blocks] = {}
    # Where permutations lead everywhere, every pair is moved to one with state 0.
    for p in range(1 if _is_transitive(semiautomaton) else states):
        for q in range(p + 1, states):
            blocks = _generated(delta, p, q)
            if blocks.max() > 0:
                found.setdefault(blocks.tobytes(), blocks)
    return sorted(found.values(), key=lambda blocks: (-int(blocks.max()), blocks.tolist()))


def _is_transitive(semiautomaton: Semiautomaton) -> bool:
    states = np.arange(semiautomaton.states)
    permutes = (states == np.sort(semiautomaton.delta, axis=0).T).all()
    return bool(permutes) and len(reachable(semiautomaton)) == semiautomaton.states


def _generated(delta: list[list[int]], p: int, q: int) -> Blocks:
    parent = list(range(len(delta)))

    def root(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    waiting = [(p, q)]
    while waiting:
        x, y = waiting.pop()
        a, b = root(x), root(y)
        if a != b:
            parent[max(a, b)] = min(a, b)
            waiting += zip(delta[x], delta[y], strict=True)
    roots = [root(x) for x in range(len(delta))]
    number = {r: i for i, r in enumerate(dict.fromkeys(roots))}
    return np.array([number[r] for r in roots], np.int32)


def split(semiautomaton: Semiautomaton, block: Blocks) -> Split:
    """Return a semiautomaton cut along an invariant partition.

    Positions are carried from block to block by symbols that map one onto another, so that as many lower
    symbols as possible leave them alone.

    Examples
    --------
    >>> four = Semiautomaton([[1], [2], [3], [0]])
    >>> cut = split(four, np.array([0, 1, 0, 1], np.int32))
    >>> cut.upper.delta.tolist(), cut.lower.delta.tolist()
    ([[1], [0]], [[0, 1], [1, 0]])
    """
    delta = semiautomaton.delta
    blocks = int(block.max()) + 1
    inside = [np.flatnonzero(block == b) for b in range(blocks)]
    upper = Semiautomaton(np.array([block[delta[members[0]]] for members in inside]))
    order: dict[int, NDArray[np.intp]] = {}
    for root in sorted(range(blocks), key=lambda b: (-len(inside[b]), b)):
        if root in order:
            continue
        order[root] = inside[root]
        queue = [root]
        for b in queue:
            for a in range(semiautomaton.symbols):
                images = delta[order[b], a]
                c = int(block[images[0]])
                if c not in order and len(set(images.tolist())) == len(images) == len(inside[c]):
                    order[c] = images
                    queue.append(c)
    width = max(map(len, inside))
    position = np.zeros(len(block), np.int32)
    for those in order.values():
        position[those] = np.arange(len(those))
    maps: dict[tuple[int, ...], int] = {}
    below = np.empty((blocks, semiautomaton.symbols), np.int32)
    for b in range(blocks):
        for a in range(semiautomaton.symbols):
            moved = np.arange(width)
            moved[: len(order[b])] = position[delta[order[b], a]]
            below[b, a] = maps.setdefault(tuple(moved.tolist()), len(maps))
    members = {(b, i): int(q) for b, those in order.items() for i, q in enumerate(those)}
    return Split(upper, Semiautomaton(np.array(list(maps)).T), block, position, members, below)


@dataclass(frozen=True)
class _Around(Step):
    """A step of one of the two plans, as a step of the joint one."""

    step: Step
    upper: Plan
    lower: Plan
    cut: Split

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.step.size

    @property
    def groups(self) -> tuple[Series | None, ...]:  # type: ignore[override]
        return self.step.groups


@dataclass(frozen=True)
class _Joint(_Around):
    """The last step of the upper plan: what it carries out becomes what the lower plan takes in."""

    def action(self, c: Any) -> Action:
        return self.step.action(c)

    def carry(self, c: Any, x: int) -> Carried | None:
        out = self.step.carry(c, x)
        if out is None:
            return None
        b, symbol = self.upper.last(out)
        return self.lower.first[int(self.cut.below[b, symbol])], b, symbol

    def place(self, d: Any, x: int) -> Place | None:
        out = self.step.place(d, x)
        return None if out is None else (self.lower.root, self.upper.states[out])

    def place_class(self, d: Any) -> int:
        return self.step.place_class(d)


@dataclass(frozen=True)
class _Below(_Around):
    """A step of the lower plan; block and symbol are carried along."""

    is_last: bool

    def action(self, c: Any) -> Action:
        return self.step.action(c[0])

    def carry(self, c: Any, x: int) -> Carried | None:
        out = self.step.carry(c[0], x)
        if out is None or (self.is_last and (c[1], self.lower.last(out)[0]) not in self.cut.members):
            return None
        return out, c[1], c[2]

    def place(self, d: Any, x: int) -> Place | None:
        out = self.step.place(d[0], x)
        if out is None or (self.is_last and (d[1], self.lower.states[out]) not in self.cut.members):
            return None
        return out, d[1]

    def place_class(self, d: Any) -> int:
        return self.step.place_class(d[0])


def serial_plan(cut: Split, upper: Plan, lower: Plan) -> Plan:
    """Return the plan of a machine from those of its quotient and of the places inside blocks."""
    joint = _Joint(upper.steps[-1], upper, lower, cut)
    under = [_Below(step, upper, lower, cut, step is lower.steps[-1]) for step in lower.steps]
    states: dict[Place, int] = {
        (d, b): cut.members[b, i]
        for d, i in lower.states.items()
        for b in range(cut.upper.states)
        if (b, i) in cut.members
    }

    def last(c: Any) -> tuple[int, int]:
        inner, b, symbol = c
        return cut.members[b, lower.last(inner)[0]], symbol

    return Plan(
        (*upper.steps[:-1], joint, *under),
        upper.first,
        upper.root,
        states,
        (*upper.start, *lower.start),
        last,
    )
