"""The stratified bootstrap: rows' scores, horizons and Borda points over and over, with other seeds and other luck."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from .cells import Cells

REPLICATES = 1000
FEWER, LARGE = 200, 1000
"""Replicates of a board of more rows than `LARGE`, where a table would take many seconds."""
BINS = 1 << 12
"""Values on a column that differ by less than 1 / BINS of its range are a tie."""


@dataclass(frozen=True)
class Reached:
    """What every training seed of every row reached on every column.

    A group is a row, a column and a seed; a stratum is a row and a column.

    Parameters
    ----------
    cells : Cells
        Complete: every row has counts in every column.
    threshold : float
        Of the horizons.
    longest : float
        log2 of one more than the length that a log horizon of 1 stands for.
    """

    cells: Cells
    threshold: float
    longest: float

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The entries of the cells, by row, column, seed and length."""
        counts = self.cells.counts
        return np.lexsort((counts["length"], counts["seed"], counts["column"], counts["row"]))

    def sorted(self, name: str) -> NDArray[np.int64]:
        """Return one of the counts in that order."""
        return self.cells.counts[name][self.order]

    @cached_property
    def begins(self) -> NDArray[np.int64]:
        """Where each group begins among the entries, and the number of entries; shape (groups + 1,)."""
        key = np.stack([self.sorted(name) for name in ("row", "column", "seed")])
        new = np.ones(key.shape[1], np.bool_)
        new[1:] = (key[:, 1:] != key[:, :-1]).any(0)
        return np.append(np.flatnonzero(new), key.shape[1])

    @cached_property
    def stratum(self) -> NDArray[np.int64]:
        """The number of every group's stratum: row by row, column by column."""
        firsts = self.begins[:-1]
        return self.sorted("row")[firsts] * len(self.cells.columns) + self.sorted("column")[firsts]

    @cached_property
    def strata(self) -> NDArray[np.int64]:
        """Where each stratum begins among the groups, and the number of groups."""
        return np.searchsorted(self.stratum, np.arange(self.cells.rows * len(self.cells.columns) + 1))

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """For every entry, the log horizon that ends there as a share of the longest; in the groups' order."""
        return np.asarray(np.log2(1 + self.sorted("length")) / self.longest)

    @cached_property
    def sure(self) -> NDArray[np.float64]:
        """For every entry, how sure it is that the horizon reaches it: the least certainty so far in its group."""
        found = self.cells.reaches(self.threshold)[self.order]
        _running_minimum(found, self.begins)
        return found

    def horizons(self, certainty: float) -> NDArray[np.float64]:
        """Return every group's log horizon as a share, at a certainty: 0.975 by lower bounds, 0.025 by upper ones."""
        reached = np.where(self.sure >= certainty, self.shares, 0.0)
        return _by_group(np.maximum, reached, self.begins)

    @cached_property
    def scores(self) -> NDArray[np.float64]:
        """Every group's mean over its lengths of the chance-normalised accuracy."""
        sums = _by_group(np.add, self.cells.normalised[self.order], self.begins)
        return np.asarray(sums / np.diff(self.begins))

    @cached_property
    def spreads(self) -> NDArray[np.float64]:
        """The standard error of every group's score, that of its words."""
        squares = _by_group(np.add, self.cells.spread[self.order] ** 2, self.begins)
        return np.asarray(np.sqrt(squares) / np.diff(self.begins))

    def mean(self, groups: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over seeds of a number of every group, shape (rows, columns); NaN where there is none."""
        size = self.cells.rows * len(self.cells.columns)
        sums, counts = np.bincount(self.stratum, groups, size), np.diff(self.strata)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        return np.asarray(means.reshape(self.cells.rows, len(self.cells.columns)))


def _by_group(operation: np.ufunc, values: NDArray[Any], begins: NDArray[np.int64]) -> NDArray[np.float64]:
    if len(begins) == 1:  # no group, where reduceat would ask for one
        return np.zeros(0)
    return np.asarray(operation.reduceat(values, begins[:-1]), np.float64)


@numba.njit(cache=True, nogil=True)
def _running_minimum(values, begins):  # type: ignore[no-untyped-def]
    for group in range(len(begins) - 1):
        for i in range(begins[group] + 1, begins[group + 1]):
            values[i] = min(values[i], values[i - 1])


def replicates(reached: Reached, by_score: bool) -> NDArray[np.float32]:
    """Return Borda points, mean log horizon and mean score of every row, over and over.

    In each replicate every row draws its seeds of a task anew with replacement, one fewer than it has, which gives
    means of few the spread that they have (Rao and Wu, J. Am. Stat. Assoc. 83 (1988), 231-241). All precisions of
    the task are of the drawn trainings. Of each drawn seed the horizon is one that its words allow, as often as they
    do, and the score has the error of its words. On each column a row gets a point for every row below and half a
    point for every tie; its Borda points are the mean over columns, 1 where it is above all others on all of them.

    Parameters
    ----------
    reached : Reached
    by_score : bool
        Whether points go by score; otherwise by horizon.

    Returns
    -------
    array, shape (3, rows, `REPLICATES`), or with `FEWER`
    """
    rows, columns = reached.cells.rows, len(reached.cells.columns)
    count = REPLICATES if rows <= LARGE else FEWER
    out = np.zeros((3, rows, count), np.float32)
    borda = np.zeros((count, rows), np.float32)
    bins = np.zeros((rows, count), np.int32)
    groups = reached.strata, reached.begins, reached.sure, reached.shares, reached.scores, reached.spreads
    tasks = [task for task, _ in reached.cells.columns]
    for column, task in enumerate(tasks):
        _draw(*groups, column, columns, tasks.index(task), by_score, out, bins)
        _add_points(np.ascontiguousarray(bins.T), 1 / (max(1, rows - 1) * columns), borda)
    out[0] = borda.T
    return out


def points(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Borda points of rows, shape (rows,), for their values on columns, shape (rows, columns).

    Examples
    --------
    >>> points(np.array([[1.0, 0.5], [0.2, 0.5], [0.0, 0.0]])).tolist()
    [0.875, 0.625, 0.0]
    """
    found = np.zeros(len(values))
    bins = _bins_of(values)
    for column in bins.T:
        ordered = np.sort(column)
        below = np.searchsorted(ordered, column, "left")
        found += below + (np.searchsorted(ordered, column, "right") - below - 1) / 2
    return np.asarray(found / (max(1, len(values) - 1) * max(1, values.shape[1])))


def _bins_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor(np.clip(np.nan_to_num(values), 0, 1) * (BINS - 1) + 0.5).astype(np.int64)


@numba.njit(cache=True, nogil=True)
def _draw(strata, begins, sure, shares, scores, spreads, column, columns, task, by_score, out, bins):  # type: ignore[no-untyped-def]
    for row in range(bins.shape[0]):
        stratum = row * columns + column
        first, size = strata[stratum], strata[stratum + 1] - strata[stratum]
        drawn = max(1, size - 1)
        # The same numbers for every precision of a task: one training is at all of them what it is.
        state = _mixed(np.uint64(row * columns + task) * np.uint64(0x9E3779B97F4A7C15))
        for turn in range(bins.shape[1]):
            horizon = score = variance = 0.0
            for _ in range(drawn):
                state += np.uint64(0x9E3779B97F4A7C15)
                bits = _mixed(state)
                group = first + ((np.int64(bits >> np.uint64(32)) * size) >> 32)
                luck = np.float64(bits & np.uint64(0xFFFFFFFF)) * 2.0**-32
                end = begins[group]
                while end < begins[group + 1] and sure[end] > luck:
                    end += 1
                if end > begins[group]:
                    horizon += shares[end - 1]
                score += scores[group]
                variance += spreads[group] ** 2
            state += np.uint64(0x9E3779B97F4A7C15)
            horizon /= drawn
            score = (score + _normal(_mixed(state)) * np.sqrt(variance)) / drawn
            out[1, row, turn] += horizon / columns
            out[2, row, turn] += score / columns
            value = min(1.0, max(0.0, score)) if by_score else horizon
            bins[row, turn] = np.int32(value * (BINS - 1) + 0.5)


@numba.njit(cache=True, nogil=True)
def _add_points(bins, share, out):  # type: ignore[no-untyped-def]
    turns, rows = bins.shape
    for turn in range(turns):
        below = np.zeros(BINS + 1, np.int32)
        for row in range(rows):
            below[bins[turn, row] + 1] += 1
        for b in range(BINS):
            below[b + 1] += below[b]
        for row in range(rows):
            under, level = below[bins[turn, row]], below[bins[turn, row] + 1]
            out[turn, row] += (under + (level - under - 1) / 2) * share


@numba.njit(cache=True, nogil=True)
def _normal(bits):  # type: ignore[no-untyped-def]
    # The sum of four uniform numbers, its variance 1: near enough for the error of a mean over hundreds of words.
    total = 0.0
    for _ in range(4):
        total += np.float64(bits & np.uint64(0xFFFF)) + 0.5
        bits >>= np.uint64(16)
    return (total * 2.0**-16 - 2.0) * np.sqrt(3.0)


@numba.njit(cache=True, nogil=True)
def _mixed(x):  # type: ignore[no-untyped-def]
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
