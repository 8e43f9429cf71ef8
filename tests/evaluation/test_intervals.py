"""Intervals against scipy, and against how often they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from krohn.evaluation.intervals import effective_words, interval, wilson


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_scipy(counts: tuple[int, int]) -> None:
    successes, trials = counts
    theirs = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson(successes / trials, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def counts_of(right: np.ndarray, labels: int) -> tuple[int, int, int, int]:
    """Return correct, total, words and squares of right labels a word."""
    return int(right.sum()), labels * len(right), len(right), int((right**2).sum())


RIGHT = st.integers(1, 256).flatmap(
    lambda labels: st.tuples(st.just(labels), st.lists(st.integers(0, labels), min_size=1, max_size=30))
)


@given(RIGHT)
def test_effective_words_give_the_variance_between_words(drawn: tuple[int, list[int]]) -> None:
    # The mean of n independent labels varies by p(1 - p)/n; the mean of the words by their variance over their
    # number. What makes the two equal is n, kept between one label a word and all of them.
    labels, right = drawn
    shares = np.array(right) / labels
    p, variance = shares.mean(), shares.var()
    found = effective_words(*counts_of(np.array(right), labels))
    if p in (0.0, 1.0):
        assert found == len(right)
    elif variance == 0:
        assert found == labels * len(right)
    else:
        equal = p * (1 - p) / (variance / len(right))
        assert found == pytest.approx(np.clip(equal, len(right), labels * len(right)))


@pytest.mark.parametrize("labels", [1, 2, 256])
def test_words_all_right_or_all_wrong_are_worth_a_label_each(labels: int) -> None:
    right = np.array([labels, 0, 0, labels, 0])
    assert effective_words(*counts_of(right, labels)) == pytest.approx(5)


def test_intervals_hold_in_nineteen_of_twenty_draws() -> None:
    # A word's share of right labels is drawn from a Beta distribution with mean 0.8, so that labels of one word
    # stand and fall together. Over 2,000 draws the share of intervals that hold has a deviation of 0.005.
    rng = np.random.default_rng(0)
    labels, words, draws = 64, 100, 2000
    right = rng.binomial(labels, rng.beta(1.6, 0.4, (draws, words)))
    held = naive = 0
    for row in right:
        correct, total, count, squares = counts_of(row, labels)
        low, high = interval(correct, total, count, squares)
        held += low <= 0.8 <= high
        theirs = wilson(correct / total, total)
        naive += theirs[0] <= 0.8 <= theirs[1]
    assert 0.93 <= held / draws <= 0.97
    assert naive / draws < 0.6  # all labels taken for independent
