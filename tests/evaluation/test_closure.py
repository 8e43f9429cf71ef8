"""Closure: a machine enumerated, against one whose states can be counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import krohn
from krohn.errors import RequestError
from krohn.evaluation.closure import closure
from krohn.models.zoo import build_model

State = dict[str, Tensor]


class Clock(nn.Module):
    """Adds symbols modulo `size`, and answers with the sum modulo `answers`."""

    def __init__(self, size: int, answers: int) -> None:
        super().__init__()
        self.size, self.answers = size, answers

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        before = torch.zeros(len(tokens), 1, dtype=torch.int64) if state is None else state["sum"]
        sums = (before + tokens.cumsum(1)) % self.size
        answers = nn.functional.one_hot(sums % self.answers, self.answers).float()
        return 3 * answers, {"sum": sums[:, -1:]}


@pytest.mark.parametrize(("size", "states"), [(3, 3), (12, 12), (60, 60)])
def test_a_clock_that_is_a_multiple_is_proven(size: int, states: int) -> None:
    found = closure(Clock(size, 3), krohn.task("word:C3"))
    assert (found.states, found.complete, found.wrong, found.margin, found.proven) == (
        states,
        True,
        0,
        3.0,
        True,
    )


def test_a_clock_that_is_not_is_refuted_with_all_its_pairs() -> None:
    # Sums modulo 4 and modulo 3 together: 12 pairs. Of these x mod 12 agrees where (x mod 4) mod 3 = x mod 3.
    found = closure(Clock(4, 3), krohn.task("word:C3"))
    agreeing = sum((x % 4) % 3 == x % 3 for x in range(12))
    assert (found.states, found.complete, found.wrong) == (12, True, 3 * (12 - agreeing))
    assert not found.proven


def test_one_class_has_no_margin() -> None:
    found = closure(Clock(2, 1), krohn.task("word:C1"))
    assert (found.states, found.wrong, found.margin, found.proven) == (1, 0, None, True)


def test_what_is_too_large_is_not_proven() -> None:
    found = closure(Clock(1_000_000, 2), krohn.task("parity"), limit=50)
    assert (found.complete, found.wrong, found.proven) == (False, 0, False)
    assert 50 < found.states <= 52


def test_labels_are_those_of_the_task() -> None:
    task = krohn.task("tomita:5")
    assert task.machine is not None
    words = task.sample(50, (1, 20), seed=1)
    for word, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        state = task.machine.start
        for symbol, label in zip(word[:length], labels[:length], strict=True):
            state = task.machine.semiautomaton.delta[state, symbol]
            assert label in (-100, task.machine.outputs[state])


def test_what_has_no_closure() -> None:
    model = build_model("aussm", 2, 2, {}, seed=0)
    with pytest.raises(
        RequestError, match=r"^majority:3 has no finite machine that labels its words: expected such"
    ):
        closure(model, krohn.task("majority:3"))
    with pytest.raises(
        RequestError, match=r"^this model carries no state: expected forward\(tokens, state=None\)"
    ):
        closure(nn.Sequential(nn.Embedding(2, 2)), krohn.task("parity"))
    with pytest.raises(RequestError, match=r"^limit is 0: expected a whole number of at least 1$"):
        closure(model, krohn.task("parity"), limit=0)
