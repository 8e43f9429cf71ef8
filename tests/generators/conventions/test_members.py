"""How peers' words are drawn where a language's members, or the parts of a word, have a law of their own."""

from __future__ import annotations

from collections import Counter

import pytest
from scipy.stats import chisquare

from krohn.generators.conventions.registry import convention_task


def examples(convention: str, name: str, count: int, length: int) -> list[tuple[tuple[int, ...], int]]:
    """Return words and their last labels."""
    words = convention_task(convention, name).sample(count, (length, length), seed=3)
    ends = words.lengths - 1
    return [
        (tuple(row[: end + 1].tolist()), int(labels[end]))
        for row, labels, end in zip(words.symbols, words.labels, ends, strict=True)
    ]


MEMBERS = {
    "marked-copy": (5, 2**2, 3**5),
    "marked-reversal": (5, 2**2, 3**5),
    "odds-first": (7, 2**3, 3**7),
    "bucket-sort": (3, 5, 6**3),
    "unmarked-reversal": (6, 2**3, 2**6),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_members_are_half_and_uniform(name: str) -> None:
    length, members, every = MEMBERS[name]
    found = examples("flare", name, 8000, length)
    inside = Counter(word for word, label in found if label)
    outside = {word for word, label in found if not label}
    assert abs(inside.total() - 4000) < 5 * 45
    assert len(inside) == members
    assert chisquare(list(inside.values())).pvalue > 1e-4
    assert len(outside) > min(every - members, 500) * 0.8


def test_majorities_are_of_any_size_and_order() -> None:
    found = examples("flare", "majority", 9000, 5)
    inside = Counter(word for word, label in found if label)
    sizes = [sum(n for word, n in inside.items() if sum(word) == ones) for ones in (3, 4, 5)]
    assert chisquare(sizes).pvalue > 1e-4  # 3, 4 or 5 ones, as likely
    for ones, words in ((3, 10), (4, 5)):
        counts = [n for word, n in inside.items() if sum(word) == ones]
        assert len(counts) == words
        assert chisquare(counts).pvalue > 1e-4


def test_the_hidden_one_is_any() -> None:
    found = examples("flare", "missing-duplicate", 6000, 2)
    inside = Counter(word for word, label in found if label)
    assert set(inside) == {(1, 2), (2, 1)}
    assert chisquare(list(inside.values())).pvalue > 1e-4


def test_places_of_separators_are_uniform() -> None:
    found = examples("slice", "binary-addition", 6000, 16)
    places = Counter(word.index(3) for word, _ in found)
    assert sorted(places) == [1, 2, 3, 4, 5, 6]
    assert chisquare(list(places.values())).pvalue > 1e-4
