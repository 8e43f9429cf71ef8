"""A cascade read literally from its tables, one coordinate after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from krohn.automata.decomposition import Cascade

Coordinates = tuple[int, ...]


def step(cascade: Cascade, s: Coordinates, symbol: int) -> Coordinates:
    """Return the coordinates after a symbol."""
    carried = int(cascade.first[symbol])
    after = []
    for level, own in zip(cascade.levels, s, strict=True):
        action = int(level.action[carried])
        if level.component.table is not None:
            after.append(int(level.component.table[own, action]))
        else:
            after.append(own if action == -1 else action)
        carried = int(level.carry[carried, own])
        assert carried >= 0
    return tuple(after)


def state_of(cascade: Cascade, s: Coordinates) -> int:
    """Return the state that coordinates stand for."""
    place = 0
    for level, own in zip(cascade.levels, s, strict=True):
        place = int(level.place[place, own])
        assert place >= 0
    return int(cascade.states[place])


def reachable(cascade: Cascade, most: int) -> Iterator[Coordinates]:
    """Yield the coordinates that words lead to, breadth-first, at most so many."""
    known = {cascade.start}
    queue = [cascade.start]
    for s in queue:
        yield s
        for symbol in range(len(cascade.first)):
            after = step(cascade, s, symbol)
            if after not in known and len(queue) < most:
                known.add(after)
                queue.append(after)


@pytest.fixture
def assert_emulates() -> Callable[..., int]:
    """Follow every coordinate tuple that can be reached (at most 3,000) by every symbol."""

    def check(cascade: Cascade, delta: list[list[int]], start: int, most: int = 3000) -> int:
        assert state_of(cascade, cascade.start) == start
        count = 0
        for s in reachable(cascade, most):
            q = state_of(cascade, s)
            for symbol, target in enumerate(delta[q]):
                assert state_of(cascade, step(cascade, s, symbol)) == target
            count += 1
        return count

    return check
