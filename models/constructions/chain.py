"""A cascade whose last level names the label: what is carried down tells, with the coordinates, the state and symbol.

A cascade's own tables carry what the levels below need; the label needs the state before the symbol, the symbol
too. So the place where the state lies is carried along, and values that do the same from there on are made one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...automata.decomposition import Cascade, decompose
from ...automata.decomposition.compile import NEVER, merged_rows
from ...automata.machine import Machine
from ...automata.minimise import minimise

Table = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Link:
    """One level of a chain.

    Attributes
    ----------
    after : int32 array, shape (carried, size)
        The coordinate after the symbol, by carried value and coordinate before: a permutation or a reset.
    carry : int32 array, shape (carried, size)
        What goes to the next level, by the coordinate before; -1 where that never is.
    start : int
        The coordinate before the first symbol.
    """

    after: Table
    carry: Table
    start: int

    @property
    def entries(self) -> int:
        """Entries of the lookup table."""
        return int((self.carry != NEVER).sum())


@dataclass(frozen=True, eq=False)
class Chain:
    """Levels from the input on.

    Attributes
    ----------
    first : int32 array, shape (symbols,)
        What each symbol carries into the first level.
    links : tuple of Link
    outputs : int32 array, shape (last carried,)
        The class after the symbol.
    """

    first: Table
    links: tuple[Link, ...]
    outputs: Table


def chain(machine: Machine, cascade: Cascade | None = None) -> Chain:
    """Return the chain of a machine.

    Examples
    --------
    >>> from krohn.automata.catalogue import even_pairs
    >>> found = chain(even_pairs())
    >>> [link.carry.shape for link in found.links], found.outputs.tolist()
    ([(2, 3), (4, 2)], [0, 1])
    """
    small = minimise(machine)
    cascade = cascade or decompose(small)
    carried = np.stack(
        [cascade.first, np.zeros_like(cascade.first), np.arange(small.symbols, dtype=np.int32)], 1
    )
    links = []
    for level, start in zip(cascade.levels, cascade.start, strict=True):
        c, place, symbol = carried.T
        below = np.stack([level.carry[c], level.place[place], np.broadcast_to(symbol[:, None], (len(c), level.size))], -1)
        never = (below[..., :2] == NEVER).any(-1)
        carried, number = np.unique(below[~never], axis=0, return_inverse=True)
        carry = np.full(never.shape, NEVER, np.int32)
        carry[~never] = number.ravel()
        links.append(Link(level.after[c], carry, start))
    before = cascade.states[carried[:, 1]]
    return _merged(small, links, small.outputs[small.delta[before, carried[:, 2]]])


def _merged(machine: Machine, links: list[Link], outputs: Table) -> Chain:
    """Make one of the carried values that do the same from their level on."""
    classes, kinds = np.unique(outputs, return_inverse=True)
    merged = []
    for link in reversed(links):
        carry = np.where(link.carry == NEVER, NEVER, kinds[link.carry]).astype(np.int32)
        kinds = merged_rows(np.column_stack([link.after, carry]))
        _, chosen = np.unique(kinds, return_index=True)
        merged.append(Link(link.after[chosen], carry[chosen], link.start))
    return Chain(kinds.astype(np.int32), tuple(reversed(merged)), classes.astype(np.int32))
