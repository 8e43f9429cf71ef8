"""Tables that read several symbols of a small machine at a time: a code stands for j symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine

ENTRIES = 1 << 14
"""The largest table of labels: it stays in the second cache."""
CODES = 1 << 12
REDRAWN = 1 << 10
"""Of 2^16 values, how many may be redrawn for the others to be fair; the redraw is slow."""


@dataclass(frozen=True, eq=False)
class Codes:
    """A machine's tables over codes of `width` symbols; code c's symbols are its digits, the first lowest.

    Attributes
    ----------
    width : int
        j: 2, 4 or 8.
    count : int
        K^j codes.
    start : int
        The machine's start, as a base.
    bases : uint16 array, shape (states * count,)
        Entry base + c of state base / count is the base of the state after code c.
    labels : unsigned array, shape (states * count,)
        The classes after each of its symbols, a byte each, packed into one number of j bytes.
    symbols : unsigned array, shape (count,)
        Its symbols, packed in the same way.
    """

    width: int
    count: int
    start: int
    bases: NDArray[Any]
    labels: NDArray[Any]
    symbols: NDArray[Any]


def width_of(states: int, symbols: int, classes: int) -> int:
    """Return how many symbols a code stands for: the most whose tables stay in the cache.

    Words depend on it: a change asks for new versions of tasks.

    Examples
    --------
    >>> width_of(2, 2, 2), width_of(4, 5, 4), width_of(120, 120, 120)
    (8, 4, 1)
    """
    for width in (8, 4, 2):
        count = symbols**width
        if classes <= 256 and count <= CODES and states * count <= ENTRIES and 65536 % count <= REDRAWN:
            return width
    return 1


def codes_of(machine: Machine, width: int) -> Codes:
    """Return the tables of a machine.

    Parameters
    ----------
    machine : Machine
        Of at most 256 symbols and classes.
    width : int
        j, above 1.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> codes = codes_of(counter(2), 8)
    >>> hex(int(codes.symbols[0b11])), hex(int(codes.labels[0b11]))
    ('0x101', '0x1')
    """
    states, symbols = machine.states, machine.symbols
    count = symbols**width
    state: NDArray[Any] = np.repeat(np.arange(states)[:, None], count, axis=1)
    rest = np.arange(count)
    labels, digits = [], []
    for _ in range(width):
        rest, digit = np.divmod(rest, symbols)
        state = machine.delta[state, digit]
        digits.append(digit)
        labels.append(machine.outputs[state])
    return Codes(
        width=width,
        count=count,
        start=machine.start * count,
        bases=(state.astype(np.int64) * count).ravel().astype(np.uint16),
        labels=_packed(labels).ravel(),
        symbols=_packed(digits).ravel(),
    )


def _packed(columns: list[NDArray[Any]]) -> NDArray[Any]:
    # Little-endian, whatever the machine: the first symbol is the first byte in memory.
    rows = np.stack(columns, -1).astype(np.uint8)
    return rows.view(f"<u{len(columns)}")[..., 0]
