"""The learning rate and the longest word over the steps."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from krohn.training.config import TrainingConfig
from krohn.training.schedule import learning_rate, longest_word


def test_a_warm_up_and_a_cosine() -> None:
    config = TrainingConfig(steps=1000, lr=0.5, warmup=0.2)
    # Linear from lr / 200 to lr in 200 steps; half of lr in the middle of the 800 others; towards 0 at the end.
    rates = [learning_rate(config, step) for step in range(1000)]
    assert rates[:200] == pytest.approx([0.5 * (step + 1) / 200 for step in range(200)])
    assert rates[200] == pytest.approx(0.5)
    assert rates[600] == pytest.approx(0.25)
    assert rates[400] == pytest.approx(0.25 * (1 + math.sqrt(0.5)))
    assert 0 < rates[999] < 1e-5


@settings(deadline=None)
@given(steps=st.integers(1, 500), lr=st.floats(1e-6, 10), warmup=st.floats(0, 1), data=st.data())
def test_the_rate_rises_then_falls_and_is_never_zero_or_above_its_peak(
    steps: int, lr: float, warmup: float, data: st.DataObject
) -> None:
    config = TrainingConfig(steps=steps, lr=lr, warmup=warmup)
    step = data.draw(st.integers(0, steps - 1))
    rate = learning_rate(config, step)
    assert 0 < rate <= lr
    assume(step + 1 < steps)
    after = learning_rate(config, step + 1)
    if step + 1 < warmup * steps:
        assert after >= rate
    if step >= warmup * steps:
        assert after <= rate


def test_without_a_warm_up_the_first_step_has_the_peak() -> None:
    assert learning_rate(TrainingConfig(steps=7, lr=0.3, warmup=0), 0) == 0.3
    # All warm-up: the last step has the peak.
    assert learning_rate(TrainingConfig(steps=7, lr=0.3, warmup=1), 6) == pytest.approx(0.3)


@settings(deadline=None)
@given(
    steps=st.integers(1, 1000),
    low=st.integers(1, 20),
    more=st.integers(0, 300),
    begin=st.integers(1, 60),
    share=st.sampled_from(["1/4", "1/2", "3/4", "1"]),
    data=st.data(),
)
def test_words_grow_linearly_to_the_longest(
    steps: int, low: int, more: int, begin: int, share: str, data: st.DataObject
) -> None:
    fraction, high = Fraction(share), low + more
    config = TrainingConfig(steps=steps, lengths=(low, high), curriculum=(begin, float(fraction)))
    step = data.draw(st.integers(0, steps - 1))
    grown = begin + (high - begin) * min(Fraction(1), Fraction(step) / (fraction * steps))
    # A sum that should be whole may miss it by an ulp: then the neighbour below is as right.
    allowed = {max(low, min(high, int(value))) for value in (grown, grown - Fraction(1, 10**9))}
    assert longest_word(config, step) in allowed
    if step >= fraction * steps:
        assert longest_word(config, step) == high
    assert longest_word(config.model_copy(update={"curriculum": None}), step) == high
