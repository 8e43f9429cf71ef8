"""Words that come twice: in a split, in whole batches, in two splits; and how many would by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numba
import numpy as np
from numpy.typing import NDArray

from .examples import Examples
from .predictors import hash_windows

RUN = 8
"""So many words in a row that came in the same order before are no chance."""
LARGE = 1e18

WordCount = Callable[[int], float]
"""How many words of a length there are."""


def hashes(examples: Examples) -> NDArray[np.uint64]:
    """Return a number for each word, shape (B,)."""
    out = np.zeros(len(examples), np.uint64)
    hash_windows(examples.symbols, examples.ends[:-1], examples.ends[1:], out)
    return out


def duplicates(examples: Examples, count: WordCount) -> tuple[int, float]:
    """Return how many words came before, and how many would if words were uniform.

    Examples
    --------
    >>> from krohn.generators.audit.examples import examples_of
    >>> from krohn.generators.tasks import task
    >>> found, expected = duplicates(examples_of(task("parity"), task("parity").sample(64, (4, 4))), lambda n: 2.0**n)
    >>> found >= 48, round(expected, 1)
    (True, 48.3)
    """
    found = len(examples) - len(np.unique(hashes(examples)))
    expected = 0.0
    for length, m in _by_length(examples).items():
        n = min(count(length), LARGE)
        expected += m + n * np.expm1(m * np.log1p(-1 / n)) if n > 1 else m - 1
    return found, expected


def overlap(examples: Examples, other: Examples, count: WordCount) -> tuple[int, float]:
    """Return how many words stand in another split too, and how many would if words were uniform."""
    found = int(np.isin(hashes(examples), hashes(other)).sum())
    there = _by_length(other)
    expected = 0.0
    for length, m in _by_length(examples).items():
        n = min(count(length), LARGE)
        expected += m * (-np.expm1(there.get(length, 0) * np.log1p(-1 / n)) if n > 1 else length in there)
    return found, expected


def _by_length(examples: Examples) -> Mapping[int, int]:
    lengths, counts = np.unique(examples.lengths, return_counts=True)
    return dict(zip(lengths.tolist(), counts.tolist(), strict=True))


def repeated_batches(examples: Examples) -> int:
    """Return how many words stand in a run that came in the same order before."""
    words = hashes(examples)
    order = np.argsort(words, kind="stable")
    before = np.full(len(words), -1)
    same = words[order][1:] == words[order][:-1]
    before[order[1:][same]] = order[:-1][same]
    return int(_in_runs(np.where(before < 0, 0, np.arange(len(words)) - before)))


@numba.njit(cache=True, nogil=True)
def _in_runs(lags):  # type: ignore[no-untyped-def]
    found, begin = 0, 0
    for i in range(len(lags) + 1):
        if i == len(lags) or lags[i] == 0 or lags[i] != lags[begin]:
            if i > begin and lags[begin] and i - begin >= RUN:
                found += i - begin
            begin = i
    return found


def contradictions(examples: Examples) -> int:
    """Return how many words came before with another label at the same place."""
    places = (examples.seen << 20) + examples.places
    words = hashes(examples) + places.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    _, numbers = np.unique(words, return_inverse=True)
    pairs = np.unique(np.column_stack([numbers, examples.labels]), axis=0)
    return len(pairs) - len(np.unique(pairs[:, 0]))


def ties(examples: Examples) -> int:
    """Return how many words have several most frequent symbols.

    Examples
    --------
    >>> from krohn.generators.audit.examples import examples_of
    >>> from krohn.generators.tasks import task
    >>> ties(examples_of(task("majority:5"), task("majority:5").sample(100, (4, 9))))
    0
    """
    _, symbols = np.unique(examples.symbols, return_inverse=True)
    return int(_ties(symbols, examples.ends, int(symbols.max()) + 1))


@numba.njit(cache=True, nogil=True)
def _ties(symbols, ends, size):  # type: ignore[no-untyped-def]
    counts = np.zeros(size, np.int64)
    found = 0
    for i in range(len(ends) - 1):
        counts[:] = 0
        for t in range(ends[i], ends[i + 1]):
            counts[symbols[t]] += 1
        found += (counts == counts.max()).sum() > 1
    return found


def fixed_symbols(examples: Examples, reach: int = 6) -> list[tuple[int, int]]:
    """Return the positions that hold one symbol in all words (from the end: negative), and that symbol."""
    rows = examples.chosen(examples.lengths > 2 * reach)
    if len(rows) < 100:
        return []
    found = []
    for offset in (*range(reach), *range(-reach, 0)):
        held = np.unique(rows.symbols[(rows.ends[:-1] if offset >= 0 else rows.ends[1:]) + offset])
        if len(held) == 1:
            found.append((offset, int(held[0])))
    return found
