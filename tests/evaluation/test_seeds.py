"""Statistics over seeds against scipy, statsmodels' definition of Holm, and how often intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from krohn.evaluation.intervals import wilson
from krohn.evaluation.seeds import bootstrap_interval, holm, paired_test, seed_interval, t_interval


def test_wilson_holds_in_nineteen_of_twenty_on_average() -> None:
    rng = np.random.default_rng(1)
    accuracy = rng.uniform(0.5, 1, 20_000)
    held = [
        low <= p <= high
        for p, right in zip(accuracy, rng.binomial(512, accuracy), strict=True)
        for low, high in [wilson(right / 512, 512)]
    ]
    assert abs(np.mean(held) - 0.95) < 0.01


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9).filter(lambda values: np.ptp(values) > 1e-3))
def test_t_is_that_of_scipy(values: list[float]) -> None:
    theirs = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert t_interval(values) == pytest.approx(theirs)


def test_the_bootstrap_is_that_of_scipy_within_its_own_noise() -> None:
    values = np.random.default_rng(0).beta(5, 2, 30)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20_000, rng=1)
    assert bootstrap_interval(values.tolist()) == pytest.approx(
        (theirs.confidence_interval.low, theirs.confidence_interval.high), abs=0.004
    )


def test_which_interval_is_shown() -> None:
    assert [seed_interval([0.1 * i for i in range(n)]).method for n in (1, 2, 9, 10)] == [
        "none", "t", "t", "bootstrap"
    ]  # fmt: skip


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12))
def test_holm_rejects_what_its_steps_reject(values: list[float | None]) -> None:
    corrected = holm(values)
    known = sorted(p for p in values if p is not None)
    for level in (0.01, 0.05, 0.3):
        # Holm's procedure: reject from the smallest on, until one p exceeds level / (tests left).
        rejected = 0
        while rejected < len(known) and known[rejected] <= level / (len(known) - rejected) - 1e-9:
            rejected += 1
        assert sum(p is not None and p <= level - 1e-9 for p in corrected) >= rejected
        assert sum(p is not None and p <= level for p in corrected) <= sum(
            known[i] <= level / (len(known) - i) + 1e-9 for i in range(len(known))
        )
    assert [p is None for p in corrected] == [p is None for p in values]


def test_paired_tests_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    for n, name in ((5, "paired t"), (12, "Wilcoxon")):
        first, second = rng.normal(0.5, 1, n), rng.normal(0, 1, n)
        found = paired_test(first.tolist(), second.tolist())
        theirs = stats.ttest_rel(first, second) if n < 10 else stats.wilcoxon(first, second)
        assert (found.test, found.p) == (name, pytest.approx(theirs.pvalue))
