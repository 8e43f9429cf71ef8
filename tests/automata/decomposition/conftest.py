"""A cascade read literally as simple groups and flip-flops, one prime after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from krohn.automata.decomposition import Cascade, Level

# For each level the coordinates of each group that turns, one a simple factor, and the register.
Primes = tuple[tuple[dict[int, tuple[int, ...]], int], ...]
Key = tuple[tuple[tuple[tuple[int, ...], ...], int], ...]


def start_of(cascade: Cascade) -> Primes:
    return tuple(
        ({index: (0,) * len(level.groups[index].factors) for index in level.turning}, x)  # type: ignore[union-attr]
        for level, x in zip(cascade.levels, cascade.start, strict=True)
    )


def key_of(s: Primes) -> Key:
    return tuple((tuple(groups.values()), register) for groups, register in s)


def tile_of(level: Level, index: int, groups: dict[int, tuple[int, ...]], register: int) -> int:
    """x = r * g, with g the product of the lifts, the top factor rightmost."""
    if index not in groups:
        return register
    series = level.groups[index]
    assert series is not None
    if register >= series.group.degree:  # a tile of another class: nobody asks for it here
        return register
    tile = register
    for factor, e in reversed(list(zip(series.factors, groups[index], strict=True))):
        tile = int(series.group.permutations[factor.lift[e], tile])
    return tile


def turned(level: Level, index: int, coordinates: tuple[int, ...], h: int) -> tuple[int, ...]:
    """Each factor adds the class of what it is told and passes the rest down."""
    series = level.groups[index]
    assert series is not None
    table = series.group.table
    after = []
    for factor, e in zip(series.factors, coordinates, strict=True):
        assert factor.coset[h] >= 0
        f = int(factor.table[e, factor.coset[h]])
        h = int(table[table[factor.lift[e], h], series.group.inverse(int(factor.lift[f]))])
        after.append(f)
    assert h == 0
    return tuple(after)


def step(cascade: Cascade, s: Primes, symbol: int) -> Primes:
    """Return the coordinates of all primes after a symbol."""
    carried, place = int(cascade.first[symbol]), 0
    result = []
    for level, (groups, register) in zip(cascade.levels, s, strict=True):
        tile = tile_of(level, int(level.classes[place]), groups, register)
        index, turn, reset = (int(value) for value in level.action[carried])
        after = dict(groups)
        if turn:
            after[index] = turned(level, index, groups[index], turn)
        if reset >= 0:  # the register is set so that the group, which stays, turns it to the tile
            fits = [
                r
                for r in range(level.size)
                if r < _tiles(level, index) and tile_of(level, index, groups, r) == reset
            ]
            (register,) = fits
        result.append((after, register))
        carried, place = int(level.carry[carried, tile]), int(level.place[place, tile])
        assert carried >= 0
        assert place >= 0
    return tuple(result)


def _tiles(level: Level, index: int) -> int:
    series = level.groups[index]
    return level.size if series is None else int(series.group.degree)


def state_of(cascade: Cascade, s: Primes) -> int:
    """Return the state that coordinates stand for."""
    place = 0
    for level, (groups, register) in zip(cascade.levels, s, strict=True):
        place = int(level.place[place, tile_of(level, int(level.classes[place]), groups, register)])
        assert place >= 0
    return int(cascade.states[place])


def reachable(cascade: Cascade, most: int) -> Iterator[Primes]:
    """Yield the coordinates that words lead to, breadth-first, at most so many."""
    queue = [start_of(cascade)]
    known = {key_of(queue[0])}
    for s in queue:
        yield s
        for symbol in range(len(cascade.first)):
            after = step(cascade, s, symbol)
            if key_of(after) not in known and len(queue) < most:
                known.add(key_of(after))
                queue.append(after)


@pytest.fixture
def assert_emulates() -> Callable[..., int]:
    """Follow every tuple of coordinates that can be reached (at most so many) by every symbol."""

    def check(cascade: Cascade, delta: list[list[int]], start: int, most: int) -> int:
        assert state_of(cascade, start_of(cascade)) == start
        count = 0
        for s in reachable(cascade, most):
            q = state_of(cascade, s)
            for symbol, target in enumerate(delta[q]):
                assert state_of(cascade, step(cascade, s, symbol)) == target
            count += 1
        return count

    return check
