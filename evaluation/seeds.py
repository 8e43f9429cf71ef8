"""Statistics over seeds: intervals of a mean, paired tests, correction for many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEAST_SEEDS = 10
"""Below so many seeds a bootstrap of the mean holds too seldom (docs/evaluation.md has the table)."""
RESAMPLES = 10_000


class SeedInterval(NamedTuple):
    """A mean over seeds with its 95 % interval; the bounds are None for a single seed.

    Attributes
    ----------
    mean, low, high : float
    method : str
        ``t`` below 10 seeds, ``bootstrap`` from there on, ``none`` for one.
    """

    mean: float
    low: float | None
    high: float | None
    method: str


def t_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean by Student's t.

    Examples
    --------
    >>> [round(bound, 3) for bound in t_interval([1.0, 2.0, 3.0])]
    [-0.484, 4.484]
    """
    n = len(values)
    half = float(stats.t.ppf(0.975, n - 1)) * float(np.std(values, ddof=1)) / math.sqrt(n)
    mean = float(np.mean(values))
    return mean - half, mean + half


def bootstrap_interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean over resamples with replacement.

    Examples
    --------
    >>> low, high = bootstrap_interval([float(n) for n in range(20)])
    >>> 6.5 < low < 7.5 < 11.5 < high < 12.5
    True
    """
    rng = np.random.default_rng(seed)
    array = np.asarray(values, float)
    means = array[rng.integers(0, len(array), (RESAMPLES, len(array)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def seed_interval(values: Sequence[float]) -> SeedInterval:
    """Return the mean over seeds with the interval that suits their number.

    Examples
    --------
    >>> seed_interval([0.5])
    SeedInterval(mean=0.5, low=None, high=None, method='none')
    >>> seed_interval([0.5, 0.75, 1.0]).method
    't'
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return SeedInterval(mean, None, None, "none")
    few = len(values) < LEAST_SEEDS
    low, high = t_interval(values) if few else bootstrap_interval(values)
    return SeedInterval(mean, low, high, "t" if few else "bootstrap")


class Paired(NamedTuple):
    """A paired comparison: the mean difference, its test and p-value (None where there is nothing to test)."""

    difference: float
    p: float | None
    test: str


def paired_test(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Compare two models seed by seed, two-sided: Student's paired t below 10 pairs, else Wilcoxon's signed ranks.

    Examples
    --------
    >>> paired_test([0.9, 0.8, 0.95], [0.5, 0.55, 0.6]).p < 0.05
    True
    >>> paired_test([1.0, 1.0], [1.0, 1.0]).p is None
    True
    """
    differences = np.asarray(first, float) - np.asarray(second, float)
    mean = float(differences.mean())
    if len(differences) < 2 or np.ptp(differences) == 0:
        return Paired(mean, None, "none")
    if len(differences) < LEAST_SEEDS:
        return Paired(mean, float(stats.ttest_rel(first, second).pvalue), "paired t")
    return Paired(mean, float(stats.wilcoxon(differences, zero_method="zsplit").pvalue), "Wilcoxon")


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for their number by Holm's method; None stays None and is not counted.

    Notes
    -----
    S. Holm, Scand. J. Stat. 6 (1979), 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, None, 0.03])
    [0.03, 0.06, None, 0.06]
    """
    known = sorted((p, index) for index, p in enumerate(values) if p is not None)
    corrected: list[float | None] = [None] * len(values)
    largest = 0.0
    for rank, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        corrected[index] = round(largest, 12)
    return corrected
