"""A cascade as what each level does with what it is carried, down to the label: the program of a construction.

A cascade's tables carry what the levels below need; the label needs the place before the symbol and the symbol too,
and to know which tile a coordinate is, its class. So these are carried along, and values that do the same from
there on are made one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...automata.decomposition import Cascade, Level
from ...automata.decomposition.compile import NEVER, merged_rows
from ...automata.decomposition.plan import HOLD
from ...automata.machine import Machine

Table = NDArray[np.int32]

ANY = -1
"""Instead of a class: the coordinate is the tile, or does not matter."""


@dataclass(frozen=True, eq=False)
class Program:
    """What one level does.

    Attributes
    ----------
    level : Level
    start : int
        The coordinate before the first symbol.
    turn : int32 array, shape (carried, 2)
        The class whose group turns and the element; the element is 0 for none.
    reset : int32 array, shape (carried, 2)
        The class and the tile that is set; HOLD for none.
    owner : int32 array, shape (carried,)
        The class that the tile before the symbol belongs to, where its group turns; otherwise ANY.
    below : int32 array, shape (carried, size)
        What is carried down, by the coordinate before the symbol; NEVER where that cannot be.
    """

    level: Level
    start: int
    turn: Table
    reset: Table
    owner: Table
    below: Table

    @property
    def carried(self) -> int:
        """Values that are carried to the level."""
        return len(self.owner)


@dataclass(frozen=True, eq=False)
class Programs:
    """Levels from the input on.

    Attributes
    ----------
    first : int32 array, shape (symbols,)
        What each symbol carries into the first level.
    levels : tuple of Program
    labels : int32 array, shape (last carried,)
        The class that the machine puts out.
    """

    first: Table
    levels: tuple[Program, ...]
    labels: Table


def programs(machine: Machine, cascade: Cascade) -> Programs:
    """Return the program of a minimal machine by its cascade.

    Examples
    --------
    >>> from krohn.automata.catalogue import even_pairs
    >>> from krohn.automata.decomposition import decompose
    >>> from krohn.automata.minimise import minimise
    >>> small = minimise(even_pairs())
    >>> found = programs(small, decompose(small))
    >>> [level.carried for level in found.levels], found.labels.tolist()
    ([2, 4], [0, 1])
    """
    symbols = np.arange(machine.symbols, dtype=np.int32)
    carried = np.stack([cascade.first, np.zeros_like(symbols), symbols], axis=1)
    levels = []
    for level, start in zip(cascade.levels, cascade.start, strict=True):
        c, place, symbol = carried.T
        below = np.stack(
            [level.carry[c], level.place[place], np.broadcast_to(symbol[:, None], (len(c), level.size))], -1
        )
        never = (below[..., :2] == NEVER).any(-1)
        carried, number = np.unique(below[~never], axis=0, return_inverse=True)
        carry = np.full(never.shape, NEVER, np.int32)
        carry[~never] = number.ravel()
        levels.append(_program(level, start, level.action[c], level.classes[place], carry))
    labels = machine.outputs[machine.delta[cascade.states[carried[:, 1]], carried[:, 2]]]
    return _merged(levels, labels)


def _program(level: Level, start: int, action: Table, owner: Table, below: Table) -> Program:
    kind, turn, reset = action.T
    turns, resets = turn != 0, reset != HOLD
    owner = np.where(np.isin(owner, level.turning), owner, ANY)
    return Program(
        level,
        start,
        np.stack([np.where(turns, kind, 0), turn], axis=1),
        np.stack([np.where(resets, kind, 0), reset], axis=1),
        owner.astype(np.int32),
        below,
    )


def _merged(levels: list[Program], labels: Table) -> Programs:
    classes, number = np.unique(labels, return_inverse=True)
    kinds: Table = number.ravel().astype(np.int32)
    merged = []
    for program in reversed(levels):
        below = np.where(program.below == NEVER, NEVER, kinds[program.below]).astype(np.int32)
        largest = below.max(axis=1, keepdims=True)
        alike = ((below == largest) | (below == NEVER)).all(axis=1)
        below = np.where(alike[:, None], largest, below)
        owner = np.where(alike, ANY, program.owner).astype(np.int32)
        kinds = merged_rows(np.column_stack([program.turn, program.reset, owner, below]))
        _, chosen = np.unique(kinds, return_index=True)
        merged.append(
            Program(
                program.level,
                program.start,
                program.turn[chosen],
                program.reset[chosen],
                owner[chosen],
                below[chosen],
            )
        )
    # What is carried into the first level stands in the order of the symbols.
    return Programs(kinds, tuple(reversed(merged)), classes.astype(np.int32))
