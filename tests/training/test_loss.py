"""The loss and the count of right answers, against their formulas written out for each kind of target."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.generators.task import Classes, SymbolSets, VectorTargets
from krohn.training.loss import correct_of, loss_of

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(2, 5))


def drawn(seed: int, shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Generator]:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(shape, generator=generator, dtype=torch.float64), generator


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), shape=SHAPES, smoothing=st.sampled_from([0.0, 0.1, 0.9]))
def test_cross_entropy(seed: int, shape: tuple[int, int, int], smoothing: float) -> None:
    logits, generator = drawn(seed, shape)
    labels = torch.randint(0, shape[2], shape[:2], generator=generator)
    hidden = torch.rand(shape[:2], generator=generator) < 0.4
    hidden[0, 0] = False
    labels[hidden] = -100
    losses, right, known = [], 0, 0
    for row, answers in zip(logits.tolist(), labels.tolist(), strict=True):
        for scores, answer in zip(row, answers, strict=True):
            if answer == -100:
                continue
            total = math.log(sum(math.exp(score) for score in scores))
            surprises = [total - score for score in scores]
            spread = sum(surprises) / len(surprises)
            losses.append((1 - smoothing) * surprises[answer] + smoothing * spread)
            known += 1
            right += scores[answer] == max(scores)
    loss = loss_of(Classes(shape[2]), logits, labels, smoothing)
    assert loss.shape == ()
    assert loss.item() == pytest.approx(sum(losses) / len(losses), rel=1e-9)
    hits, labelled = correct_of(Classes(shape[2]), logits, labels)
    assert torch.equal(labelled, ~hidden)
    assert (int(hits.sum()), int(labelled.sum())) == (right, known)
    assert not (hits & hidden).any()


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), shape=SHAPES)
def test_binary_cross_entropy_of_sets(seed: int, shape: tuple[int, int, int]) -> None:
    logits, generator = drawn(seed, shape)
    labels = torch.randint(0, 2, shape, generator=generator)
    # Half of the sets are made right, for random ones seldom are.
    made_right = torch.rand(shape[:2], generator=generator) < 0.5
    labels[made_right] = (logits[made_right] > 0).long()
    hidden = torch.rand(shape[:2], generator=generator) < 0.4
    hidden[0, 0] = False
    labels[hidden] = -100
    losses, expected = [], []
    for row, sets in zip(logits.tolist(), labels.tolist(), strict=True):
        for scores, members in zip(row, sets, strict=True):
            if -100 in members:
                expected.append(False)
                continue
            for score, member in zip(scores, members, strict=True):
                share = 1 / (1 + math.exp(-score))
                losses.append(-math.log(share if member else 1 - share))
            expected.append(
                all((score > 0) == (member == 1) for score, member in zip(scores, members, strict=True))
            )
    loss = loss_of(SymbolSets(shape[2]), logits, labels)
    assert loss.item() == pytest.approx(sum(losses) / len(losses), rel=1e-9)
    hits, labelled = correct_of(SymbolSets(shape[2]), logits, labels)
    assert torch.equal(labelled, ~hidden)
    assert hits.flatten().tolist() == expected


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), shape=SHAPES)
def test_squared_error_of_vectors(seed: int, shape: tuple[int, int, int]) -> None:
    logits, generator = drawn(seed, shape)
    labels = (logits + 0.4 * torch.randn(shape, generator=generator, dtype=torch.float64)).round()
    hidden = torch.rand(shape[:2], generator=generator) < 0.4
    hidden[0, 0] = False
    labels[hidden] = math.nan
    losses, expected = [], []
    for row, vectors in zip(logits.tolist(), labels.tolist(), strict=True):
        for given_, wanted in zip(row, vectors, strict=True):
            if math.isnan(wanted[0]):
                expected.append(False)
                continue
            losses += [(a - b) ** 2 for a, b in zip(given_, wanted, strict=True)]
            expected.append([round(a) for a in given_] == wanted)
    loss = loss_of(VectorTargets(shape[2]), logits, labels)
    assert loss.item() == pytest.approx(sum(losses) / len(losses), rel=1e-9)
    hits, labelled = correct_of(VectorTargets(shape[2]), logits, labels)
    assert torch.equal(labelled, ~hidden)
    assert hits.flatten().tolist() == expected


@pytest.mark.parametrize(
    ("targets", "labels"),
    [
        (Classes(2), torch.tensor([[1, -100]])),
        (SymbolSets(2), torch.tensor([[[1, 0], [-100, -100]]])),
        (VectorTargets(2), torch.tensor([[[1.0, 0.0], [math.nan, math.nan]]])),
    ],
)
def test_what_has_no_label_has_no_gradient(targets: Classes, labels: torch.Tensor) -> None:
    logits = torch.tensor([[[0.3, -0.2], [0.5, 4.0]]], requires_grad=True)
    (gradient,) = torch.autograd.grad(loss_of(targets, logits, labels), logits)
    assert (gradient[0, 1] == 0).all()
    assert (gradient[0, 0] != 0).all()


def test_smoothing_has_its_minimum_at_finite_logits() -> None:
    # With targets 0.95 and 0.05 the best logits differ by log(19), and there the gradient vanishes.
    logits = torch.tensor([[[math.log(19.0), 0.0]]], dtype=torch.float64, requires_grad=True)
    loss = loss_of(Classes(2), logits, torch.tensor([[0]]), label_smoothing=0.1)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient.abs().max().item() < 1e-12
    assert loss.item() == pytest.approx(-0.95 * math.log(0.95) - 0.05 * math.log(0.05))
