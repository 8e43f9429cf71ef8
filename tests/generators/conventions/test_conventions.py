"""Peers' conventions, each held to a slow and literal telling of the peer's rule, and to automata-lib's machines."""

from __future__ import annotations

import importlib.util
import itertools
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from automata.fa.dfa import DFA
from scipy.stats import chisquare

from krohn.errors import RequestError
from krohn.generators.conventions.lengths import LengthRule
from krohn.generators.conventions.registry import CONVENTIONS, convention_task
from krohn.generators.source import Words


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RULES: dict[tuple[str, str], Any] = {
    key: rule
    for name in ("literal", "literal_machines", "literal_members")
    for key, rule in _beside(name).RULES.items()
}


def rows(words: Words) -> list[tuple[list[int], dict[int, int]]]:
    found = []
    for i, length in enumerate(words.lengths):
        at = np.flatnonzero(words.labelled[i])
        found.append((words.symbols[i, :length].tolist(), {int(t): int(words.labels[i, t]) for t in at}))
    return found


def test_every_row_has_a_literal_rule() -> None:
    by_family = {"word", *CONVENTIONS["liu"]}
    named = {
        (c, name)
        for c, table in CONVENTIONS.items()
        for name in table
        if name not in by_family or c == "grazzi"
    }
    drawn_only = {("slice", "solve-equation:5")}  # held below
    missing = {(c, name) for c, name in named if (c, name) not in RULES and c != "liu"} - drawn_only
    assert not missing


@pytest.mark.parametrize(("convention", "name"), RULES, ids=["-".join(key) for key in RULES])
def test_words_and_labels_are_the_peers(convention: str, name: str) -> None:
    task = convention_task(convention, name)
    for lengths, count in (((6, 40), 1500), ((41, 90), 100)):
        for word, labels in rows(task.sample(count, lengths, seed=5)):
            assert RULES[convention, name](word) == labels, word
            assert max(word) < task.inputs.size  # type: ignore[union-attr]


def test_slice_equations_have_the_solution() -> None:
    literal = _beside("literal")
    several = 0
    found = rows(convention_task("slice", "solve-equation").sample(3000, (1, 60), seed=2))
    for word, labels in found:
        assert word[-4:-2] == [11, 11]
        assert word[-1] == 13
        text = literal.written(word[:-4], "?01234+-*()?x")
        assert text.count("x") == 1
        values = [literal.split_shape(text.replace("x", str(d))) % 5 for d in range(5)]
        assert labels == {len(word) - 1: labels[len(word) - 1]}
        assert values[labels[len(word) - 1]] == word[-2] - 1
        several += values.count(word[-2] - 1) > 1
    assert several > 300  # products make them ambiguous


EXAMPLES = {
    ("deletang", "parity"): (41, 500, 41, 500),
    ("deletang", "mod-precedence:5"): (1, 40, 1, 39),
    ("xlstm", "parity"): (3, 40, 2, 39),
    ("xlstm", "mod-precedence:5"): (3, 40, 2, 38),
    ("slice", "mod-precedence:5"): (1, 40, 2, 40),
    ("slice", "reverse"): (1, 40, 2, 40),
    ("slice", "missing-duplicate:9"): (3, 40, 4, 40),
    ("aussm", "parity"): (6, 40, 5, 39),
    ("aussm", "cycle:5"): (6, 40, 5, 37),
    ("aussm", "mod-ltr:5"): (6, 40, 4, 38),
    ("aussm", "mod-brackets:5"): (6, 40, 2, 38),
    ("aussm", "repetition:10"): (6, 40, 4, 38),
}


@pytest.mark.parametrize(("convention", "name"), EXAMPLES, ids=["-".join(key) for key in EXAMPLES])
def test_lengths(convention: str, name: str) -> None:
    low, high, shortest, longest = EXAMPLES[convention, name]
    found = convention_task(convention, name).sample(4000, (low, high), seed=3).lengths
    assert (found.min(), found.max()) == (shortest, longest)


def test_a_length_that_two_n_share_comes_twice_as_often() -> None:
    rule = LengthRule(times=2, add=1, over=2, plus=-1)
    assert rule.inputs(2, 5).tolist() == [1, 3, 3, 5]
    found = convention_task("deletang", "mod-precedence:5").sample(4000, (2, 5), seed=1).lengths
    counts = [int((found == n).sum()) for n in (1, 3, 5)]
    assert chisquare(counts, [1000, 2000, 1000]).pvalue > 1e-3


def test_trees_are_grown_leaf_by_leaf() -> None:
    # Of three operators: the second grows on the left or the right of the first, the third on one of three leaves.
    words = convention_task("aussm", "mod-brackets:5").sample(12_000, (15, 18), seed=1)
    shapes: Counter[str] = Counter()
    for word, _ in rows(words):
        shapes["".join("(" if x == 6 else ")" if x == 5 else "" for x in word)] += 1
    # Both orders of growth give the tree with two operands that are brackets.
    expected = {"(()())": 2 / 6}
    chains = [shape for shape in shapes if shape != "(()())"]
    assert len(chains) == 1  # brackets alone do not tell the four chains apart
    expected[chains[0]] = 4 / 6
    counts = [shapes[shape] for shape in expected]
    assert chisquare(counts, [12_000 * p for p in expected.values()]).pvalue > 1e-3


def test_splits_are_uniform() -> None:
    words = convention_task("deletang", "mod-brackets:5").sample(9000, (9, 9), seed=4)
    lefts: Counter[int] = Counter()
    operators: Counter[int] = Counter()
    for word, _ in rows(words):
        depth = 0
        for i, x in enumerate(word[1:-1]):
            depth += (x == 8) - (x == 9)
            if depth == 0 and x in (5, 6, 7) and i > 0 and word[i] not in (5, 6, 7, 8):
                lefts[i] += 1
                operators[x] += 1
                break
    assert chisquare([lefts[n] for n in range(1, 6)]).pvalue > 1e-3
    assert chisquare([operators[x] for x in (5, 6, 7)]).pvalue > 1e-3


def test_slice_draws_products_twice() -> None:
    words = convention_task("slice", "mod-brackets:5").sample(9000, (5, 5), seed=4)
    counts = Counter(word[2] if word[2] in (6, 7, 8) else 0 for word, _ in rows(words))
    assert chisquare([counts[6], counts[7], counts[8]], [2250, 2250, 4500]).pvalue > 1e-3


def test_half_of_flip_flop_symbols_keep() -> None:
    symbols = convention_task("liu", "flipflop:3").sample(300, (100, 100), seed=1).symbols
    counts = np.bincount(symbols.reshape(-1))
    assert chisquare(counts, np.array([3, 1, 1, 1]) / 6 * counts.sum()).pvalue > 1e-3


MACHINES = {
    ("deletang", "parity"): ("01", lambda q, x: (q + x) % 2, 0, {1}, {1: 1, 0: 0}),
    ("xlstm", "parity"): ("12", lambda q, x: (q + x) % 2, 0, {1}, {1: 2, 0: 1}),
    ("aussm", "parity"): ("01", lambda q, x: (q + x) % 2, 0, {0}, {1: 1, 0: 0}),
}


@pytest.mark.parametrize(("convention", "name"), MACHINES, ids=["-".join(key) for key in MACHINES])
def test_against_automata_lib(convention: str, name: str) -> None:
    letters, step, start, accepting, told = MACHINES[convention, name]
    dfa = DFA(
        states={0, 1},
        input_symbols=set(letters),
        transitions={q: {c: step(q, letters.index(c)) for c in letters} for q in (0, 1)},
        initial_state=start,
        final_states=accepting,
    )
    for word, labels in rows(convention_task(convention, name).sample(1000, (5, 40))):
        assert labels[len(word) - 1] == told[int(dfa.accepts_input("".join(map(str, word))))]


@pytest.mark.parametrize("name", ["even-pairs", "cycle:5"])
def test_machines_of_other_rules_against_automata_lib(name: str) -> None:
    machine = {"even-pairs": _first_and_last, "cycle:5": _five_places}[name]()
    for convention in ("deletang", "xlstm", "slice"):
        back = {"even-pairs": {1: 0, 2: 1}, "cycle:5": {1: 1, 2: 2, 3: 0}}[name]
        for word, labels in rows(convention_task(convention, name).sample(500, (5, 40))):
            text = "".join(str(x if convention == "deletang" else back[x]) for x in word)
            state = machine.read_input(text) if name == "cycle:5" else machine.accepts_input(text)
            plain = {"deletang": (state if name == "cycle:5" else 1 - state)}
            other = state + 4 if name == "cycle:5" else (1 if state else 2)
            assert labels[len(word) - 1] == plain.get(convention, other)


def _five_places() -> DFA:
    moves = {str(x): x - 1 for x in range(3)}
    return DFA(
        states=set(range(5)),
        input_symbols=set(moves),
        transitions={q: {c: (q + move) % 5 for c, move in moves.items()} for q in range(5)},
        initial_state=0,
        final_states=set(range(5)),
    )


def _first_and_last() -> DFA:
    states = {"", *("".join(pair) for pair in itertools.product("01", repeat=2))}
    return DFA(
        states=states,
        input_symbols={"0", "1"},
        transitions={q: {c: (q[:1] or c) + c for c in "01"} for q in states},
        initial_state="",
        final_states={"00", "11"},
    )


def test_labels_of_given_words() -> None:
    for convention, name in (
        ("xlstm", "cycle:5"),
        ("aussm", "mod-brackets:5"),
        ("slice", "reverse"),
        ("slice", "binary-multiplication"),
        ("flare", "missing-duplicate"),
        ("flare", "bucket-sort"),
        ("liu", "parity"),
    ):
        task = convention_task(convention, name)
        words = task.sample(300, (6, 30), seed=8)
        assert np.array_equal(task.label(words.symbols, words.lengths), words.labels)


@pytest.mark.parametrize(
    ("convention", "name", "message"),
    [
        (
            "deletan",
            "parity",
            "unknown convention 'deletan': expected one of aussm, aussm-released, deletang, ",
        ),
        (
            "xlstm",
            "duplicate",
            "convention 'xlstm' has no task 'duplicate': expected one of deletang, slice",
        ),
        (
            "flare",
            "word:S5",
            "convention 'flare' has no task 'word:S5': expected one of grazzi, word-problem, liu",
        ),
        ("aussm", "mqar", "convention 'aussm' has no task 'mqar': expected one of bucket-sort:9, cycle:5, "),
        (
            "aussm",
            "cycle:6",
            "convention 'aussm' has no task 'cycle:6': expected one of liu; did you mean 'cycle:5'?",
        ),
    ],
)
def test_what_is_not_there(convention: str, name: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        convention_task(convention, name)
    assert str(caught.value).startswith(message)


def test_identity_and_streams_are_the_conventions_own() -> None:
    ours, theirs = convention_task("krohn", "parity"), convention_task("slice", "parity")
    assert (ours.identity, theirs.identity) == ("parity@2", "parity@2/slice")
    assert theirs.convention == "slice"
    assert convention_task("xlstm", "cycle").name == "cycle:5"
