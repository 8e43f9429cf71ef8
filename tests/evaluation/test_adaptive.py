"""Adaptive sampling: no word twice, nothing spent where the answer is settled, never more than otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import nn

from krohn.evaluation.counting import count
from krohn.evaluation.evaluate import scores_of
from krohn.evaluation.request import request
from krohn.evaluation.results import horizons_of
from krohn.generators.tasks import task

Make = Callable[[int], nn.Module]


@pytest.mark.parametrize("words", [64, 512, 2000])
def test_words_go_where_the_answer_is_open(words: int, parity_until: Make) -> None:
    # Half of the words err within 60 symbols: lengths up to 32 are right, 64 and more are not.
    model, lengths = parity_until(33), [8, 32, 128, 512]
    asked = request(lengths, ["fp32"], words, adaptive=True)
    (counts,) = count(model, task("parity"), asked)
    scores = scores_of(asked, [counts])
    spent = [score.words for score in scores]
    assert min(spent) >= 64
    assert spent[2:] == [64, 64]
    assert spent[0] >= 381 if words >= 512 else spent[0] == 64
    assert horizons_of(scores)[0].horizon == (32 if words >= 512 else None)
    # Every word is counted once: an evaluation of so many words counts the same.
    for score in scores:
        (again,) = count(model, task("parity"), request([score.length], ["fp32"], score.words))
        assert again.score(score.length, **asked.items[0].echo) == score


def test_no_more_tokens_than_otherwise(parity_until: Make) -> None:
    tokens = []
    for adaptive in (False, True):
        seen: list[int] = []
        asked = request([16, 32, 64], ["fp32"], 256, adaptive=adaptive)

        def watch(done: int, total: int, seen: list[int] = seen) -> None:
            seen.append(done)

        count(parity_until(10**6), task("parity"), asked, watch)
        tokens.append(seen[-1])
    assert tokens[1] <= tokens[0] == 256 * 64
