"""The shipped tasks: labels against their rules in plain Python, names, parameters and error texts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.combinatorics import Permutation

from krohn.automata.counters import counter
from krohn.errors import RequestError
from krohn.generators.families import FAMILIES, Family, Rest, register_task
from krohn.generators.task import Classes, Readout, Symbols, Task, machine_task
from krohn.generators.tasks import families, task

Rule = Callable[[list[int]], list[int]]
Elements = Sequence[tuple[int, ...]]


def count_ones(modulus: int) -> Rule:
    return lambda word: [sum(word[: i + 1]) % modulus for i in range(len(word))]


def last_value_set(word: list[int]) -> list[int]:
    labels = []
    for i in range(len(word)):
        seen = [symbol - 1 for symbol in word[: i + 1] if symbol > 0]
        labels.append(seen[-1] if seen else 0)
    return labels


def product_of(permutations: Elements, chosen: Elements | None = None) -> Rule:
    """Multiply with sympy, whose p * q applies p first; states are numbered by `permutations`."""
    symbols = chosen or permutations

    def rule(word: list[int]) -> list[int]:
        products = itertools.accumulate((Permutation(symbols[s]) for s in word), lambda p, q: p * q)
        return [permutations.index(tuple(product.array_form)) for product in products]

    return rule


def sum_modulo(n: int) -> Rule:
    return lambda word: [total % n for total in itertools.accumulate(word)]


S3, S4, S5 = (list(itertools.permutations(range(n))) for n in (3, 4, 5))
A5 = [p for p in S5 if Permutation(p).is_even]
SWAPS = [(1, 0, 2, 3, 4), (0, 2, 1, 3, 4), (0, 1, 3, 2, 4), (0, 1, 2, 4, 3)]

# Name, symbols, classes and rule.
PREFIX_TASKS: list[tuple[str, int, int, Rule]] = [
    ("parity", 2, 2, count_ones(2)),
    ("count:2", 2, 2, count_ones(2)),
    ("count:5", 2, 5, count_ones(5)),
    ("count:300", 2, 300, count_ones(300)),
    ("flipflop:2", 3, 2, last_value_set),
    ("flipflop:300", 301, 300, last_value_set),
    ("word:C7", 7, 7, sum_modulo(7)),
    ("word:S3", 6, 6, product_of(S3)),
    ("word:S5", 120, 120, product_of(S5)),
    ("word:A5", 60, 60, product_of(A5)),
    ("word:S5:swaps", 4, 120, product_of(S5, SWAPS)),
    ("word:S4:generators", 2, 24, product_of(S4, [(1, 0, 2, 3), (1, 2, 3, 0)])),
]


@pytest.mark.parametrize(("name", "symbols", "classes", "rule"), PREFIX_TASKS)
def test_labels_after_every_symbol(name: str, symbols: int, classes: int, rule: Rule) -> None:
    found = task(name)
    assert (found.name, found.version, found.identity) == (name, 2, f"{name}@2")
    assert (found.inputs, found.targets, found.readout) == (
        Symbols(symbols),
        Classes(classes),
        Readout.PREFIX,
    )
    words = found.sample(12, (1, 30), seed=4)
    assert words.labels.dtype == np.int32
    assert len(words) == 12
    for symbol_row, label_row, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        assert label_row[:length].tolist() == rule(symbol_row[:length].tolist())
        assert (label_row[length:] == -100).all()
        assert (symbol_row[length:] == 0).all()


@settings(deadline=None, max_examples=50)
@given(words=st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=20), min_size=1, max_size=6))
def test_parity_of_given_words(words: list[list[int]]) -> None:
    width = max(map(len, words)) + 1
    # What stands after the end must not matter: here it is ones.
    padded = np.array([word + [1] * (width - len(word)) for word in words], np.uint8)
    lengths = np.array([len(word) for word in words])
    everywhere = task("parity").label(padded, lengths)
    final = task("parity-final").label(padded, lengths)
    for i, word in enumerate(words):
        unlabelled = [-100] * (width - len(word))
        odd = [word[: k + 1].count(1) % 2 for k in range(len(word))]
        assert everywhere[i].tolist() == odd + unlabelled
        assert final[i].tolist() == [-100] * (len(word) - 1) + odd[-1:] + unlabelled


def test_the_final_parity_has_one_label_a_word() -> None:
    found = task("parity-final")
    assert found.readout is Readout.FINAL
    words = found.sample(50, (1, 9), seed=3)
    assert ((words.labels != -100).sum(1) == 1).all()
    ones = words.symbols.astype(int).sum(1)
    assert words.labels[np.arange(50), words.lengths - 1].tolist() == (ones % 2).tolist()


def test_quaternions_multiply_as_hamilton_said() -> None:
    one, minus, i, _, j, _, k, minus_k = range(8)
    labels = task("word:Q8").label(np.array([[i, j, k, i], [j, i, minus, one]]), np.array([4, 4]))
    # ij = k, kk = -1, -1 i = -i; ji = -k, -k times -1 is k.
    assert labels.tolist() == [[i, k, minus, 3], [j, minus_k, k, k]]


def test_one_task_has_one_name() -> None:
    assert task("word:S5:all").name == "word:S5"
    assert task("count:05").name == "count:5"


def test_families_name_their_parameters_and_an_example_that_works() -> None:
    ours = families()[:5]
    assert [(family.usage, family.example) for family in ours] == [
        ("parity", "parity"),
        ("parity-final", "parity-final"),
        ("count:M", "count:5"),
        ("word:G[:SYMBOLS]", "word:S5"),
        ("flipflop:N", "flipflop:2"),
    ]
    assert [task(family.example).name for family in ours] == [family.example for family in ours]


def test_a_user_registers_a_task() -> None:
    before = dict(FAMILIES)
    try:

        @register_task("thirds", example="thirds:2")
        def thirds(K: int, NOTE: str = "none") -> Task:
            return machine_task(f"thirds:{K}:{NOTE}", counter(3 * K), Readout.FINAL, version=4)

        found = task("thirds:2:x")
        assert found.identity == "thirds:2:x@4"
        assert found.targets == Classes(6)
        with pytest.raises(RequestError) as caught:
            task("thirdz:2")
        assert "thirds:K[:NOTE], " in str(caught.value)
        assert str(caught.value).endswith("; did you mean 'thirds:K[:NOTE]'?")
        for name, example, message in [
            ("thirds", "thirds:1", "task 'thirds' is registered already: expected a name that is free"),
            ("a:b", "a:b", "task family 'a:b': expected a name without a colon"),
            ("", "x", "task family '': expected a name without a colon"),
            ("new", None, "task family 'new' has parameters: expected an example, such as 'new:2'"),
        ]:
            with pytest.raises(RequestError) as caught:
                register_task(name, example)(thirds)
            assert str(caught.value) == message
        assert set(FAMILIES) == {*before, "thirds"}
    finally:
        FAMILIES.pop("thirds", None)


def test_a_last_parameter_may_take_all_that_is_left() -> None:
    def spelt(N: int, TEXT: Rest) -> Task:
        return machine_task(f"spelt:{N}:{TEXT}", counter(N), Readout.FINAL)

    family = Family("spelt", spelt, "spelt:2:a")
    for name in ("spelt:2:a", "spelt:3:a:b::c:", "spelt:3:"):
        assert family.make(name, name.split(":")[1:]).name == name
    with pytest.raises(RequestError) as caught:
        family.make("spelt:3", ["3"])
    assert str(caught.value) == "task 'spelt:3' has 1 parameters: expected spelt:N:TEXT"


OURS = "expected one of " + ", ".join(sorted(family.usage for family in families()))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: task("parityy"), f"unknown task 'parityy': {OURS}; did you mean 'parity'?"),
        (lambda: task("coutn:5"), f"unknown task 'coutn:5': {OURS}; did you mean 'count:M'?"),
        (lambda: task("Parity"), f"unknown task 'Parity': {OURS}; did you mean 'parity'?"),
        (lambda: task(""), f"unknown task '': {OURS}"),
        (lambda: task("zebra"), f"unknown task 'zebra': {OURS}"),
        (lambda: task("count"), "task 'count' has 0 parameters: expected count:M"),
        (lambda: task("count:5:6"), "task 'count:5:6' has 2 parameters: expected count:M"),
        (lambda: task("parity:2"), "task 'parity:2' has 1 parameters: expected parity"),
        (lambda: task("word"), "task 'word' has 0 parameters: expected word:G[:SYMBOLS]"),
        (lambda: task("count:0"), "task 'count:0': M is 0: expected 2 to 65536"),
        (lambda: task("count:65537"), "task 'count:65537': M is 65537: expected 2 to 65536"),
        (lambda: task("count:x"), "task 'count:x': M is 'x': expected a whole number, as in count:5"),
        (lambda: task("count:"), "task 'count:': M is '': expected a whole number, as in count:5"),
        (lambda: task("count:-3"), "task 'count:-3': M is '-3': expected a whole number, as in count:5"),
        (lambda: task("flipflop:1"), "task 'flipflop:1': N is 1: expected 2 to 4096"),
        (lambda: task("flipflop:4097"), "task 'flipflop:4097': N is 4097: expected 2 to 4096"),
        (lambda: task("word:S9"), "group 'S9' has order 362880: the limit is 5040"),
        (
            lambda: task("word:C5:swaps"),
            "group 'C5' has no adjacent swaps: expected a symmetric group like S5",
        ),
        (
            lambda: task("word:S5:swap"),
            "unknown choice of symbols 'swap': expected one of all, generators, swaps; did you mean 'swaps'?",
        ),
        (
            lambda: task("parity").sample(2, (9, 3)),
            "lengths are 9-3: expected LO-HI with 1 <= LO <= HI, such as 1-40",
        ),
        (
            lambda: task("parity").sample(2, (0, 4)),
            "lengths are 0-4: expected LO-HI with 1 <= LO <= HI, such as 1-40",
        ),
        (
            lambda: task("parity").sample(0, (1, 4)),
            "count is 0: expected a whole number of at least 1",
        ),
        (
            lambda: task("parity").sample(1, (1, 4), seed=-1),
            "seed is -1: expected a whole number of at least 0",
        ),
        (
            lambda: task("parity").sample(1, (1, 4), first=-1),
            "first is -1: expected a whole number of at least 0",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
    assert caught.value.exit_status == 2
