"""Labelling a batch of timed words, in discrete time and in dense time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...names import positive
from ..runs import IGNORED, PADDING
from .automaton import TimedAutomaton
from .checks import check_runs
from .edge_arrays import EdgeArrays, edge_arrays
from .edges import Edges
from .events import prepared_events
from .kernels import run_clocks, run_one_clock

FIXED_POINT = 1 << 16
"""Units in a time unit, where time is dense and the user says no other: delays are multiples of 2^-16."""

LARGEST_TABLE = 1 << 22
"""Entries of a table of locations, symbols and regions (32 MiB); beyond it guards are compared one by one."""


@dataclass(frozen=True)
class OneClock:
    """An automaton of one clock as `kernels.run_one_clock` takes it, which says what the parts are."""

    table: NDArray[np.int64]
    start: int
    cap: int
    period: int | None
    shift: int | None
    regions: int


@dataclass(frozen=True)
class TimedRuns:
    """The runs of a deterministic timed automaton over timed words.

    Time is counted in whole units of 1 / scale, and nothing is rounded after that: labels are exact for delays
    that are whole multiples of a unit. With one clock, and a scale that is a power of two, the guards are a table
    of regions; otherwise they are compared one by one.

    Parameters
    ----------
    automaton : TimedAutomaton
    scale : int
        Units in a time unit: 1 for discrete time, 2^16 (`FIXED_POINT`) for dense time, or a common denominator of
        rational delays.

    Raises
    ------
    RequestError
        From `check_runs`.

    Examples
    --------
    >>> from krohn.automata.timed.machines import relative
    >>> a, b = 0, 1
    >>> TimedRuns(relative(5)).labels([[a, a, b]], [[5, 6, 1]]).tolist()
    [[0, 1, 1]]
    >>> TimedRuns(relative(5), FIXED_POINT).labels([[a, a]], [[5.0, 5.00002]]).tolist()
    [[0, 1]]
    >>> TimedRuns(relative(5), 3).labels([[a, a]], [[15, 16]]).tolist()  # in thirds
    [[0, 1]]
    """

    automaton: TimedAutomaton
    scale: int = 1

    def __post_init__(self) -> None:
        positive("scale", self.scale)
        check_runs(self.automaton)

    @cached_property
    def form(self) -> Edges:
        """The automaton by numbers."""
        return Edges(self.automaton)

    @cached_property
    def arrays(self) -> EdgeArrays:
        """The edges as arrays."""
        return edge_arrays(self.form)

    @cached_property
    def start(self) -> int:
        """The number of the location where runs start."""
        return self.automaton.location_names.index(self.automaton.start)

    @cached_property
    def outputs(self) -> NDArray[np.int64]:
        """The class of each location, and last that of a run that is stuck."""
        return np.array([*self.automaton.outputs, self.automaton.stuck], np.int64)

    @cached_property
    def regions(self) -> int:
        """Regions of the clock, where a table of them serves; 0 where guards are compared one by one."""
        dense = self.scale > 1
        if len(self.form.periods) != 1 or self.scale & (self.scale - 1):
            return 0
        period, largest = self.form.periods[0], self.form.largest[0]
        regions = (period or max(largest, 0) + (1 if dense else 2)) * (2 if dense else 1)
        cells = (len(self.automaton.locations) + 1) * len(self.automaton.symbols)
        return regions if cells * regions <= LARGEST_TABLE else 0

    @cached_property
    def _table(self) -> NDArray[np.int64]:
        """Next location << 1 | whether the clock is reset, for each location, symbol and region."""
        locations, symbols = len(self.automaton.locations), len(self.automaton.symbols)
        table = np.full((locations + 1, symbols, self.regions), locations << 1, np.int64)
        halves = 2 if self.scale > 1 else 1  # dense regions are the halves of a unit: at k, after k
        shown = np.arange(self.regions)
        for q, row in enumerate(self.form.by_symbol):
            for x, edges in enumerate(row):
                for edge in edges:
                    holds = np.ones(self.regions, np.bool_)
                    for i, _, code in edge.bounds:
                        limit = (code >> 1) * halves + (code & 1)
                        holds &= (shown if i else -shown) < limit
                    table[q, x, holds] = edge.target << 1 | bool(edge.resets)
        return table

    def one_clock(self, outputs: NDArray[np.int64]) -> OneClock:
        """Return the table of an automaton of one clock, whose `regions` are not 0; `outputs` as `self.outputs`."""
        period, largest = self.form.periods[0], self.form.largest[0]
        stride = len(self.automaton.symbols) * self.regions
        following = self._table >> 1
        table = outputs[following] << 40 | (following * stride) << 1 | self._table & 1
        return OneClock(
            table=table.ravel(),
            start=(self.start * stride) << 1,
            cap=max(largest, 0) * self.scale + 1,
            period=period * self.scale or None,
            shift=self.scale.bit_length() - 1 or None,
            regions=self.regions,
        )

    def _run(
        self,
        outputs: NDArray[np.int64],
        padding: int,
        symbols: ArrayLike,
        delays: ArrayLike,
        lengths: ArrayLike | None,
        out: NDArray[np.int32] | None,
    ) -> NDArray[np.int32]:
        alphabet = len(self.automaton.symbols)
        batch, units = prepared_events(symbols, delays, lengths, alphabet, self.scale)
        out = batch.buffer(out)
        if self.regions:
            one = self.one_clock(outputs)
            run_one_clock(
                one.table,
                one.start,
                batch.words,
                units,
                batch.lengths,
                one.cap,
                one.period,
                one.shift,
                one.regions,
                out,
                padding,
            )
        else:
            form = self.arrays
            run_clocks(
                form.offsets,
                form.bound_offsets,
                form.bounds,
                form.targets,
                form.resets,
                np.array(self.form.periods, np.int64),
                self.start,
                alphabet,
                self.scale,
                batch.words,
                units,
                batch.lengths,
                outputs,
                out,
                padding,
            )
        return out

    def labels(
        self,
        symbols: ArrayLike,
        delays: ArrayLike,
        lengths: ArrayLike | None = None,
        out: NDArray[np.int32] | None = None,
    ) -> NDArray[np.int32]:
        """Return the class after each symbol.

        Parameters
        ----------
        symbols : int array, shape (B, L)
            Positions at or past a word's length may hold anything.
        delays : int or float array, shape (B, L)
            Since the symbol before, the first since the start. Whole numbers count units of 1 / scale; others are
            in time units, and rounded to the nearest unit.
        lengths : int array, shape (B,), optional
            L where not given.
        out : int32 array, shape (B, L), optional
            Where to write.

        Returns
        -------
        int32 array, shape (B, L)
            -100 at positions at or past a word's length.

        Raises
        ------
        RequestError
            For a symbol outside the alphabet, a delay below 0 or so long that a word could pass 2^62 units, or
            shapes that do not fit.
        """
        return self._run(self.outputs, IGNORED, symbols, delays, lengths, out)

    def locations(
        self, symbols: ArrayLike, delays: ArrayLike, lengths: ArrayLike | None = None
    ) -> NDArray[np.int32]:
        """Return the location after each symbol, as `labels` does; -1 past a word's end.

        The number of locations stands for a run that is stuck.
        """
        numbers = np.arange(len(self.outputs))
        return self._run(numbers, PADDING, symbols, delays, lengths, None)
