"""Survival of the first error: how many words have met none by a position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def kaplan_meier(errors: Sequence[tuple[int, bool]]) -> list[tuple[int, float]]:
    """Return the Kaplan-Meier estimate of the share of words with no error yet.

    Parameters
    ----------
    errors : sequence of (time, failed)
        One a word: how many symbols it went without an error, and whether one followed; where none did, the word
        ended there and is censored.

    Returns
    -------
    list of (time, share)
        Where the share falls; before the first it is 1.

    Notes
    -----
    E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53 (1958), 457-481.

    Examples
    --------
    >>> kaplan_meier([(3, True), (5, False), (7, True), (9, False)])
    [(3, 0.75), (7, 0.375)]
    """
    times = np.array([time for time, _ in errors], np.int64)
    failed = np.array([failed for _, failed in errors], bool)
    share, curve = 1.0, []
    for time in np.unique(times[failed]):
        share *= 1 - int((times[failed] == time).sum()) / int((times >= time).sum())
        curve.append((int(time), share))
    return curve


def median_survival(curve: Sequence[tuple[int, float]]) -> int | None:
    """Return the first time by which half of the words have failed; None where half never did.

    Examples
    --------
    >>> median_survival([(3, 0.75), (7, 0.375)])
    7
    """
    return next((time for time, share in curve if share <= 0.5 + 1e-12), None)


def thinned(curve: Sequence[tuple[int, float]], most: int = 128) -> list[tuple[int, float]]:
    """Return at most about `most` points of a curve, evenly by share, the last one included.

    Examples
    --------
    >>> thinned([(1, 0.9), (2, 0.8), (3, 0.7)], most=1)
    [(3, 0.7)]
    """
    if len(curve) <= most:
        return list(curve)
    picked = np.linspace(0, len(curve) - 1, most + 1).round().astype(int)[1:]
    return [curve[index] for index in dict.fromkeys(picked.tolist())]
