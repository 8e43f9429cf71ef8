"""First errors against the words themselves; survival against lifelines; accuracy by position."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from torch import nn

from krohn.evaluation.counting import count
from krohn.evaluation.evaluate import summary_of
from krohn.evaluation.request import request
from krohn.evaluation.survival import kaplan_meier, median_survival
from krohn.generators.tasks import task

Make = Callable[[int], nn.Module]
WORDS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


@settings(deadline=None, max_examples=40)
@given(WORDS)
def test_survival_is_that_of_lifelines(errors: list[tuple[int, bool]]) -> None:
    times, failed = zip(*errors, strict=True)
    fitted = KaplanMeierFitter().fit(times, failed)
    curve = kaplan_meier(errors)
    for time in range(32):
        own = next((share for when, share in reversed(curve) if when <= time), 1.0)
        assert own == pytest.approx(float(fitted.predict(time)), abs=1e-12)
    if any(abs(share - 0.5) < 1e-9 for _, share in curve):
        return  # half, which a product of floats may miss by a last digit
    median = median_survival(curve)
    assert float(fitted.median_survival_time_) == pytest.approx(np.inf if median is None else median)


@pytest.mark.parametrize("batch", [3, 50])
def test_first_errors_and_positions_are_those_of_the_words(batch: int, parity_until: Make) -> None:
    asked = request([4, 60], ["fp32"], 50, batch=batch, piece=7)
    (counts,) = count(parity_until(30), task("parity"), asked)
    ones = task("parity").sample(50, (60, 60), 0, "test").symbols.cumsum(1) >= 30
    expected = [(int(row.argmax()), True) if row.any() else (60, False) for row in ones]
    assert counts.errors == expected
    assert {failed for _, failed in expected} == {True, False}
    for row in counts.by_position():
        part = ones[:, row.begin : row.end]
        assert (row.correct, row.total) == (int((~part).sum()), part.size)
    assert [counts.by_position()[0].begin, counts.by_position()[-1].end] == [0, 60]
    scores = [counts.score(length, **asked.items[0].echo) for length in (4, 60)]
    summary = summary_of("fp32", counts, scores, 0.5)
    # Two lengths: the mean of their accuracies.
    assert summary.area == pytest.approx((scores[0].accuracy + scores[1].accuracy) / 2)
    assert summary.normalised == pytest.approx(2 * summary.area - 1)
    assert summary.survival[-1][1] == pytest.approx(sum(not failed for _, failed in expected) / 50)
