"""Honest claims stand, inflated ones fall: on counts that are drawn, not on any model's."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from krohn.evaluation.results import Score
from krohn.leaderboards.comparing import p_values, repeat_reasons, season_reasons
from krohn.leaderboards.records import Measured

RNG = np.random.default_rng(13)


def score_of(right: NDArray[np.int64], labels: int, length: int = 512, precision: str = "fp32") -> Score:
    """Counts of words of which each has so many right labels."""
    return Score(
        precision=precision,
        length=length,
        correct=int(right.sum()),
        total=labels * len(right),
        words_correct=int((right == labels).sum()),
        words=len(right),
        squares=int((right * right).sum()),
    )


def draw(kind: str, level: float, labels: int, words: int) -> NDArray[np.int64]:
    """Right labels of words, as models of several kinds have them."""
    if kind == "labels":  # each label by itself
        return RNG.binomial(labels, level, words)
    if kind == "words":  # a word is right or at chance, all of it
        return np.where(RNG.random(words) < level, labels, RNG.binomial(labels, 0.5, words))
    if kind == "drift":  # right to a first error at a time without memory, at chance from there on
        begin = np.clip(RNG.exponential(labels / (1.001 - level), words) - labels, 0, labels).astype(int)
        return begin + RNG.binomial(labels - begin, 0.5)
    return RNG.binomial(labels, RNG.beta(3 * level, 3 * (1 - level), words))  # some words are harder


KINDS = ("labels", "words", "drift", "harder")
LEVELS = (0.5, 0.9, 0.99, 0.999)


def test_of_200_honest_claims_of_280_cells_at_most_5_are_refuted() -> None:
    settings = list(itertools.product(KINDS, LEVELS, (1, 40, 256)))
    refuted = 0
    for _ in range(200):
        cells = [settings[i] for i in RNG.integers(len(settings), size=280)]
        claimed, measured = (
            Measured(
                task="parity",
                seed=0,
                results=[
                    score_of(draw(kind, level, labels, 512), labels, length + 1)
                    for length, (kind, level, labels) in enumerate(cells)
                ],
            )
            for _ in range(2)
        )
        assert repeat_reasons([claimed], [claimed]) == []
        refuted += bool(season_reasons([claimed], [claimed], [measured]))
    assert refuted <= 5


@pytest.mark.parametrize("words", [(512, 512), (64, 512)])
@pytest.mark.parametrize("kind", KINDS)
def test_p_values_are_no_smaller_than_chance_makes_them(kind: str, words: tuple[int, int]) -> None:
    for level in LEVELS:
        pairs = [[score_of(draw(kind, level, 256, n), 256) for n in words] for _ in range(400)]
        found = np.array(p_values([a for a, _ in pairs], [b for _, b in pairs]))
        # 400 draws: 5 % would be 20, and 36 is beyond one in a thousand of that.
        assert (found < 0.05).sum() <= 36


def test_with_one_label_a_word_it_is_fishers_exact_test() -> None:
    for first, second in RNG.integers(400, 513, (50, 2)):
        table = [[512 - first, first], [512 - second, second]]
        exact = fisher_exact(table, "less").pvalue
        samples = (score_of(np.arange(512) < n, 1) for n in (first, second))
        (found,) = p_values(*([sample] for sample in samples))
        assert found == pytest.approx(exact, rel=1e-9)


def measured(counts: dict[int, int], words: int = 512) -> Measured:
    results = [score_of((np.arange(words) < n).astype(np.int64), 1, length) for length, n in counts.items()]
    return Measured(task="parity", seed=7, results=results)


def test_a_claim_inflated_by_1_percent_at_one_length_is_refuted_by_the_first_step() -> None:
    true = {40: 512, 256: 500, 1024: 400}
    for length in true:
        said = measured({**true, length: true[length] * 101 // 100 if length != 40 else 512})
        own = measured({**true, 40: 506} if length == 40 else true)
        (reason,) = repeat_reasons([said], [own])
        assert (reason.step, reason.length, reason.precision, reason.seed) == ("repeat", length, "fp32", 7)
    said, own = measured({**true, 256: 505}), measured(true)
    (reason,) = repeat_reasons([said], [own])
    assert (reason.claimed, reason.measured) == ((505, 512), (500, 512))
    assert reason.text == (
        "parity, length 256 in fp32: 505 of 512 right claimed, 500 of 512 right counted on the claim's own words"
    )


def test_rounding_of_another_machine_is_no_lie() -> None:
    right = np.full(512, 250)
    other = right.copy()
    other[:131] -= 1  # 131 of 131,072 labels are below 0.1 %
    pair = [Measured(task="parity", seed=0, results=[score_of(r, 256)]) for r in (right, other)]
    assert repeat_reasons(pair[:1], pair[1:]) == []
    other[131] -= 1
    pair[1] = Measured(task="parity", seed=0, results=[score_of(other, 256)])
    assert len(repeat_reasons(pair[:1], pair[1:])) == 1


def test_other_words_than_claimed_are_refuted() -> None:
    (reason,) = repeat_reasons([measured({40: 9}, 10)], [measured({40: 9}, 12)])
    assert reason.text == "parity, length 40 in fp32: 10 labels of 10 words claimed, 12 of 12 counted"


def test_words_that_were_chosen_are_refuted_by_the_second_step(records: Any) -> None:
    lucky, true = measured({40: 512, 256: 512}), measured({40: 512, 256: 460})
    (reason,) = season_reasons([lucky], [lucky], [true])
    assert (reason.step, reason.length, reason.claimed, reason.measured) == (
        "season",
        256,
        (512, 512),
        (460, 512),
    )
    assert reason.p is not None
    assert reason.p < 1e-9
    assert season_reasons([true], [true], [lucky]) == []  # worse luck than deserved is nobody's lie
