"""Timed words, checked and typed for the compiled loops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import RequestError
from ..batches import Batch, prepared
from .kernels import first_fault, to_units

LONGEST = 1 << 62
"""Units in a word."""


def prepared_events(
    symbols: ArrayLike, delays: ArrayLike, lengths: ArrayLike | None, alphabet: int, scale: int
) -> tuple[Batch, NDArray[Any]]:
    """Return timed words as the compiled loops take them: symbols and lengths, and delays in units of 1 / scale.

    Parameters
    ----------
    symbols, delays, lengths
        As for `TimedRuns.labels`.
    alphabet : int
        Number of symbols.
    scale : int

    Raises
    ------
    RequestError
        As `TimedRuns.labels` says.

    Examples
    --------
    >>> batch, units = prepared_events([[0, 1]], [[0.5, 2.0]], None, alphabet=2, scale=4)
    >>> batch.words.tolist(), units.tolist()
    ([[0, 1]], [[2, 8]])
    >>> prepared_events([[0, 1]], [[1, -2]], None, alphabet=2, scale=1)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: delays[0, 1] is -2: expected 0 to 2305843009213693952, a whole number of units
    """
    batch = prepared(symbols, lengths)
    given = np.asarray(delays)
    if given.shape != batch.words.shape or given.dtype.kind not in "iuf":
        raise RequestError(
            f"delays are {given.dtype} of shape {given.shape}: expected numbers of shape {batch.words.shape}"
        )
    longest = LONGEST // max(given.shape[1], 1)
    real = given.dtype.kind == "f"
    units: NDArray[Any] = given
    fault = -1
    if real:
        units = np.empty(given.shape, np.int64)
        times = _frozen(given.astype(np.float64, copy=False))
        fault = int(to_units(times, batch.lengths, scale, float(longest), units))
    elif given.dtype not in (np.uint8, np.int32, np.int64):
        # Beyond int64 a wrapped value is negative, and found below.
        units = given.astype(np.int64)
    units = _frozen(units)
    words = _frozen(batch.words)
    if fault < 0:
        fault = int(first_fault(words, batch.lengths, units, alphabet, longest))
        if fault >= 0 and not 0 <= int(words.flat[fault]) < alphabet:
            batch.check(fault, alphabet)
    if fault >= 0:
        b, t = divmod(fault, given.shape[1])
        expected = (
            f"0 to {longest // scale} time units" if real else f"0 to {longest}, a whole number of units"
        )
        raise RequestError(f"delays[{b}, {t}] is {given[b, t]}: expected {expected}")
    return replace(batch, words=words), units


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    # A view that is always read-only: numba would compile writable and read-only inputs apart.
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
