"""Is a claim what the board counted? On the same words, up to rounding; on new words, up to chance."""

from __future__ import annotations

from collections.abc import Sequence

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
    One-sided, clustered by word (`p_value`), corrected over all cells by Holm's method: whatever the dependence
    between cells, an honest claim is refuted with a probability of at most 1 %.
    """
    cells = [
        (run, said, own, new)
        for run, first, second in zip(claimed, repeated, measured, strict=True)
        for said, own, new in zip(run.results, first.results, second.results, strict=True)
    ]
    corrected = holm([p_value(own, new) for _, _, own, new in cells])
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


def p_value(first: Score, second: Score) -> float:
    """Return how probable it is that the first sample is ahead of the second by so much, if both are of one kind.

    Labels of a word stand and fall together. The variance between the words of both samples says how many independent
    labels a word is worth (J. N. K. Rao and A. J. Scott, Biometrics 48 (1992), 577-585); Fisher's exact test is made
    on so many.

    Examples
    --------
    Of 512 words with one label each, 512 and 512 - k right: k words have to be wrong for a coin's reason.

    >>> def score(right: int) -> Score:
    ...     words = {"total": 512, "words_correct": right, "words": 512, "squares": right}
    ...     return Score(precision="fp32", length=8, correct=right, **words)
    >>> p_value(score(512), score(512))
    1.0
    >>> round(p_value(score(512), score(508)), 3), round(p_value(score(508), score(512)), 3)
    (0.062, 1.0)
    """
    right, labels = first.correct + second.correct, first.total + second.total
    if right in (0, labels):
        return 1.0
    share = right / labels
    a_word = first.total / first.words, second.total / second.words
    words = first.words + second.words
    square = (first.squares / a_word[0] ** 2 + second.squares / a_word[1] ** 2) / words
    binomial, between = share * (1 - share), square - share**2
    worth = [min(most, binomial / between) if between > 0 else most for most in a_word]
    worth = [max(1.0, value) for value in worth]
    size = [round(score.words * value) for score, value in zip((first, second), worth, strict=True)]
    wrong = [
        round((1 - score.correct / score.total) * number)
        for score, number in zip((first, second), size, strict=True)
    ]
    # So few of all that are wrong fell into the first sample.
    return min(1.0, float(stats.hypergeom.cdf(wrong[0], sum(size), sum(wrong), size[0])))


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
