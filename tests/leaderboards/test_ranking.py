"""Ranks, points and intervals against brute force, scipy, and boards whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, rankdata

from krohn.evaluation.intervals import interval, wilson
from krohn.evaluation.results import horizons_of
from krohn.leaderboards.bootstrap import points
from krohn.leaderboards.cells import Cells
from krohn.leaderboards.listing import Listed
from krohn.leaderboards.ranking import Table, _estimates, ranks, table
from krohn.leaderboards.records import Claim, Verification
from krohn.leaderboards.suite import Suite, suite

SMALL = Suite.model_validate(
    {
        **suite("groups-v1").model_dump(mode="json"),
        "name": "small-v1",
        "test_lengths": [40, 256],
        "precisions": ["fp32"],
        "words": 400,
        "seeds": 3,
        "tasks": [{"task": "word:C2", "version": 2}, {"task": "word:S3", "version": 2}],
    }
)
CHANCES = {"word:C2": 0.5, "word:S3": 1 / 6, "parity": 0.5}


@given(spans=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted), min_size=1, max_size=8))
def test_a_rank_is_one_more_than_the_rows_wholly_above(spans: list[list[int]]) -> None:
    low, high = np.array(spans, np.float64).T
    best, worst = ranks(low, high)
    for i, (mine_low, mine_high) in enumerate(spans):
        assert best[i] == 1 + sum(other_low > mine_high for other_low, _ in spans)
        assert worst[i] == len(spans) - sum(other_high < mine_low for _, other_high in spans)


@given(
    values=st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([0, 0.25, 0.5, 1]), min_size=width, max_size=width),
            min_size=2,
            max_size=7,
        )
    )
)
def test_points_are_the_rows_beaten_with_half_for_ties(values: list[list[float]]) -> None:
    table = np.array(values)
    by_rank = (rankdata(table, axis=0) - 1).mean(1) / (len(table) - 1)
    np.testing.assert_allclose(points(table), by_rank, rtol=1e-12)


@settings(deadline=None)
@given(
    right=st.lists(st.integers(0, 400), min_size=1, max_size=20), words=st.sampled_from([380, 381, 400, 5000])
)
def test_certainty_is_that_of_wilsons_interval(right: list[int], words: int) -> None:
    counts = np.array([min(words, words - 400 + r if words > 400 else r) for r in right], np.int64)
    counts = np.minimum(counts, words)
    ones = np.ones(len(counts), np.int64)
    columns = {"row": ones * 0, "column": ones * 0, "seed": np.arange(len(counts)), "length": ones * 40}
    cells = Cells(
        1,
        (("parity", "fp32"),),
        {**columns, "correct": counts, "total": ones * words, "words": ones * words, "squares": counts},
        CHANCES,
    )
    for sure, count in zip(cells.reaches(0.99), counts, strict=True):
        found = binomtest(int(count), words).proportion_ci(0.95, "wilson")
        assert (sure >= 0.975) == (found.low >= 0.99 and words >= 381)
        assert (sure >= 0.025) == (found.high >= 0.99)


@settings(deadline=None)
@given(data=st.data())
def test_effective_words_are_those_of_the_evaluation(data: st.DataObject) -> None:
    labels, words = 8, 50
    per_word = data.draw(st.lists(st.integers(0, labels), min_size=words, max_size=words))
    correct, squares = sum(per_word), sum(r * r for r in per_word)
    one = np.ones(1, np.int64)
    counts = {
        "correct": one * correct,
        "total": one * labels * words,
        "words": one * words,
        "squares": one * squares,
    }
    cells = Cells(
        1,
        (("parity", "fp32"),),
        {**dict.fromkeys(("row", "column", "seed"), one * 0), "length": one * 9, **counts},
        CHANCES,
    )
    half = interval(correct, labels * words, words, squares)
    assert wilson(correct / (labels * words), float(cells.effective[0])) == pytest.approx(half)


class Board:
    """Entries made up: right words of 400 by task, seed and length."""

    def __init__(self, records: Any) -> None:
        self.records = records

    def entry(
        self, counts: dict[str, list[dict[int, int]]], tier: str = "verified", **changes: Any
    ) -> Listed:
        runs = [
            self.records.run(
                [self.records.score(length, right) for length, right in cells.items()],
                task=task,
                task_version=2,
                seed=seed,
                **({"training": None} if changes.get("track") == "constructed" else {}),
            )
            for task, seeds in counts.items()
            for seed, cells in enumerate(seeds)
        ]
        claim = Claim.model_validate(self.records.document(runs, suite="small-v1", **changes))
        found: Verification | None = None if tier == "claimed" else self.records.verification(claim, tier)
        made: Listed = self.records.listed(claim, found)
        return made


@pytest.fixture(scope="module")
def made(records: Any) -> Board:
    return Board(records)


def both(right: list[dict[int, int]]) -> dict[str, list[dict[int, int]]]:
    return {"word:C2": right, "word:S3": right}


def by_name(found: Table) -> dict[str, Any]:
    return {row.entry.name: row for row in found.rows}


PERFECT, POOR = {40: 400, 256: 400}, {40: 150, 256: 100}


def test_only_what_the_board_measured_whole_is_ranked(made: Board) -> None:
    listed = [
        made.entry(both([PERFECT] * 3), name="good"),
        made.entry(both([POOR] * 3), name="poor"),
        made.entry(both([PERFECT] * 3), "claimed", name="claimed"),
        made.entry(both([PERFECT] * 3), "refuted", name="refuted"),
        made.entry(both([PERFECT] * 2), name="two of three seeds"),
        made.entry({"word:C2": [PERFECT] * 3}, name="one task"),
        made.entry(both([{40: 400}] * 3), name="one length"),
        made.entry(both([PERFECT]), name="by hand", track="constructed"),
    ]
    rows = by_name(table(SMALL, listed, CHANCES))
    assert {name: row.rank for name, row in rows.items() if row.rank is not None} == {
        "good": 1,
        "by hand": 1,
        "poor": 3,
    }
    assert (rows["good"].rank_low, rows["good"].rank_high) == (1, 2)
    assert rows["claimed"].complete
    assert not any(rows[name].complete for name in ("two of three seeds", "one task", "one length"))
    assert rows["good"].key.value == 0.75  # it beats one of the two others and ties with one, on both tasks
    assert rows["good"].score.value == pytest.approx(1.0)
    assert rows["poor"].columns["word:C2", "fp32"] == (
        0.0,
        pytest.approx((150 / 400 + 100 / 400) / 2 * 2 - 1),
    )


def test_the_order_of_entries_changes_nothing(made: Board) -> None:
    listed = [made.entry(both([{40: 400, 256: 400 - i}] * 3), name=f"row {i}") for i in range(6)]
    there, back = table(SMALL, listed, CHANCES), table(SMALL, listed[::-1], CHANCES)
    assert there == back


@settings(deadline=None, max_examples=40)
@given(
    drawn=st.lists(
        st.dictionaries(
            st.sampled_from([40, 256, 1024]), st.sampled_from([400, 399, 396, 390, 200]), min_size=1
        ),
        min_size=1,
        max_size=5,
    )
)
def test_open_rows_are_ranked_by_their_horizons(records: Any, drawn: list[dict[int, int]]) -> None:
    listed, spans = [], []
    for number, right in enumerate(drawn):
        claim = records.claim(right, name=f"row {number}")
        listed.append(records.listed(claim, records.verification(claim)))
        found = horizons_of(claim.runs[0].results)[0]
        spans.append((found.horizon or 0, found.high or 0))
    rows = by_name(table(suite(), listed, CHANCES, "parity"))
    for number, (low, high) in enumerate(spans):
        row = rows[f"row {number}"]
        assert row.rank == 1 + sum(other > high for other, _ in spans)
        assert row.rank_high == len(spans) - sum(other < low for _, other in spans)


def test_fewer_words_than_a_bound_takes_never_make_a_horizon(records: Any) -> None:
    claim = records.document([records.run([records.score(40, 380, words=380)])])
    found = Claim.model_validate(claim)
    (row,) = table(suite(), [records.listed(found, records.verification(found))], CHANCES, "parity").rows
    assert row.horizon is not None
    assert (row.horizon.low, row.horizon.high > 0) == (0.0, True)


def _cells(generator: np.random.Generator, rules: Suite, works: list[float]) -> Cells:
    """Five rows of trainings that work or fail, in all precisions at once; words of one label."""
    tasks, lengths = rules.task_names, rules.test_lengths or []
    shape = (len(ABILITIES), len(tasks), len(rules.precisions), rules.seeds, len(lengths))
    worked = generator.random((*shape[:2], 1, shape[3], 1)) < np.reshape(works, (-1, 1, 1, 1, 1))
    able = np.reshape(ABILITIES, worked.shape[:1] + (1,) * 4)
    right = generator.binomial(rules.words, np.where(worked, able, 0.6) * np.ones(shape))
    row, task, item, seed, at = (index.ravel() for index in np.indices(shape))
    words = np.full(right.size, rules.words)
    columns = tuple((name, precision) for name in tasks for precision in rules.precisions)
    same = {"row": row, "column": task * shape[2] + item, "seed": seed, "length": np.array(lengths)[at]}
    counts = {"correct": right.ravel(), "total": words, "words": words, "squares": right.ravel()}
    return Cells(shape[0], columns, {**same, **counts}, dict.fromkeys(tasks, 0.5))


ABILITIES = [0.997, 0.997, 0.95, 0.999, 0.8]
"""How often a training that worked is right; the first two rows are equal."""


def _equal_rows(name: str, works: list[float]) -> tuple[int, int]:
    """Return on how many of 200 boards the two equal rows share a rank, and on how many their intervals overlap."""
    rules = suite(name)
    generator = np.random.default_rng(7)
    longest = float(np.log2(1 + max(rules.test_lengths or [])))
    shared = overlap = 0
    for _ in range(200):
        (_, low, high), _ = _estimates(rules, _cells(generator, rules, works), longest)
        best, _ = ranks(low, high)
        shared += int(best[0] == best[1])
        overlap += int(low[0] <= high[1] and low[1] <= high[0])
    return shared, overlap


@pytest.mark.parametrize("name", ["groups-v1", "regular-v1", "timed-v1", "algorithmic-v1"])
def test_equal_models_share_a_rank_on_95_of_100_boards(name: str) -> None:
    assert min(_equal_rows(name, [0.7] * 5)) >= 190


def test_where_a_third_row_parts_them_their_intervals_overlap() -> None:
    shared, overlap = _equal_rows("timed-v1", [0.7, 0.7, 0.7, 0.9, 0.5])
    assert shared < 190 <= overlap
