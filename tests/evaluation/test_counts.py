"""Counts of models whose every answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from krohn.evaluation.evaluate import evaluate
from krohn.evaluation.results import Score, horizons_of
from krohn.generators.tasks import task
from krohn.models.zoo import build_model

State = dict[str, Tensor] | None


class Parity(nn.Module):
    """Answers every prefix of parity rightly, and carries the parity so far."""

    def forward(self, tokens: Tensor, state: State = None) -> tuple[Tensor, dict[str, Tensor]]:
        before = torch.zeros(len(tokens), 1, dtype=torch.int64) if state is None else state["parity"]
        parities = (tokens.cumsum(1) + before) % 2
        return F.one_hot(parities, 2).float(), {"parity": parities[:, -1:]}


class WholeParity(nn.Module):
    """The same for a model of the user's that takes whole words and carries nothing."""

    def forward(self, tokens: Tensor) -> Tensor:
        return F.one_hot(tokens.cumsum(1) % 2, 2).float()


class Always(nn.Module):
    """One answer, whatever comes."""

    def __init__(self, answer: int, classes: int) -> None:
        super().__init__()
        self.answer, self.classes = answer, classes

    def forward(self, tokens: Tensor) -> Tensor:
        return F.one_hot(torch.full_like(tokens, self.answer), self.classes).float()


class EveryThird(nn.Module):
    """Right at positions 0, 3, 6, ... of parity and wrong at all others; carries the position too."""

    def forward(self, tokens: Tensor, state: State = None) -> tuple[Tensor, dict[str, Tensor]]:
        before = (
            torch.zeros(len(tokens), 2, dtype=torch.int64) if state is None else state["parity, position"]
        )
        position = before[:, 1:] + torch.arange(tokens.shape[1])
        parities = (tokens.cumsum(1) + before[:, :1]) % 2
        answers = torch.where(position % 3 == 0, parities, 1 - parities)
        after = torch.stack([parities[:, -1], position[:, -1] + 1], 1)
        return F.one_hot(answers, 2).float(), {"parity, position": after}


def constant_counts(name: str, answer: int, length: int, words: int, seed: int = 0) -> list[int]:
    """Return how many of the counted labels of each word are `answer`, label by label."""
    found = task(name).sample(words, (length, length), seed, "test")
    return [sum(int(label) == answer for label in word[-256:]) for word in found.labels]


@pytest.mark.parametrize("model", [Parity(), WholeParity()])
def test_a_model_that_is_right_has_every_count_and_the_longest_horizon(model: nn.Module) -> None:
    scores = evaluate(model, "parity", [1, 40, 256, 300, 1000], words=400)
    assert scores == [
        Score(
            precision="fp32",
            length=length,
            correct=400 * labels,
            total=400 * labels,
            words_correct=400,
            words=400,
            squares=400 * labels**2,
        )
        for length, labels in [(1, 1), (40, 40), (256, 256), (300, 256), (1000, 256)]
    ]
    assert horizons_of(scores)[0].horizon == 1000


@pytest.mark.parametrize(("words", "horizon"), [(380, None), (381, 9)])
def test_a_horizon_needs_381_words(words: int, horizon: int | None) -> None:
    # With all n words right the lower bound is n/(n + z²), which reaches 0.99 at n = 99 z² = 380.3.
    assert horizons_of(evaluate(Parity(), "parity", [9], words=words))[0].horizon == horizon


@pytest.mark.parametrize(
    ("name", "answer", "classes"), [("parity", 1, 2), ("count:5", 2, 5), ("word:S3", 0, 6)]
)
@pytest.mark.parametrize("length", [1, 7, 300])
def test_a_constant_answer_is_counted_label_by_label(
    name: str, answer: int, classes: int, length: int
) -> None:
    right = constant_counts(name, answer, length, words=20)
    (score,) = evaluate(Always(answer, classes), name, [length], words=20)
    assert score.correct == sum(right)
    assert score.squares == sum(count**2 for count in right)
    assert score.words_correct == sum(count == min(length, 256) for count in right)
    assert score.total == 20 * min(length, 256)


def test_test_words_depend_on_the_seed_of_the_test() -> None:
    found = [evaluate(Always(0, 2), "parity", [50], words=20, seed=seed)[0].correct for seed in range(4)]
    assert found == [sum(constant_counts("parity", 0, 50, 20, seed)) for seed in range(4)]
    assert len(set(found)) > 1


@pytest.mark.parametrize("length", [1, 5, 300])
def test_a_final_readout_counts_one_label_a_word(length: int) -> None:
    (right,) = evaluate(Parity(), "parity-final", [length], words=30)
    assert (right.correct, right.total, right.words_correct, right.squares) == (30, 30, 30, 30)
    odd = sum(
        int(word.sum()) % 2 for word in task("parity-final").sample(30, (length,) * 2, 0, "test").symbols
    )
    (score,) = evaluate(Always(1, 2), "parity-final", [length], words=30)
    assert (score.correct, score.total, score.words_correct, score.squares) == (odd, 30, odd, odd)


def test_what_is_not_a_number_is_wrong_even_where_it_is_the_right_answer() -> None:
    class NotANumber(nn.Module):
        """Parity, with NaN in place of the largest logit (which argmax finds) at every even position."""

        def forward(self, tokens: Tensor) -> Tensor:
            logits = WholeParity()(tokens)
            even = (torch.arange(tokens.shape[1]) % 2 == 0)[None, :, None]
            return torch.where((logits == 1) & even, torch.nan, logits)

    (score,) = evaluate(NotANumber(), "parity", [11], words=6)
    assert (score.correct, score.total, score.words_correct, score.squares) == (6 * 5, 6 * 11, 0, 6 * 25)


@pytest.mark.parametrize("piece", [1, 2, 3, 8, 100, 10_000])
def test_counts_do_not_depend_on_pieces(piece: int) -> None:
    lengths = [300, 1, 2, 260, 257, 9]
    for score in evaluate(EveryThird(), "parity", lengths, words=3, piece=piece):
        counted = range(max(0, score.length - 256), score.length)
        right = sum(position % 3 == 0 for position in counted)
        assert (score.correct, score.squares) == (3 * right, 3 * right**2)


@pytest.mark.parametrize("batch", [1, 7, 19, 20, 512])
def test_counts_do_not_depend_on_the_batch(batch: int) -> None:
    for model in (Always(1, 2), EveryThird(), WholeParity()):
        found = evaluate(model, "parity", [40, 300], words=20, batch=batch)
        assert found == evaluate(model, "parity", [40, 300], words=20)


def test_a_model_is_run_in_evaluation_mode_and_left_as_it_came() -> None:
    class Halved(WholeParity):
        """Drops half of its answers while in training."""

        def __init__(self) -> None:
            super().__init__()
            self.drop, self.frozen = nn.Dropout(0.5), nn.Dropout(0.5).eval()

        def forward(self, tokens: Tensor) -> Tensor:
            return self.frozen(self.drop(super().forward(tokens)))

    model = Halved()
    (score,) = evaluate(model, "parity", [40], words=20)
    assert score.correct == score.total
    assert (model.training, model.drop.training, model.frozen.training) == (True, True, False)


@pytest.mark.parametrize(("model", "tokens"), [(Parity(), 2 * 10 * 9), (WholeParity(), 10 * (4 + 9 + 2))])
def test_watch_is_told_of_every_token(model: nn.Module, tokens: int) -> None:
    # A model with a state runs once over the longest, here in two precisions; any other once a length.
    seen: list[tuple[int, int]] = []
    items = ["fp32", "fp16"] if isinstance(model, Parity) else ["fp32"]
    evaluate(model, "parity", [4, 9, 2], items, words=10, batch=3, watch=lambda *now: seen.append(now))
    assert seen[-1] == (tokens, tokens)
    assert np.all(np.diff([done for done, _ in seen]) > 0)


ITEMS = ["fp32", "bf16", "weights=e4m3+activations=bf16"]


@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
@pytest.mark.parametrize("name", ["aussm", "lstm", "mamba"])
def test_the_zoo_counts_alike_in_any_pieces_and_batches(name: str, rounding: str) -> None:
    model = build_model(name, 2, 2, {"width": 8}, seed=0)
    asked = (model, "parity", [5, 70], ITEMS if rounding == "nearest" else ["bf16"])
    scores = evaluate(*asked, words=9, rounding=rounding)
    for batch, piece in ((1, 1000), (7, 16), (64, 16)):
        assert evaluate(*asked, words=9, batch=batch, piece=piece, rounding=rounding) == scores
