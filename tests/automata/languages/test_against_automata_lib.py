"""Languages against automata-lib: 500 pairs of random expressions, 500 pairs of random machines."""

from __future__ import annotations

from typing import Any

import numpy as np
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krohn.automata.equivalence import distinguish, equivalent
from krohn.automata.languages.acceptors import accepts, spell
from krohn.automata.languages.boolean import (
    complement,
    difference,
    intersection,
    symmetric_difference,
    union,
)
from krohn.automata.languages.counting import (
    cardinality,
    count_words,
    is_empty,
    is_finite,
    shortest_word,
)
from krohn.automata.languages.rational import (
    concatenation,
    left_quotient,
    reversal,
    right_quotient,
    star,
)
from krohn.automata.languages.regex import regex_machine
from krohn.automata.machine import Machine
from krohn.automata.minimise import minimise
from krohn.automata.semiautomaton import Semiautomaton

LETTERS = "ab"
MANY = settings(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])


def patterns() -> Any:
    # automata-lib reads a{0} and a{0,n} as if one letter could always come, so bounds begin at 1 here.
    bounds = st.tuples(st.integers(1, 2), st.integers(0, 2)).map(lambda b: f"{{{b[0]},{b[0] + b[1]}}}")
    signs = st.one_of(st.sampled_from("*+?"), bounds)

    def larger(inner: Any) -> Any:
        return st.one_of(
            st.tuples(inner, inner).map("".join),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
            st.tuples(inner, signs).map(lambda pair: f"({pair[0]}){pair[1]}"),
        )

    return st.recursive(st.sampled_from(["a", "b", ".", "ab", "ba", "()"]), larger, max_leaves=8)


@st.composite
def machines(draw: Any, largest: int) -> Machine:
    states = draw(st.integers(1, largest))
    delta = draw(st.lists(st.integers(0, states - 1), min_size=2 * states, max_size=2 * states))
    outputs = draw(st.lists(st.integers(0, 1), min_size=states, max_size=states))
    return Machine(
        Semiautomaton(np.reshape(delta, (states, 2))), draw(st.integers(0, states - 1)), outputs, 2
    )


def to_dfa(machine: Machine) -> Any:
    return DFA(
        states=set(range(machine.states)),
        input_symbols=set(LETTERS),
        transitions={p: dict(zip(LETTERS, row, strict=True)) for p, row in enumerate(machine.delta.tolist())},
        initial_state=machine.start,
        final_states=set(np.flatnonzero(machine.outputs).tolist()),
    )


def from_nfa(nfa: Any) -> Any:
    return DFA.from_nfa(nfa).to_complete()


def same(ours: Machine, theirs: Any) -> None:
    """Check that a machine is the minimal one of a language."""
    assert to_dfa(ours) == theirs
    assert ours.states == len(theirs.to_complete().minify().states)
    assert ours.classes == 2


def holds(ours: Machine, theirs: Any) -> None:
    """Check what is said of one language."""
    assert count_words(ours, 9) == [theirs.count_words_of_length(n) for n in range(10)]
    assert is_empty(ours) == theirs.isempty()
    assert is_finite(ours) == theirs.isfinite()
    if not is_empty(ours):
        word = shortest_word(ours)
        assert len(word) == theirs.minimum_word_length()
        assert theirs.accepts_input("".join(LETTERS[x] for x in word))
        # The first in the order of the letters among the shortest.
        assert "".join(LETTERS[x] for x in word) == next(iter(theirs.words_of_length(len(word))))
    if is_finite(ours):
        assert cardinality(ours) == theirs.cardinality()


def combine(a: Machine, b: Machine, p: Any, q: Any) -> None:
    same(union(a, b), p | q)
    same(intersection(a, b), p & q)
    same(difference(a, b), p - q)
    same(symmetric_difference(a, b), p ^ q)
    same(complement(a), ~p)
    word = distinguish(a, b)
    assert equivalent(a, b) == (word is None) == (p == q) == (minimise(a) == minimise(b))
    if word is not None:
        assert len(word) == (p ^ q).minimum_word_length()
        assert accepts(a, word) != accepts(b, word)


@MANY
@given(patterns(), patterns())
def test_random_expressions(first: str, second: str) -> None:
    a, b = regex_machine(first, LETTERS), regex_machine(second, LETTERS)
    n, m = (NFA.from_regex(pattern, input_symbols=set(LETTERS)) for pattern in (first, second))
    p, q = from_nfa(n), from_nfa(m)
    same(a, p)
    holds(a, p)
    combine(a, b, p, q)
    word = distinguish(a, b)
    if word is not None:
        assert p.accepts_input(spell(a, word)) != q.accepts_input(spell(a, word))


@MANY
@given(machines(12), machines(7))
def test_random_machines(a: Machine, b: Machine) -> None:
    p, q = to_dfa(a), to_dfa(b)
    same(minimise(a), p)
    holds(a, p)
    combine(a, b, p, q)


@settings(deadline=None, max_examples=150)
@given(machines(6), machines(6))
def test_concatenation_star_reversal_and_quotients(a: Machine, b: Machine) -> None:
    n, m = (NFA.from_dfa(to_dfa(machine)) for machine in (a, b))
    same(concatenation(a, b), from_nfa(n + m))
    same(star(a), from_nfa(n.kleene_star()))
    same(reversal(a), from_nfa(n.reverse()))
    same(left_quotient(b, a), from_nfa(n.left_quotient(m)))
    same(right_quotient(a, b), from_nfa(n.right_quotient(m)))
