"""The distributions that the builders state, against exact laws of small words (chi-square)."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import chisquare

from krohn.generators.tasks import task

Law = dict[tuple[int, ...], Fraction]
DRAWS = 60_000


def words_of(name: str, length: int, count: int = DRAWS) -> list[tuple[int, ...]]:
    words = task(name).sample(count, (length, length), seed=11)
    return [tuple(word) for word in words.symbols[:, :length].tolist()]


def check(name: str, length: int, law: Law) -> None:
    assert sum(law.values()) == 1
    found = Counter(words_of(name, length))
    assert set(found) <= set(law)
    expected = [float(p) * DRAWS for p in law.values()]
    assert min(expected) > 5
    assert chisquare([found[word] for word in law], expected).pvalue > 1e-4


def uniform(words: list[tuple[int, ...]]) -> Law:
    return dict.fromkeys(words, Fraction(1, len(words)))


def every(size: int, length: int) -> list[tuple[int, ...]]:
    return list(itertools.product(range(size), repeat=length))


def expressions(modulus: int, length: int, value: int) -> Law:
    """Return the law of the expressions of a value: what the docstring of brackets.py says, word by word."""
    plus, minus, times, opening, closing = range(modulus, modulus + 5)
    if length <= 4:
        digit = value if length % 2 else -value % modulus
        shapes = [(digit,), (minus, digit), (opening, digit, closing), (opening, minus, digit, closing)]
        return {shapes[length - 1]: Fraction(1)}
    law: Law = Counter()  # type: ignore[assignment]
    for left in range(1, length - 3):
        for sign, operation in ((plus, int.__add__), (minus, int.__sub__), (times, int.__mul__)):
            pairs = [(a, b) for a, b in every(modulus, 2) if operation(a, b) % modulus == value]
            for a, b in pairs:
                share = Fraction(1, (length - 4) * 3 * len(pairs))
                for (first, p), (second, q) in itertools.product(
                    expressions(modulus, left, a).items(), expressions(modulus, length - 3 - left, b).items()
                ):
                    law[(opening, *first, sign, *second, closing)] += share * p * q
    return law


@pytest.mark.parametrize(("modulus", "length"), [(2, 5), (3, 5), (4, 6), (2, 9)])
def test_expressions(modulus: int, length: int) -> None:
    law: Law = Counter()  # type: ignore[assignment]
    for value in range(modulus):
        for word, p in expressions(modulus, length, value).items():
            law[word] += p / modulus
    check(f"mod-brackets:{modulus}", length, law)


@pytest.mark.parametrize("name", ["mod-brackets:5", "mod-brackets:6", "solve-equation:5", "solve-equation:8"])
@pytest.mark.parametrize("length", [5, 18, 40])
def test_values_and_solutions_are_balanced(name: str, length: int) -> None:
    labels = task(name).sample(20_000, (length, length), seed=3).labels[:, -1]
    assert chisquare(np.bincount(labels)).pvalue > 1e-4


def test_the_place_of_x() -> None:
    # (LoR) of five symbols: the first two send x to L, the operator and what follows to R.
    words = words_of("solve-equation:5", 7)
    found = Counter(word.index(10) for word in words)
    assert chisquare([found[1], found[3]], [DRAWS * 2 / 5, DRAWS * 3 / 5]).pvalue > 1e-4


def test_factors_beside_x_are_invertible() -> None:
    for word in words_of("solve-equation:6", 7):
        if word[2] == 8:
            factor = word[3] if word[1] == 11 else word[1]
            assert math.gcd(factor, 6) == 1


def test_expressions_without_brackets() -> None:
    law: Law = {(a, 3 + o, b): Fraction(1, 27) for a in range(3) for o in range(3) for b in range(3)}
    check("mod-ltr:3", 3, law)
    check("mod-precedence:3", 3, law)
    check("mod-ltr:2:+*", 3, uniform([(a, o, b) for a in (0, 1) for o in (2, 3) for b in (0, 1)]))


def test_operands_of_sums_and_products() -> None:
    words = [(*a, 2, *b) for split in (1, 2, 3) for a in every(2, split) for b in every(2, 4 - split)]
    for name in ("binary-addition", "binary-multiplication"):
        check(name, 5, uniform(words))


@pytest.mark.parametrize("name", ["square-root", "reverse", "repetition", "duplicate", "odds-first"])
def test_uniform_words(name: str) -> None:
    check(name, 6, uniform(every(2, 6)))


@pytest.mark.parametrize(("name", "size", "length"), [("bucket-sort", 5, 3), ("set:7", 7, 3)])
def test_uniform_words_over_more_symbols(name: str, size: int, length: int) -> None:
    check(name, length, uniform(every(size, length)))


@pytest.mark.parametrize(
    ("name", "size", "length"), [("majority", 2, 6), ("majority:3", 3, 4), ("majority:5", 5, 2)]
)
def test_words_with_a_single_most_frequent_symbol(name: str, size: int, length: int) -> None:
    counts = {word: sorted(word.count(s) for s in range(size)) for word in every(size, length)}
    check(name, length, uniform([word for word, count in counts.items() if count[-1] > count[-2]]))


def test_leaning_words() -> None:
    law: Law = Counter()  # type: ignore[assignment]
    for favourite, share in itertools.product(range(3), range(256)):
        p = [
            Fraction(256 - share, 256 * 3) + (Fraction(share, 256) if s == favourite else 0) for s in range(3)
        ]
        for word in every(3, 3):
            law[word] += Fraction(1, 3 * 256) * math.prod((p[s] for s in word), start=Fraction(1))
    check("majority-count:3", 3, law)


def test_counts_cannot_be_told_from_the_length() -> None:
    words = task("majority-count").sample(4000, (100, 100), seed=1)
    counts = [np.bincount(word).max() for word in words.symbols[:, :100].astype(np.int64)]
    assert max(Counter(counts).values()) < 0.2 * 4000


@pytest.mark.parametrize(("name", "turned"), [("marked-copy", False), ("marked-reversal", True)])
def test_marked_words(name: str, turned: bool) -> None:
    # Two places, two symbols: with K changes, K geometric, each of the three wrong halves is as likely.
    law: Law = {}
    for first, second in itertools.product(every(2, 2), every(2, 2)):
        right = second == (first[::-1] if turned else first)
        law[(*first, 2, *second)] = Fraction(1, 8) if right else Fraction(1, 24)
    check(name, 5, law)


def test_missing_duplicate() -> None:
    law: Law = Counter()  # type: ignore[assignment]
    for half, at in itertools.product(every(3, 2), range(4)):
        word = [*half, *half]
        word[at] = 3
        law[tuple(word)] += Fraction(1, 36)
    check("missing-duplicate:3", 4, law)


def test_stacks() -> None:
    law: Law = Counter()  # type: ignore[assignment]
    for height in (1, 2, 3):
        for held, actions in itertools.product(
            every(2, height), itertools.product((2, 3, 4), repeat=4 - height)
        ):
            law[(*held, *actions)] += Fraction(1, 3 * 2**height * 3 ** (4 - height))
    check("stack-manipulation", 4, law)


def balanced(types: int, depth: int, length: int) -> list[tuple[int, ...]]:
    def closes(word: tuple[int, ...]) -> bool:
        held: list[int] = []
        for symbol in word:
            if symbol < types:
                held.append(symbol)
            elif not held or held.pop() != symbol - types:
                return False
            if len(held) > depth:
                return False
        return not held

    return [word for word in every(2 * types, length) if closes(word)]


@pytest.mark.parametrize(
    ("types", "depth", "length"), [(1, 2, 10), (1, 1000, 10), (2, 2, 6), (2, 1, 6), (3, 3, 4)]
)
def test_balanced_words_are_uniform(types: int, depth: int, length: int) -> None:
    check(f"dyck:{types}:{depth}", length, uniform(balanced(types, depth, length)))


def shuffles(types: int, length: int, opens: Callable[[int, int], Fraction]) -> Law:
    law: Law = Counter()  # type: ignore[assignment]

    def go_on(word: tuple[int, ...], p: Fraction, rests: list[int], heights: list[int]) -> None:
        if not p:
            return
        if not sum(rests):
            law[word] += p
        for k in range(types):
            if not rests[k]:
                continue
            chosen = p * Fraction(rests[k], sum(rests))
            up = opens(rests[k], heights[k])
            less = [r - (i == k) for i, r in enumerate(rests)]
            for step, share in ((1, up), (-1, 1 - up)):
                higher = [h + step * (i == k) for i, h in enumerate(heights)]
                go_on((*word, k if step > 0 else types + k), chosen * share, less, higher)

    for pairs in every(types, length // 2):
        go_on(
            (), Fraction(1, types ** (length // 2)), [2 * pairs.count(k) for k in range(types)], [0] * types
        )
    return law


@pytest.mark.parametrize(("types", "length"), [(1, 8), (2, 4), (3, 4)])
def test_shuffles(types: int, length: int) -> None:
    def deep(rest: int, height: int) -> Fraction:
        def left(r: int, h: int) -> int:  # paths of r steps from h to 0, by reflection
            return 0 if h < 0 else math.comb(r, (r + h) // 2) - math.comb(r, (r + h) // 2 + 1)

        return Fraction(left(rest - 1, height + 1), left(rest, height))

    def shallow(rest: int, height: int) -> Fraction:
        return Fraction(rest - height, rest) * (Fraction(1, 4) if height else 1)

    laws = [shuffles(types, length, opens) for opens in (deep, shallow)]
    if types == 1:
        assert set(laws[0].values()) == {Fraction(1, 14)}
    law = {
        word: sum((one.get(word, Fraction(0)) for one in laws), Fraction(0)) / 2 for word in laws[0] | laws[1]
    }
    check(f"shuffle-dyck:{types}", length, law)


def test_recall() -> None:
    # Two pairs of two keys, two queries among two blanks: 2 * 4 * 2 orders and values, 6 places.
    law: Law = {}
    for keys, values, asked in itertools.product([(0, 1), (1, 0)], every(2, 2), [(0, 1), (1, 0)]):
        for a, b in itertools.combinations(range(4), 2):
            rest = [4] * 4
            rest[a], rest[b] = asked
            law[(keys[0], 2 + values[0], keys[1], 2 + values[1], *rest)] = Fraction(1, 96)
    check("mqar:2", 8, law)


@pytest.mark.parametrize(
    ("name", "ignored"), [("flipflop-lm", 80), ("flipflop-lm:dense", 10), ("flipflop-lm:0.35", 35)]
)
def test_flip_flop_language(name: str, ignored: int) -> None:
    law: Law = Counter()  # type: ignore[assignment]
    p = {2: Fraction(ignored, 100), 0: Fraction(100 - ignored, 200), 1: Fraction(100 - ignored, 200)}
    for a, kind, b in itertools.product((3, 4), (0, 1, 2), (3, 4)):
        shown = a if kind == 1 else b
        law[(0, a, kind, shown, 1, shown if kind == 0 else a)] += p[kind] / 4
    check(name, 6, law)


def test_the_published_length_of_flip_flop_words() -> None:
    words = task("flipflop-lm:sparse").sample(50, (512, 512), seed=1)
    assert (words.symbols[:, 0] == 0).all()
    assert (words.symbols[:, 510] == 1).all()
    assert 0.975 < (words.symbols[:, 2:510:2] == 2).mean() < 0.985
