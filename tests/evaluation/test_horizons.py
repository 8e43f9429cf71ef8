"""Horizons against the definition, tried at every length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from krohn.evaluation.intervals import horizon
from krohn.evaluation.results import Horizon, Score, horizons_of

BOUNDS = st.dictionaries(st.integers(1, 50), st.sampled_from([0.0, 0.98, 0.9899999, 0.99, 0.995, 1.0]))


@given(BOUNDS, st.sampled_from([0.5, 0.99, 1.0]), st.randoms(use_true_random=False))
def test_horizon_is_the_longest_length_up_to_which_all_bounds_reach(
    bounds: dict[int, float], threshold: float, random: object
) -> None:
    reached = [
        length
        for length in bounds
        if all(bound >= threshold for other, bound in bounds.items() if other <= length)
    ]
    pairs = list(bounds.items())
    random.shuffle(pairs)  # type: ignore[attr-defined]
    assert horizon(pairs, threshold) == (max(reached) if reached else None)


def score(precision: str, length: int, right: int) -> Score:
    """Return the score of 1,000 words with one label each."""
    return Score(
        precision=precision,
        length=length,
        correct=right,
        total=1000,
        words_correct=right,
        words=1000,
        squares=right,
    )


def test_every_precision_has_a_horizon_of_its_own_in_the_order_given() -> None:
    # By scipy, 996 of 1,000 have a lower bound of 0.98976 and 997 one of 0.99122.
    scores = [
        score("fp32", 4096, 1000),
        score("fp32", 40, 1000),
        score("fp32", 256, 997),
        score("bf16", 40, 1000),
        score("bf16", 256, 996),
        score("bf16", 4096, 1000),
        score("fp16", 40, 0),
    ]
    assert horizons_of(scores) == [
        Horizon(precision="fp32", threshold=0.99, horizon=4096, high=4096),
        Horizon(precision="bf16", threshold=0.99, horizon=40, high=4096),
        Horizon(precision="fp16", threshold=0.99, horizon=None, high=None),
    ]
    assert [found.horizon for found in horizons_of(scores, 0.98)] == [4096, 4096, None]


def test_a_horizon_needs_words_however_many_labels_they_have() -> None:
    # 380 words with 256 labels each, 99.8 % of them right and scattered: the interval alone would do.
    few = Score(
        precision="fp32", length=256, correct=380 * 255, total=380 * 256, words_correct=0, words=380,
        squares=380 * 255**2,
    )  # fmt: skip
    assert few.interval[0] > 0.995
    assert horizons_of([few])[0].horizon is None
    enough = few.model_copy(
        update={"correct": 381 * 255, "total": 381 * 256, "words": 381, "squares": 381 * 255**2}
    )
    assert horizons_of([enough])[0].horizon == 256
