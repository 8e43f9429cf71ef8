"""The bench of evaluation: rates at growing lengths, each beside the shortest."""

from __future__ import annotations

import re
import time

import pytest

from krohn.benchmarks import evaluation
from krohn.errors import RequestError


def test_rates_are_tokens_over_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "TOKENS", 1000)
    calls: list[int] = []
    monkeypatch.setattr(
        evaluation, "evaluate", lambda model, task, lengths, items, words: calls.append(*lengths)
    )
    monkeypatch.setattr(time, "process_time", lambda: float(sum(calls)))
    found = evaluation._lengths("lstm", "fp32", [10, 500])
    # 8 words of 10 symbols, as often as 1,000 tokens take; that the first call warms up is not counted.
    assert calls == [10] * 13 + [500]
    assert [row.value for row in found] == [8.0, 8.0]
    assert [row.ratio for row in found] == [1.0, 1.0]


def test_too_short_a_longest_length_is_refused() -> None:
    with pytest.raises(RequestError, match=re.escape("longest is 40: expected a length of at least 1024")):
        evaluation.rows(longest=40)
