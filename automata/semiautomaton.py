"""A semiautomaton: states, an alphabet and one complete transition table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RequestError
from .arrays import in_range, read_only, whole_numbers
from .batches import prepared, start_states
from .reachability import breadth_first
from .runs import run_batch


@dataclass(frozen=True, eq=False, init=False)
class Semiautomaton:
    """States, an alphabet and a complete transition table.

    Parameters
    ----------
    delta : int array, shape (states, symbols)
        ``delta[state, symbol]`` is the next state. Complete: a sink counts as a state. Kept as a contiguous,
        read-only int32 array.

    Raises
    ------
    RequestError
        Where the table has another shape, is empty, or has a hole (a negative entry) or an entry that is no
        state.

    Examples
    --------
    >>> switch = Semiautomaton([[0, 1], [1, 0]])
    >>> switch.states, switch.symbols
    (2, 2)
    >>> switch.run([[1, 0, 1, 1]]).tolist()
    [[1, 1, 0, 1]]
    """

    delta: NDArray[np.int32]

    def __init__(self, delta: ArrayLike) -> None:
        table = whole_numbers("transition table", delta, 2)
        if table.size == 0:
            raise RequestError(
                f"transition table has shape {table.shape}: expected at least one state and one symbol"
            )
        if int(table.min()) < 0:
            state, symbol = (int(i) for i in np.argwhere(table < 0)[0])
            raise RequestError(
                f"transition table has a hole at state {state}, symbol {symbol}: "
                f"expected a state from 0 to {len(table) - 1}, such as a sink"
            )
        in_range("delta", table, len(table), "a state")
        object.__setattr__(self, "delta", read_only(table))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Semiautomaton) and np.array_equal(self.delta, other.delta)

    def __hash__(self) -> int:
        return hash((self.delta.shape, self.delta.tobytes()))

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.delta.shape[0])

    @property
    def symbols(self) -> int:
        """Size of the alphabet; symbols are 0 to ``symbols - 1``."""
        return int(self.delta.shape[1])

    @cached_property
    def compact(self) -> NDArray[np.integer]:
        """The table in the smallest unsigned type that holds a state: more of it stays in the cache."""
        table = self.delta.astype(np.min_scalar_type(self.states - 1))
        table.flags.writeable = False
        return table

    def run(
        self,
        words: ArrayLike,
        start: ArrayLike = 0,
        lengths: ArrayLike | None = None,
        out: NDArray[np.int32] | None = None,
    ) -> NDArray[np.int32]:
        """Return the state after each symbol.

        Parameters
        ----------
        words : int array, shape (B, L)
            Positions at or past a word's length may hold anything.
        start : int, or int array of shape (B,)
            The state before the first symbol.
        lengths : int array, shape (B,), optional
            Inputs in each word; L where not given.
        out : int32 array, shape (B, L), optional
            Where to write; a buffer used again spares the system new pages.

        Returns
        -------
        int32 array, shape (B, L)
            -1 at positions at or past a word's length.

        Raises
        ------
        RequestError
            For a symbol outside the alphabet, a start that is no state, a length below 0 or above L, or a
            buffer that does not fit.

        Examples
        --------
        >>> turn = Semiautomaton([[1], [2], [0]])
        >>> turn.run(np.zeros((2, 4), np.uint8), start=[0, 2], lengths=[4, 2]).tolist()
        [[1, 2, 0, 1], [0, 1, -1, -1]]
        """
        batch = prepared(words, lengths)
        starts = start_states(start, len(batch.words), self.states)
        out = batch.buffer(out)
        batch.check(run_batch(self.compact, batch.words, starts, batch.lengths, out), self.symbols)
        return out


def reachable(semiautomaton: Semiautomaton, start: int = 0) -> NDArray[np.int32]:
    """Return the states that can be reached from `start`, in breadth-first order, the start first.

    Raises
    ------
    RequestError
        Where the start is no state.

    Examples
    --------
    >>> reachable(Semiautomaton([[0, 2], [1, 1], [2, 0]])).tolist()
    [0, 2]
    """
    in_range("start", np.array([start]), semiautomaton.states, "a state")
    return breadth_first(semiautomaton.delta, start)
