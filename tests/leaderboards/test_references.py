"""The reference rows: what they are by definition, and that those shipped are those counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from krohn.generators.tasks import task
from krohn.leaderboards.references import LEARNED_WORDS, REFERENCES, counts_of, references
from krohn.leaderboards.suite import suite, suite_names

SHIPPED = json.loads((Path(__file__).parents[2] / "leaderboards/references.json").read_text())


@pytest.mark.parametrize("name", suite_names()[1:])
def test_every_suite_has_them_whole(name: str) -> None:
    rules = suite(name)
    found = references(rules)
    assert [row.name for row in found] == list(REFERENCES)
    for row in found:
        assert [run.task for run in row.runs] == rules.task_names
        for run in row.runs:
            cells = {(score.precision, score.length) for score in run.counts}
            assert cells == {
                (item, length) for item in rules.precisions for length in rules.test_lengths or []
            }
    assert all(score.correct == score.total for run in found[0].runs for score in run.counts)


@pytest.mark.parametrize(
    ("name", "of"), [("groups-v1", "word:S3"), ("regular-v1", "even-pairs"), ("algorithmic-v1", "reverse")]
)
def test_shipped_counts_are_those_counted_again(name: str, of: str) -> None:
    rules = suite(name)
    lengths = tuple(length for length in rules.test_lengths or [] if length <= 256)
    again = json.loads(json.dumps(counts_of(of, lengths, rules)))[of]
    shipped = {
        ref: {n: c for n, c in rows.items() if int(n) <= 256} for ref, rows in SHIPPED[name][of].items()
    }
    assert again == shipped


def test_a_bigram_and_a_table_learn_what_the_training_words_say() -> None:
    # By hand: the label that training words have most often after the same two symbols, or after the same beginning.
    parity, rules = task("parity"), suite()
    train = parity.sample(LEARNED_WORDS, (1, 40), seed=0, split="train")
    test = parity.sample(rules.words, (60, 60), seed=0, split="test")
    two: dict[tuple[int, ...], list[int]] = {}
    beginnings: dict[bytes, list[int]] = {}
    everything = [0, 0]
    for symbols, labels, length in zip(train.symbols, train.labels, train.lengths, strict=True):
        for t in range(length):
            before = tuple(symbols[max(0, t - 1) : t + 1].tolist())
            two.setdefault(before, [0, 0])[labels[t]] += 1
            beginnings.setdefault(symbols[: t + 1].tobytes(), [0, 0])[labels[t]] += 1
            everything[labels[t]] += 1
    constant = int(np.argmax(everything))
    right = {"bigram": 0, "lookup table": 0, "constant": 0}
    for symbols, labels in zip(test.symbols, test.labels, strict=True):
        for t in range(60):
            seen = beginnings.get(symbols[: t + 1].tobytes())
            right["lookup table"] += int(labels[t]) == (constant if seen is None else int(np.argmax(seen)))
            right["bigram"] += int(labels[t]) == int(
                np.argmax(two[tuple(symbols[max(0, t - 1) : t + 1].tolist())])
            )
            right["constant"] += int(labels[t]) == constant
    found = counts_of("parity", (60,), rules)["parity"]
    assert {name: found[name][60]["correct"] for name in right} == right


def test_a_users_own_task_has_none() -> None:
    assert references(suite(), "file:/etc/passwd", [40]) == []
    assert references(suite(), "nobody's", [40]) == []
