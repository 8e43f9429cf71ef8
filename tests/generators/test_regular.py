"""Words and questions of regular tasks: which are drawn, how often, and what is answered."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from krohn.automata.languages.random_machines import random_machine
from krohn.automata.languages.regex import regex_machine
from krohn.automata.machine import Machine
from krohn.errors import RequestError
from krohn.generators.edits import edit
from krohn.generators.kinds import Classes, Readout, SymbolSets
from krohn.generators.mixture import Mixture
from krohn.generators.philox import philox, stream_key
from krohn.generators.regular import language_task
from krohn.generators.source import Words
from krohn.generators.tasks import task
from krohn.generators.uniform import UniformMachine

KEY = stream_key(6, "edits@1", "train")


def run(machine: Machine, word: list[int]) -> list[int]:
    state, states = machine.start, []
    for symbol in word:
        state = int(machine.delta[state, symbol])
        states.append(state)
    return states


def numbers(word: int) -> Iterator[int]:
    for at in itertools.count():
        yield int(philox(at // 4, word % 2**32, word >> 32, 4 << 16, *KEY)[at % 4])


def below(bound: int, tape: Iterator[int]) -> int:
    for number in tape:
        if number * bound % 2**32 >= 2**32 % bound:
            return number * bound >> 32
    raise AssertionError


def literal_edit(machine: Machine, word: list[int], number: int, rejected: bool) -> list[int] | None:
    tape = numbers(number)
    for _ in range(64):
        found, edits = list(word), 1
        coins = next(tape)
        while edits < 32 and coins % 2:
            edits, coins = edits + 1, coins // 2
        for _ in range(edits):
            if below(2, tape):
                del found[below(len(word), tape)]
                place = below(len(word), tape)
                found.insert(place, below(machine.symbols, tape))
            else:
                place = below(len(word), tape)
                others = [(found[place] + k) % machine.symbols for k in range(1, machine.symbols)]
                found[place] = others[below(machine.symbols - 1, tape)]
        if not rejected or machine.outputs[run(machine, found)[-1]] == 0:
            return found
    return None


@settings(deadline=None, max_examples=60)
@given(
    states=st.integers(1, 6),
    symbols=st.integers(1, 5),
    seed=st.integers(0, 50),
    length=st.integers(1, 12),
    rejected=st.booleans(),
    first=st.sampled_from([0, 2**32 - 2]),
)
def test_edits_are_the_literal_ones(
    states: int, symbols: int, seed: int, length: int, rejected: bool, first: int
) -> None:
    machine = random_machine(states, symbols, seed)
    given_words = np.random.default_rng(seed).integers(0, symbols, (6, length)).astype(np.uint8)
    before = np.array([run(machine, word) for word in given_words.tolist()], np.int32)
    words = Words(given_words.copy(), np.full(6, length), before.copy())
    rows = np.array([0, 2, 3, 5])
    failed = edit(machine, KEY, first, rows, words, rejected)
    for row in range(6):
        expected = None
        if row in rows and symbols > 1:
            expected = literal_edit(machine, given_words[row].tolist(), first + row, rejected)
        assert (row in failed) == (row in rows and expected is None)
        if expected is None:
            assert words.symbols[row].tolist() == given_words[row].tolist()
            assert words.labels[row].tolist() == before[row].tolist()
        else:
            assert words.symbols[row].tolist() == expected
            assert words.labels[row].tolist() == [int(machine.outputs[q]) for q in run(machine, expected)]


def test_recognition_draws_accepted_rejected_and_near_misses() -> None:
    found = task("recognition:regex:(ab|ba)*")
    assert (found.readout, found.targets) == (Readout.FINAL, Classes(2))
    words = found.sample(8000, (8, 8))
    texts = ["".join("ab"[x] for x in row) for row in words.symbols]
    inside = {"".join(word) for word in itertools.product(("ab", "ba"), repeat=4)}
    assert [text in inside for text in texts] == (words.labels[:, 7] == 1).tolist()
    counts = Counter(texts)
    accepted = [counts[text] for text in inside]
    assert chisquare(accepted).pvalue > 1e-4
    assert abs(sum(accepted) - 4000) < 5 * 45
    # A quarter of all words are uniform among the 240 rejected ones; another quarter are one or more edits away.
    far = [text for text in map("".join, itertools.product("ab", repeat=8)) if _distance(text, inside) > 2]
    near = [
        text for text in map("".join, itertools.product("ab", repeat=8)) if 0 < _distance(text, inside) == 1
    ]
    assert (
        np.mean([counts[text] for text in near])
        > 1.5 * 2000 / 240
        > 0.9 * np.mean([counts[text] for text in far])
    )


def _distance(text: str, language: set[str]) -> int:
    return min(sum(x != y for x, y in zip(text, word, strict=True)) for word in language)


def test_recognition_keeps_to_lengths_with_both_labels() -> None:
    assert list(task("recognition:nested:4").lengths(1, 9)) == [2, 4, 6, 8]
    assert list(task("recognition:tomita:1").lengths(1, 4)) == [1, 2, 3, 4]
    words = task("recognition:nested:4").sample(200, (1, 9))
    assert set(words.lengths.tolist()) == {2, 4, 6, 8}
    for name, letters in (("recognition:regex:a*", "a"), ("recognition:regex:(a|b)*", "a, b")):
        with pytest.raises(RequestError) as caught:
            task(name)
        assert str(caught.value) == (
            f"task {name!r}: the language over {letters} has every word: "
            "expected one with words to accept and to reject"
        )


@pytest.mark.parametrize("name", ["word:S3", "cycle:5", "count:7"])
def test_with_more_classes_the_class_of_the_empty_word_is_recognised(name: str) -> None:
    found, inner = task(f"recognition:{name}"), task(name).machine
    assert found.machine is not None
    assert inner is not None
    words = found.sample(300, (1, 20), seed=2)
    for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        end = run(inner, symbols[:length].tolist())[-1]
        assert labels[length - 1] == (end == inner.start)
    assert 100 < (words.labels == 1).sum() < 200


def test_classes_and_states_are_balanced() -> None:
    words = task("balanced:tomita:4").sample(4000, (3, 20))
    ends = words.labels[np.arange(4000), words.lengths - 1]
    assert chisquare(np.bincount(ends)).pvalue > 1e-4
    states = task("balanced-states:tomita:4")
    assert states.machine is not None
    words = states.sample(4000, (3, 20))
    last = [
        run(states.machine, row[:n].tolist())[-1] for row, n in zip(words.symbols, words.lengths, strict=True)
    ]
    assert chisquare(np.bincount(last)).pvalue > 1e-4
    # Only the even permutations are reached by an even number of swaps: those are balanced among themselves.
    words = task("balanced:word:S3:swaps").sample(3000, (6, 6))
    labels = words.labels[:, 5]
    counts = np.bincount(labels, minlength=6)
    assert (counts > 0).sum() == 3
    assert chisquare(counts[counts > 0]).pvalue > 1e-4


def test_prefix_and_final_ask_the_same_of_other_positions() -> None:
    prefix, final = task("prefix:parity-final"), task("final:parity")
    assert (prefix.readout, final.readout) == (Readout.PREFIX, Readout.FINAL)
    for found in (prefix, final):
        words = found.sample(50, (1, 9))
        for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
            odd = [int(symbols[: t + 1].sum()) % 2 for t in range(length)]
            assert labels[length - 1] == odd[-1]
            if found is prefix:
                assert labels[:length].tolist() == odd
    assert task("final:nested:4").sample(9, (8, 8)).labelled.sum() == 9


@pytest.mark.parametrize("pattern", ["(ab|ba)*", "a*bc?", "(a|b)*abb"])
def test_next_symbols_are_those_of_longer_words(pattern: str) -> None:
    found = task(f"next-symbols:regex:{pattern}")
    machine = regex_machine(pattern)
    letters = machine.symbols
    assert found.targets == SymbolSets(letters + 1)

    def accepts(word: tuple[int, ...]) -> bool:
        return bool(machine.outputs[run(machine, list(word))[-1] if word else machine.start])

    def begins(word: tuple[int, ...]) -> bool:
        more = itertools.chain.from_iterable(itertools.product(range(letters), repeat=k) for k in range(4))
        return any(accepts((*word, *rest)) for rest in more)

    words = found.sample(60, (1, 5))
    for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
        for t in range(length):
            word = tuple(symbols[: t + 1].tolist())
            expected = [begins((*word, c)) for c in range(letters)] + [accepts(word)]
            assert labels[t].tolist() == expected
            assert any(expected)
        assert (labels[length:] == -100).all()
    assert np.array_equal(found.label(words.symbols, words.lengths), words.labels)


def test_words_of_a_language_are_uniform_only_where_nothing_decides_it() -> None:
    for name in ("tomita:5", "tomita:6", "even-pairs", "regex:(a|b)*abb"):
        assert isinstance(task(name).source, UniformMachine)
    for name in (
        "tomita:1",
        "tomita:2",
        "tomita:3",
        "tomita:4",
        "tomita:7",
        "nested:4",
        "regex:(ab|ba)*",
        "abab",
    ):
        found = task(name)
        assert isinstance(found.source, Mixture)
        words = found.sample(600, (30, 40))
        share = np.bincount(words.labels[words.labelled]) / words.labelled.sum()
        assert share.max() < 0.95
        again = found.label(words.symbols, words.lengths)
        assert np.array_equal(again, words.labels)
    # A finite language has no open words beyond its longest: the rejected ones are left.
    finite = language_task("finite", regex_machine("ab?|ba"))
    assert (finite.sample(20, (9, 9)).labels[:, 2:] == 0).all()


def test_a_word_does_not_depend_on_its_batch() -> None:
    for name in ("tomita:4", "recognition:tomita:4", "balanced:word:S3", "next-symbols:nested:4"):
        found = task(name)
        whole = found.sample(40, (2, 20), seed=3, first=100)
        for i in (0, 17, 39):
            alone, length = found.sample(1, (2, 20), seed=3, first=100 + i), int(whole.lengths[i])
            assert alone.lengths[0] == length
            assert np.array_equal(alone.symbols[0], whole.symbols[i, :length])
            assert np.array_equal(alone.labels[0], whole.labels[i, :length])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            lambda: task("recognition:reverse"),
            "task 'reverse' is not given by a finite machine: expected one such as parity",
        ),
        (
            lambda: task("final:next-symbols:parity"),
            "task 'next-symbols:parity' is not given by a finite machine: expected one such as parity",
        ),
        (lambda: task("final"), "task 'final' has 0 parameters: expected final:TASK"),
        (lambda: task("final:count:x"), "task 'count:x': M is 'x': expected a whole number, as in count:5"),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
