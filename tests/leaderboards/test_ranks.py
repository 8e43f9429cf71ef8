"""Ranks of made-up claims against every outcome that their intervals allow."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from krohn.leaderboards.board import as_json, rank
from krohn.leaderboards.claim import Claim

# By scipy, of 400 words: 400 and 399 right have intervals that hold 0.99, and 400 one above it (a lower bound of
# 0.9905); 396 and 394 one that holds it; 390 and 200 one below.
RIGHT = st.sampled_from([400, 400, 400, 399, 396, 394, 390, 200])
COUNTS = st.dictionaries(st.sampled_from([40, 256, 1024, 4096]), RIGHT, max_size=4)


@functools.cache
def bounds(right: int) -> tuple[float, float]:
    found = binomtest(right, 400).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def reach(counts: dict[int, int], side: int) -> int:
    """Return the longest length up to which the lower (0) or the upper (1) bounds reach 0.99, by trying all."""
    return max(
        (
            length
            for length in counts
            if all(bounds(right)[side] >= 0.99 for other, right in counts.items() if other <= length)
        ),
        default=0,
    )


@settings(deadline=None, max_examples=150)
@given(drawn=st.lists(COUNTS, min_size=1, max_size=5))
def test_ranks_are_those_of_every_outcome_that_the_intervals_allow(
    made: Callable[..., dict[str, Any]], drawn: list[dict[int, int]]
) -> None:
    found = [
        Claim.model_validate(made({"bf16": {40: 400}, "fp32": counts}, test_seed=index))
        for index, counts in enumerate(drawn)
    ]
    rows = {row.claim.test_seed: row for row in rank(found)}
    assert sorted(rows) == list(range(len(drawn)))
    spans = {i: (reach(counts, 0), reach(counts, 1)) for i, counts in enumerate(drawn) if counts}
    for i, row in rows.items():
        if i not in spans:  # it has no scores in fp32
            assert (row.rank, row.rank_low, row.rank_high) == (None, None, None)
            continue
        assert (row.low, row.high) == spans[i]
        best, worst = [], []
        for outcome in itertools.product(*spans.values()):
            reached = dict(zip(spans, outcome, strict=True))
            others = [value for j, value in reached.items() if j != i]
            best.append(1 + sum(value > reached[i] for value in others))
            worst.append(1 + sum(value >= reached[i] for value in others))  # ties may fall either way
        assert (row.rank_low, row.rank_high) == (min(best), max(worst))
        assert row.rank == 1 + sum(low > spans[i][1] for j, (low, _) in spans.items() if j != i)


@settings(deadline=None, max_examples=50)
@given(drawn=st.lists(COUNTS, min_size=2, max_size=5), random=st.randoms(use_true_random=False))
def test_rows_stand_by_horizon_whatever_the_order_of_the_claims(
    made: Callable[..., dict[str, Any]], drawn: list[dict[int, int]], random: Any
) -> None:
    found = [
        Claim.model_validate(made({"bf16": {40: 400}, "fp32": counts}, test_seed=index))
        for index, counts in enumerate(drawn)
    ]
    rows = rank(found)
    random.shuffle(found)
    assert rank(found) == rows
    complete = [row for row in rows if row.rank is not None]
    assert rows[: len(complete)] == complete
    spans = [(row.low, row.high) for row in complete]
    assert spans == sorted(spans, reverse=True)


def test_a_board_as_json(made: Callable[..., dict[str, Any]], put: Callable[..., Path]) -> None:
    good = made({"fp32": {40: 400, 256: 400, 1024: 396, 4096: 200}, "bf16": {40: 400, 256: 0}}, model="good")
    poor = made({"fp32": {40: 200}}, model="poor", training={**good["training"], "seed": 7})
    half = made({"bf16": {40: 400}}, model="half")
    other = made({"fp32": {40: 400}}, task="count:5")
    found = as_json(put([poor, half, other, good]))
    assert found["suite"] == "open-v1"
    assert [(row["task"], row["model"], row["id"]) for row in found["rows"]] == [
        ("count:5", "lstm", other["id"]),
        ("parity", "good", good["id"]),
        ("parity", "poor", poor["id"]),
        ("parity", "half", half["id"]),
    ]
    _, first, second, third = found["rows"]
    assert first == {
        "rank": 1,
        "rank_low": 1,
        "rank_high": 1,
        "model": "good",
        "track": "learned",
        "tier": "claimed",
        "task": "parity",
        "id": good["id"],
        "seed": 0,
        "parameters": 1234,
        "scores": {
            "horizon": 256,
            "horizon_high": 1024,
            "threshold": 0.99,
            "accuracy": {"40": 1.0, "256": 1.0, "1024": 0.99, "4096": 0.5},
            "horizons": {"fp32": 256, "bf16": 40},
        },
    }
    assert (second["rank"], second["scores"]["horizon"], second["seed"]) == (2, None, 7)
    assert [third[key] for key in ("rank", "rank_low", "rank_high")] == [None] * 3
    assert third["scores"]["horizons"] == {"bf16": 40}


def test_an_empty_board_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "submissions").mkdir()
    assert as_json(tmp_path) == {"suite": "open-v1", "rows": []}
