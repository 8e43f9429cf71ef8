"""Counting large languages exactly, words in letters, and what is said about wrong operands."""

from __future__ import annotations

import math
from typing import Any

import pytest

from krohn.automata.counters import counter, parity
from krohn.automata.flipflops import flip_flop
from krohn.automata.labels import Names
from krohn.automata.languages.acceptors import accepts, parse_word, spell
from krohn.automata.languages.boolean import complement, difference, intersection, union
from krohn.automata.languages.counting import (
    cardinality,
    count_words,
    is_empty,
    is_finite,
    shortest_word,
)
from krohn.automata.languages.rational import concatenation, left_quotient, reversal, right_quotient, star
from krohn.automata.languages.regex import regex_machine
from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError

NOTHING = regex_machine("∅", "ab")


def test_counts_are_exact_far_beyond_64_bits() -> None:
    # Words without 11 are counted by Fibonacci's numbers.
    fibonacci = [1, 2]
    while len(fibonacci) <= 2000:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    assert count_words(regex_machine("(0|10)*1?"), 2000) == fibonacci
    # Of n letters, the words with an even number of a are (k^n + (k - 2)^n) / 2 over k letters.
    even = regex_machine("([^a]|a[^a]*a)*", "abcdefg")
    assert count_words(even, 300) == [(7**n + 5**n) // 2 for n in range(301)]
    # Exactly three of n bits.
    assert count_words(regex_machine("0*10*10*10*"), 400) == [math.comb(n, 3) for n in range(401)]
    assert count_words(regex_machine("[ab]*"), 70)[60:] == [2**n for n in range(60, 71)]
    assert cardinality(regex_machine("[ab]{0,200}")) == 2**201 - 1
    assert cardinality(regex_machine("[ab]{4000}")) == 2**4000


def test_what_languages_hold() -> None:
    assert (is_empty(NOTHING), is_finite(NOTHING), cardinality(NOTHING)) == (True, True, 0)
    everything = complement(NOTHING)
    assert (is_empty(everything), is_finite(everything), shortest_word(everything)) == (False, False, [])
    assert intersection(regex_machine("(aa)*a"), regex_machine("(aa)*")) == regex_machine("∅", "a")
    assert is_finite(regex_machine("a{3000}b?"))
    assert not is_finite(regex_machine("a{3000}b*"))
    # A cycle that no accepted word passes makes nothing infinite.
    dead_end = Machine(Semiautomaton([[1, 2], [3, 3], [2, 2], [3, 3]]), 0, [0, 1, 0, 0])
    assert is_finite(dead_end)
    assert cardinality(dead_end) == 1


def test_quotients_and_reversal_where_blow_ups_lurk() -> None:
    last_but = regex_machine("(a|b)*a(a|b){10}")
    assert last_but.states == 2**11
    assert reversal(last_but).states == 13
    large = regex_machine("(a|b)*a(a|b){14}")
    assert reversal(large) == regex_machine("(a|b){14}a(a|b)*")
    few = regex_machine("(a|b)*a(a|b){5}")
    assert star(few) == union(few, regex_machine("ε", "ab"))
    # Taking a last letter off keeps the states; the language behind is that of a later letter.
    assert right_quotient(last_but, regex_machine("a|b")) == regex_machine("(a|b)*a(a|b){9}")
    assert left_quotient(regex_machine("a{3}", "ab"), regex_machine("a{5}b", "ab")) == regex_machine("aab")
    assert star(NOTHING) == regex_machine("ε", "ab")
    assert concatenation(NOTHING, regex_machine("a", "ab")) == NOTHING


def test_only_pairs_that_are_met_count() -> None:
    # 4,001 and 4,002 states: 16 million pairs, of which the word meets only a few at a time.
    a, b = regex_machine("a{3999}", "ab"), regex_machine("a{4000}|b", "ab")
    assert shortest_word(union(a, b)) == [1]
    assert is_empty(intersection(a, b))
    # Coprime cycles meet all pairs.
    assert intersection(regex_machine("(a{64})*"), regex_machine("(a{81})*")).states == 64 * 81


def test_words_in_letters() -> None:
    machine = regex_machine("(ab)*c")
    assert (accepts(machine, "ababc"), accepts(machine, ""), accepts(machine, [2])) == (True, False, True)
    assert spell(machine, parse_word(machine, "cab")) == "cab"
    steps = Machine(counter(3).semiautomaton, 0, [0, 0, 1], names=Names(symbols=("stay", "go")))
    assert parse_word(steps, "go stay  go") == [1, 0, 1]
    assert spell(steps, [1, 0, 1]) == "go stay go"
    assert accepts(steps, "go stay go")
    assert parse_word(parity(), "011") == [0, 1, 1]
    wide = flip_flop(11)
    assert parse_word(wide, "11 0 1") == [11, 0, 1]
    assert spell(wide, [11, 0]) == "11 0"


def test_results_have_the_names_of_the_letters() -> None:
    found = union(regex_machine("a", "ab"), regex_machine("b", "ab"))
    assert found.names == Names(("a", "b"), (), ("reject", "accept"))
    # An acceptor whose symbols have no names takes those of the other.
    assert difference(Machine(parity().semiautomaton, 0, [0, 1]), found).names.symbols == ("a", "b")
    assert complement(Machine(Semiautomaton([[0]]), 0, [0], 2, Names(states=("x",)))).names.states == ()


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: shortest_word(NOTHING), "the language is empty: it has no shortest word"),
        (lambda: cardinality(regex_machine("a*")), "the language is infinite: it has no number of words"),
        (
            lambda: count_words(NOTHING, -1),
            "longest word has length -1: expected a whole number of at least 0",
        ),
        (
            lambda: count_words(NOTHING, 10**9),
            "counting words to length 1000000000 by 1 states may take more than 1 GiB: the limit",
        ),
        (lambda: complement(counter(5)), "machine has 5 classes: expected an acceptor, of 2 classes"),
        (lambda: star(counter(5)), "machine has 5 classes: expected an acceptor, of 2 classes"),
        (lambda: union(parity(), counter(3)), "machine has 3 classes: expected an acceptor, of 2 classes"),
        (
            lambda: union(regex_machine("a"), NOTHING),
            "alphabets have 1 and 2 symbols: expected one alphabet",
        ),
        (
            lambda: concatenation(regex_machine("ab"), regex_machine("bc")),
            "alphabets are {a, b} and {b, c}: expected one alphabet",
        ),
        (
            lambda: accepts(NOTHING, "abc"),
            "word 'abc': symbol 2 is 'c': expected one of a, b",
        ),
        (
            lambda: accepts(NOTHING, [0, 2]),
            "words[0, 1] is 2: expected a symbol from 0 to 1",
        ),
        (
            lambda: parse_word(
                Machine(parity().semiautomaton, 0, [0, 1], names=Names(("stay", "go"))), "sta"
            ),
            "word 'sta': symbol 0 is 'sta': expected one of stay, go; did you mean 'stay'?",
        ),
        (
            lambda: union(regex_machine("(a{4001})*"), regex_machine("(a{4003})*")),
            "the product has more than 4194304 states: the limit",
        ),
        (
            lambda: reversal(regex_machine("(a|b){40}a(a|b)*")),
            "the reversal has more than 1048576 states before it is minimised: the limit",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
