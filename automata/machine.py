"""A Moore machine: a semiautomaton with a start state and an output for each state."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RequestError
from .arrays import in_range, read_only, whole_numbers
from .batches import prepared
from .labels import Names
from .reachability import breadth_first
from .runs import label_batch
from .semiautomaton import Semiautomaton


@dataclass(frozen=True, eq=False, init=False)
class Machine:
    """A semiautomaton with a start state and an output for each state.

    Parameters
    ----------
    semiautomaton : Semiautomaton
    start : int
        The state before the first symbol.
    outputs : int array, shape (states,)
        The class that each state puts out. Kept as a contiguous, read-only int32 array.
    classes : int, optional
        Number of classes, where it is more than the largest output + 1.
    names : Names, optional
        What symbols, states and classes are called. Two machines that differ in names only are equal.

    Raises
    ------
    RequestError
        Where the start is no state, or outputs or names do not fit the states, symbols or classes.

    Examples
    --------
    >>> odd = Machine(Semiautomaton([[0, 1], [1, 0]]), start=0, outputs=[0, 1])
    >>> odd.labels([[1, 0, 1, 1]]).tolist()
    [[1, 1, 0, 1]]
    >>> odd.states, odd.symbols, odd.classes
    (2, 2, 2)
    """

    semiautomaton: Semiautomaton
    start: int
    outputs: NDArray[np.int32]
    classes: int
    names: Names

    def __init__(
        self,
        semiautomaton: Semiautomaton,
        start: int,
        outputs: ArrayLike,
        classes: int | None = None,
        names: Names = Names(),  # noqa: B008  frozen
    ) -> None:
        table = whole_numbers("outputs", outputs, 1)
        states = semiautomaton.states
        if len(table) != states:
            raise RequestError(f"outputs have {len(table)} entries: expected one for each of {states} states")
        in_range("start", whole_numbers("start", [start], 1), states, "a state")
        size = int(table.max()) + 1 if classes is None else classes
        in_range("outputs", table, max(size, 1), "a class")
        object.__setattr__(self, "semiautomaton", semiautomaton)
        object.__setattr__(self, "start", int(start))
        object.__setattr__(self, "outputs", read_only(table))
        object.__setattr__(self, "classes", int(size))
        names.check(semiautomaton.symbols, states, int(size))
        object.__setattr__(self, "names", names)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Machine)
            and (self.start, self.classes) == (other.start, other.classes)
            and np.array_equal(self.outputs, other.outputs)
            and self.semiautomaton == other.semiautomaton
        )

    def __hash__(self) -> int:
        return hash((self.semiautomaton, self.start, self.classes, self.outputs.tobytes()))

    @property
    def states(self) -> int:
        """Number of states."""
        return self.semiautomaton.states

    @property
    def symbols(self) -> int:
        """Size of the alphabet."""
        return self.semiautomaton.symbols

    @property
    def delta(self) -> NDArray[np.int32]:
        """The transition table, int32, shape (states, symbols), read-only."""
        return self.semiautomaton.delta

    def labels(
        self, words: ArrayLike, lengths: ArrayLike | None = None, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """Return the output after each symbol.

        Parameters
        ----------
        words : int array, shape (B, L)
            Positions at or past a word's length may hold anything.
        lengths : int array, shape (B,), optional
            Inputs in each word; L where not given.
        out : int32 array, shape (B, L), optional
            Where to write; a buffer used again spares the system new pages.

        Returns
        -------
        int32 array, shape (B, L)
            -100 at positions at or past a word's length.

        Raises
        ------
        RequestError
            For a symbol outside the alphabet, a length below 0 or above L, or a buffer that does not fit.

        Examples
        --------
        >>> last = Machine(Semiautomaton([[0, 1], [0, 1]]), 0, [3, 5])
        >>> last.labels([[1, 0, 1], [0, 1, 7]], lengths=[3, 2]).tolist()
        [[5, 3, 5], [3, 5, -100]]
        """
        batch = prepared(words, lengths)
        out = batch.buffer(out)
        starts = np.full(len(out), self.start, np.int64)
        table = self.semiautomaton.compact
        fault = label_batch(table, batch.words, starts, batch.lengths, self.outputs, out)
        batch.check(fault, self.symbols)
        return out

    def trim(self) -> Machine:
        """Return the part that can be reached from the start, numbered breadth-first from it.

        The numbering depends on nothing but behaviour along words: two machines are isomorphic exactly where
        their trimmed machines are equal (up to `classes` and names).

        Examples
        --------
        >>> machine = Machine(Semiautomaton([[0, 0], [2, 1], [1, 0]]), 2, [7, 8, 9])
        >>> trimmed = machine.trim()
        >>> trimmed.delta.tolist(), trimmed.start, trimmed.outputs.tolist()
        ([[1, 2], [0, 1], [2, 2]], 0, [9, 8, 7])
        """
        order = breadth_first(self.delta, self.start)
        number = np.full(self.states, -1, np.int32)
        number[order] = np.arange(len(order))
        names = self.names
        if names.states:
            names = replace(names, states=tuple(names.states[q] for q in order))
        return Machine(Semiautomaton(number[self.delta[order]]), 0, self.outputs[order], self.classes, names)
