"""Wilson intervals on counts, with the effective number of words, and the horizon that follows from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


def wilson(share: float, trials: float, z: float = Z) -> tuple[float, float]:
    """Return the 95 % score interval of a share.

    Parameters
    ----------
    share : float
        Successes over trials.
    trials : float
        Number of independent trials; need not be whole.
    z : float
        Quantile of the normal distribution, for another level than 95 %.

    Notes
    -----
    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson(1.0, 512)]
    [0.9926, 1.0]
    """
    z2 = z * z / trials
    centre = share + z2 / 2
    half = z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials))
    return max(0.0, (centre - half) / (1 + z2)), min(1.0, (centre + half) / (1 + z2))


def effective_words(correct: int, total: int, words: int, squares: int) -> float:
    """Return how many independent labels the labels of `words` words are worth.

    Labels of one word stand and fall together: the variance between words says by how much. With all words
    right there is no variance to see, and the number of words is what is certain.

    Parameters
    ----------
    correct, total : int
        Labels answered rightly, labels.
    words : int
        Each with ``total / words`` labels.
    squares : int
        Sum over words of the squared number of right labels.

    Returns
    -------
    float
        Between `words` and `total`.

    Examples
    --------
    Words all right or all wrong are worth one label each, labels at random one each:

    >>> effective_words(correct=50 * 8, total=100 * 8, words=100, squares=50 * 64)
    100.0
    >>> effective_words(correct=400, total=800, words=100, squares=100 * 18)
    800.0
    """
    share, labels = correct / total, total / words
    variance = squares / words / labels**2 - share**2
    if correct in (0, total):
        return float(words)
    if variance <= share * (1 - share) / labels:
        return float(total)
    return max(float(words), words * share * (1 - share) / variance)


def interval(correct: int, total: int, words: int, squares: int, z: float = Z) -> tuple[float, float]:
    """Return the 95 % interval of ``correct / total``; the counts are those of `effective_words`."""
    return wilson(correct / total, effective_words(correct, total, words, squares), z)


def least_words(threshold: float) -> float:
    """Return how many words, all right, it takes for a lower bound of `threshold`.

    Examples
    --------
    >>> round(least_words(0.99), 1)
    380.3
    """
    return Z * Z * threshold / (1 - threshold) if threshold < 1 else math.inf


def area(points: Sequence[tuple[int, float]]) -> float:
    """Return the mean accuracy over log2 of the length, by the trapezoidal rule.

    Parameters
    ----------
    points : sequence of (length, accuracy)
        In any order; lengths differ.

    Examples
    --------
    >>> area([(40, 1.0), (80, 1.0), (160, 0.5)])
    0.875
    """
    ordered = sorted(points)
    if len(ordered) == 1:
        return ordered[0][1]
    logs = [math.log2(length) for length, _ in ordered]
    pieces = [
        (logs[i + 1] - logs[i]) * (ordered[i][1] + ordered[i + 1][1]) / 2 for i in range(len(ordered) - 1)
    ]
    return sum(pieces) / (logs[-1] - logs[0])


def normalised(score: float, chance: float | None) -> float | None:
    """Return a score with chance as 0 and 1 as 1; None where chance is unknown or 1.

    Examples
    --------
    >>> normalised(0.75, 0.5), normalised(0.4, 0.5)
    (0.5, -0.2)
    """
    if chance is None or chance >= 1:
        return None
    return round((score - chance) / (1 - chance), 12)


def horizon(bounds: Sequence[tuple[int, float]], threshold: float = 0.99) -> int | None:
    """Return the longest length such that it and every shorter one have a bound of at least `threshold`.

    Parameters
    ----------
    bounds : sequence of (length, bound)
        In any order.

    Examples
    --------
    >>> horizon([(40, 0.999), (256, 0.995), (1024, 0.4), (4096, 0.999)])
    256
    >>> horizon([(40, 0.9)]) is None
    True
    """
    longest = None
    for length, bound in sorted(bounds):
        if bound < threshold:
            break
        longest = length
    return longest
