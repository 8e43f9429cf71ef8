"""Exact sampling: every word equally likely, thresholds and ties against fractions, counts against automata-lib."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from automata.fa.dfa import DFA
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from krohn.automata import catalogue
from krohn.automata.languages.random_machines import random_machine
from krohn.automata.languages.regex import regex_machine
from krohn.automata.machine import Machine
from krohn.errors import RequestError
from krohn.generators.exact import ExactTable
from krohn.generators.philox import philox, stream_key
from krohn.generators.source import Words
from krohn.generators.walk import draw_exactly

KEY = stream_key(5, "exact@1", "train")
FAST = [30, 3, 2, 1]  # bits of the first digit: with few, most are unsure


def draw(table: ExactTable, count: int, length: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    words = Words(
        np.empty((count, length), np.uint8), np.full(count, length), np.empty((count, length), np.int32)
    )
    unsure = draw_exactly(table, KEY, first, np.arange(count), words)
    expected = table.machine.labels(words.symbols, words.lengths)
    assert np.array_equal(words.labels, expected)
    return words.symbols, unsure


def accepted(machine: Machine, ends: np.ndarray, length: int) -> list[tuple[int, ...]]:
    """All words of a length that end well, tried one by one."""
    found = []
    for word in itertools.product(range(machine.symbols), repeat=length):
        state = machine.start
        for symbol in word:
            state = int(machine.delta[state, symbol])
        if ends[state]:
            found.append(word)
    return found


MACHINES = {
    "(ab|ba)*": 8,
    "(0|10)*1?": 7,
    "a*b|c": 5,
    "(a|b|c)*ab": 5,
    "(aa|b)*c?d*": 5,
}


@pytest.mark.parametrize("bits", FAST)
@pytest.mark.parametrize("pattern", list(MACHINES))
@pytest.mark.parametrize("inside", [True, False])
def test_all_words_are_equally_likely(pattern: str, inside: bool, bits: int) -> None:
    machine, length = regex_machine(pattern), MACHINES[pattern]
    ends = machine.outputs == inside
    words = accepted(machine, ends, length)
    count = 40_000 if bits == 30 else 3000
    symbols, unsure = draw(ExactTable(machine, ends, length, bits), count, length)
    numbers = {word: i for i, word in enumerate(words)}
    counts = np.bincount([numbers[tuple(row)] for row in symbols.tolist()], minlength=len(words))
    assert len(counts) == len(words)
    if len(words) > 1:
        assert chisquare(counts).pvalue > 1e-4
    assert (len(unsure) > count / 4) == (bits < 30 and len(words) > 1)


def literal_word(machine: Machine, ends: np.ndarray, word: int, length: int, bits: int) -> list[int]:
    """Choose every symbol by a number in [0, 1) that is told digit by digit, with fractions alone."""
    below = [[int(end) for end in ends]]
    for _ in range(length):
        below.append([sum(below[-1][q] for q in row) for row in machine.delta.tolist()])
    state, found = machine.start, []
    for t in range(length):
        low, high = word % 2**32, word >> 32
        digit = int(philox(t // 4, low, high, 2 << 16, *KEY)[t % 4]) >> (32 - bits)
        number, step, attempt = Fraction(digit, 2**bits), Fraction(1, 2**bits), 0
        parts = [below[length - t - 1][q] for q in machine.delta[state].tolist()]
        reach = [Fraction(sum(parts[: c + 1]), sum(parts)) for c in range(len(parts))]
        while sum(x <= number for x in reach) != sum(x < number + step for x in reach):
            outputs = philox(t, low, high, (3 << 16) + attempt, *KEY)
            step /= 2**64
            number += step * (int(outputs[0]) << 32 | int(outputs[1]))
            attempt += 1
        found.append(sum(x <= number for x in reach))
        state = int(machine.delta[state, found[-1]])
    return found


@settings(deadline=None, max_examples=40)
@given(
    states=st.integers(1, 8),
    symbols=st.integers(1, 5),
    seed=st.integers(0, 99),
    length=st.integers(1, 30),
    bits=st.sampled_from(FAST),
    first=st.sampled_from([0, 2**32 - 3, 2**40]),
)
def test_any_machine_draws_the_literal_words(
    states: int, symbols: int, seed: int, length: int, bits: int, first: int
) -> None:
    machine = random_machine(states, symbols, seed)
    ends = machine.outputs == 1
    table = ExactTable(machine, ends, length + 3, bits)
    if length not in table.possible(1, length):
        return
    symbols_drawn, _ = draw(table, 5, length, first)
    for i in range(5):
        assert symbols_drawn[i].tolist() == literal_word(machine, ends, first + i, length, bits)


def test_a_forced_tie_is_decided_by_whole_numbers() -> None:
    # 8 words of length 3: with one bit, the first digit 0 or 1 is never enough where a third goes to 0.
    machine = regex_machine("(a|b|c)*")
    table = ExactTable(machine, machine.outputs == 1, 3)
    third = 2**30 // 3
    assert table.thresholds[3, 0].tolist() == [third, 2 * 2**30 // 3]
    # The digit equals the cut threshold: 1/3 = 0.0101…, so that further digits below 0x5555… are symbol 0.
    assert table.decide(0, 3, third, iter([0x5555555555555554])) == 0
    assert table.decide(0, 3, third, iter([0x5555555555555556])) == 1
    assert table.decide(0, 3, third, iter([0x5555555555555555, 0x5555555555555555, 0])) == 0
    assert table.decide(0, 3, third - 1, iter([])) == 0
    assert table.decide(0, 3, third + 1, iter([])) == 1
    # A word whose first digit is such is told apart, and drawn as the literal one.
    forced = table.thresholds.copy()
    object.__setattr__(table, "_tables", (forced, table._tables[1]))
    digit = int(philox(0, 7, 0, 2 << 16, *KEY)[0]) >> 2
    forced[3, 0, 0] = digit
    symbols, unsure = draw(table, 1, 3, first=7)
    assert unsure.tolist() == [0]
    assert symbols[0].tolist() == literal_word(machine, machine.outputs == 1, 7, 3, 30)


@settings(deadline=None, max_examples=25)
@given(
    states=st.integers(1, 12), symbols=st.integers(2, 4), seed=st.integers(0, 99), length=st.integers(1, 300)
)
def test_thresholds_are_off_by_less_than_the_radius(
    states: int, symbols: int, seed: int, length: int
) -> None:
    machine = random_machine(states, symbols, seed)
    table = ExactTable(machine, machine.outputs == 1, length)
    assert table.radius == 2
    below = table.counts(length - 1)
    for q, row in enumerate(machine.delta.tolist()):
        terms = [below[target] for target in row]
        if not sum(terms):
            continue
        for c in range(symbols - 1):
            exact, found = (
                Fraction(sum(terms[: c + 1]), sum(terms)) * 2**30,
                int(table.thresholds[length, q, c]),
            )
            if exact in (0, 2**30):
                assert not -2 <= found <= 2**30 + 1
                assert (found < 0) == (exact == 0)
            else:
                assert abs(exact - found) <= 1.01


def test_counts_of_100_random_regexes_are_those_of_automata_lib() -> None:
    random = np.random.default_rng(8)
    for _ in range(100):
        pattern = _random_pattern(random, 4)
        machine = regex_machine(pattern, "abc")
        table = ExactTable(machine, machine.outputs == 1, 8)
        rows = {q: dict(zip("abc", row, strict=True)) for q, row in enumerate(machine.delta.tolist())}
        finals = set(np.flatnonzero(machine.outputs).tolist())
        other = DFA(
            states=set(rows), input_symbols=set("abc"), transitions=rows, initial_state=0, final_states=finals
        )
        complement = ExactTable(machine, machine.outputs == 0, 8)
        for length in range(9):
            count = other.count_words_of_length(length)
            assert table.counts(length)[machine.start] == count
            assert complement.counts(length)[machine.start] == 3**length - count
        assert table.possible(1, 8).tolist() == [n for n in range(1, 9) if other.count_words_of_length(n)]


def _random_pattern(random: np.random.Generator, depth: int) -> str:
    kind = random.integers(5) if depth else 0
    if kind == 0:
        return str(random.choice(list("abc")))
    if kind == 1:
        return f"({_random_pattern(random, depth - 1)})*"
    if kind == 2:
        return f"({_random_pattern(random, depth - 1)}|{_random_pattern(random, depth - 1)})"
    return _random_pattern(random, depth - 1) + _random_pattern(random, depth - 1)


def test_long_words_with_counts_beyond_floats() -> None:
    # D_12 has about 3.6^n / 2 words: at n = 10,000 far beyond the largest float.
    machine = catalogue.nested(12)
    table = ExactTable(machine, machine.outputs == 1, 10_000)
    assert table.counts(10_000)[0] > 10**2500
    symbols, _ = draw(table, 40, 10_000)
    assert (machine.labels(symbols)[:, -1] == 1).all()
    # Halfway a uniform balanced word is at any height alike but near the walls: it opened as often as it closed.
    assert abs(symbols.mean() - 0.5) < 1e-9
    # One path among very many of another kind: its state's count stays 1 while the other doubles.
    machine = regex_machine("a*b|c(a|b|c)*")
    table = ExactTable(machine, machine.outputs == 1, 5000)
    assert table.possible(4999, 5000).tolist() == [4999, 5000]
    symbols, _ = draw(table, 40, 5000)
    assert (symbols[:, 0] == 2).all()


def test_a_table_has_a_limit() -> None:
    machine = catalogue.nested(12)
    with pytest.raises(RequestError) as caught:
        ExactTable(machine, machine.outputs == 1, 10**8)
    assert str(caught.value) == (
        "words of length 100000000 from 14 states and 2 symbols need a table of 2,800,000,028 numbers: "
        "expected at most 134,217,728"
    )
