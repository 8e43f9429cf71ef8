"""Is a claim what the board counted? On the same words, up to rounding; on new words, up to chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from ..evaluation.results import Score
from ..evaluation.seeds import holm
from .records import Measured, Reason

TOLERANCE = 0.001
"""Share of the labels by which counts on the same words may differ: other machines round otherwise."""
LEVEL = 0.01
"""Probability that an honest claim is refuted on new words, over all its cells together."""


def repeat_reasons(claimed: Sequence[Measured], repeated: Sequence[Measured]) -> list[Reason]:
    """Return where counts on the claim's own words are not those that were claimed.

    Parameters
    ----------
    claimed, repeated : sequence of Measured
        The same runs and cells in the same order.
    """
    found = []
    for run, own in zip(claimed, repeated, strict=True):
        for said, count in zip(run.results, own.results, strict=True):
            if (said.total, said.words) != (count.total, count.words):
                text = f"{said.total} labels of {said.words} words claimed, {count.total} of {count.words} counted"
            elif abs(said.correct - count.correct) > TOLERANCE * count.total:
                text = f"{_share(said)} claimed, {_share(count)} counted on the claim's own words"
            else:
                continue
            found.append(_reason("repeat", text, run, said, count))
    return found


def season_reasons(
    claimed: Sequence[Measured], repeated: Sequence[Measured], measured: Sequence[Measured]
) -> list[Reason]:
    """Return where the claim's words were luckier, or better known, than chance allows: by test, on new words.

    Parameters
    ----------
    claimed, repeated, measured : sequence of Measured
        The same runs and cells: as claimed, as counted on the claim's words, as counted on the season's.

    Notes
    -----
    One-sided, clustered by word (`p_values`), corrected over all cells by Holm's method: whatever the dependence
    between cells, an honest claim is refuted with a probability of at most 1 %.
    """
    cells = [
        (run, said, own, new)
        for run, first, second in zip(claimed, repeated, measured, strict=True)
        for said, own, new in zip(run.results, first.results, second.results, strict=True)
    ]
    corrected = holm(p_values([own for _, _, own, _ in cells], [new for _, _, _, new in cells]))
    return [
        _reason(
            "season",
            f"{_share(said)} claimed, {_share(new)} counted on the season's words",
            run,
            said,
            new,
            p,
        )
        for (run, said, _, new), p in zip(cells, corrected, strict=True)
        if p is not None and p < LEVEL
    ]


def p_values(first: Sequence[Score], second: Sequence[Score]) -> list[float]:
    """Return how probable it is, cell by cell, that the first is so far ahead of the second if both are of one kind.

    Labels of a word stand and fall together. The variance between the words of both samples says how many independent
    labels a word is worth (J. N. K. Rao and A. J. Scott, Biometrics 48 (1992), 577-585); Fisher's exact test is made
    on so many.

    Examples
    --------
    Of 512 words with one label each, all are right in the first sample, and all but 4 in the second:

    >>> def score(right: int) -> Score:
    ...     words = {"total": 512, "words_correct": right, "words": 512, "squares": right}
    ...     return Score(precision="fp32", length=8, correct=right, **words)
    >>> [round(p, 3) for p in p_values([score(512), score(508), score(512)], [score(508), score(512), score(512)])]
    [0.062, 1.0, 1.0]
    """
    counts = np.array(
        [[(s.correct, s.total, s.words, s.squares) for s in sample] for sample in (first, second)], np.float64
    ).reshape(2, -1, 4)
    correct, total, words, squares = np.moveaxis(counts, 2, 0)
    a_word = total / words
    share = correct.sum(0) / total.sum(0)
    binomial = share * (1 - share)
    between = (squares / a_word**2).sum(0) / words.sum(0) - share**2
    with np.errstate(divide="ignore", invalid="ignore"):
        independent = np.where(between > 0, binomial / between, np.inf)
    worth = np.clip(independent, 1.0, a_word)
    size = np.rint(words * worth)
    wrong = np.rint((1 - correct / total) * size)
    # How probable is it that so few of all that are wrong fell into the first sample?
    found = stats.hypergeom.cdf(wrong[0], size.sum(0), wrong.sum(0), size[0])
    return [min(1.0, float(p)) for p in found]


def _share(score: Score) -> str:
    return f"{score.correct:,} of {score.total:,} right"


def _reason(step: str, text: str, run: Measured, said: Score, count: Score, p: float | None = None) -> Reason:
    return Reason.model_validate(
        {
            "step": step,
            "text": f"{run.task}, length {said.length} in {said.precision}: {text}",
            "task": run.task,
            "seed": run.seed,
            "precision": said.precision,
            "length": said.length,
            "claimed": (said.correct, said.total),
            "measured": (count.correct, count.total),
            "p": p,
        }
    )
