"""Products, cascades, minimal machines: against automata-lib and plain loops."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from automata.fa.dfa import DFA
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata.cascade import cascade, wreath
from krohn.automata.counters import counter, parity
from krohn.automata.equivalence import distinguish, equivalent
from krohn.automata.flipflops import flip_flop
from krohn.automata.group_automata import group_automaton
from krohn.automata.group_names import group
from krohn.automata.isomorphism import isomorphic, isomorphism
from krohn.automata.machine import Machine
from krohn.automata.minimise import minimise
from krohn.automata.products import direct_product, machine_product
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError


@st.composite
def machines(draw: Any, symbols: int = 2, classes: int = 2, largest: int = 12) -> Machine:
    states = draw(st.integers(1, largest))
    delta = draw(st.lists(st.integers(0, states - 1), min_size=states * symbols, max_size=states * symbols))
    outputs = draw(st.lists(st.integers(0, classes - 1), min_size=states, max_size=states))
    start = draw(st.integers(0, states - 1))
    return Machine(Semiautomaton(np.reshape(delta, (states, symbols))), start, outputs, classes)


def to_dfa(machine: Machine, accepted: int = 1) -> Any:
    letters = [str(x) for x in range(machine.symbols)]
    return DFA(
        states=set(range(machine.states)),
        input_symbols=set(letters),
        transitions={p: dict(zip(letters, row, strict=True)) for p, row in enumerate(machine.delta.tolist())},
        initial_state=machine.start,
        final_states={p for p, output in enumerate(machine.outputs.tolist()) if output == accepted},
    )


def literal(machine: Machine, word: Any) -> list[int]:
    """Outputs from the start on, the start's own first."""
    state = machine.start
    seen = [int(machine.outputs[state])]
    for symbol in word:
        state = int(machine.delta[state, symbol])
        seen.append(int(machine.outputs[state]))
    return seen


@settings(deadline=None, max_examples=150)
@given(machines())
def test_minimal_machines_have_the_size_that_automata_lib_finds(machine: Machine) -> None:
    least = minimise(machine)
    assert to_dfa(least) == to_dfa(machine)
    assert least.states == len(to_dfa(machine).to_complete().minify().states)


@settings(deadline=None, max_examples=100)
@given(machines(symbols=3, classes=4, largest=25), st.lists(st.integers(0, 2), max_size=60))
def test_minimal_machines_put_out_the_same(machine: Machine, word: list[int]) -> None:
    least = minimise(machine)
    assert literal(least, word) == literal(machine, word)
    assert least.classes == machine.classes
    assert least.start == 0
    assert minimise(least) == least
    assert equivalent(least, machine)
    # No two states of a minimal machine are equivalent.
    for p, q in itertools.combinations(range(least.states), 2):
        here, there = (Machine(least.semiautomaton, s, least.outputs, least.classes) for s in (p, q))
        assert distinguish(here, there) is not None


@settings(deadline=None, max_examples=150)
@given(machines(largest=8), machines(largest=8))
def test_shortest_words_that_tell_machines_apart(a: Machine, b: Machine) -> None:
    word = distinguish(a, b)
    theirs = to_dfa(a) ^ to_dfa(b)
    assert (word is None) == theirs.isempty()
    assert (word is None) == (minimise(a) == minimise(b)) == isomorphic(minimise(a), minimise(b))
    if word is not None:
        assert len(word) == theirs.minimum_word_length()
        assert literal(a, word)[-1] != literal(b, word)[-1]


@settings(deadline=None, max_examples=60)
@given(machines(largest=6), machines(largest=6), st.sampled_from(["and", "or", "xor", "minus"]))
def test_products_accept_what_automata_lib_says(a: Machine, b: Machine, operation: str) -> None:
    rule, theirs = {
        "and": (lambda x, y: x & y, lambda p, q: p & q),
        "or": (lambda x, y: x | y, lambda p, q: p | q),
        "xor": (lambda x, y: x ^ y, lambda p, q: p ^ q),
        "minus": (lambda x, y: x & (1 - y), lambda p, q: p - q),
    }[operation]
    assert to_dfa(machine_product(a, b, rule)) == theirs(to_dfa(a), to_dfa(b))


@settings(deadline=None, max_examples=60)
@given(
    machines(symbols=2, largest=5),
    machines(symbols=3, classes=3, largest=5),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=40),
)
def test_paired_products_run_side_by_side(a: Machine, b: Machine, pairs: list[tuple[int, int]]) -> None:
    table = np.arange(6).reshape(2, 3)
    both = machine_product(a, b, table, paired=True)
    assert both.symbols == 6
    first, second = literal(a, [x for x, _ in pairs]), literal(b, [y for _, y in pairs])
    assert literal(both, [3 * x + y for x, y in pairs]) == [
        3 * x + y for x, y in zip(first, second, strict=True)
    ]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), upper=st.integers(1, 6), lower=st.integers(1, 6))
def test_cascades_equal_a_plain_loop(seed: int, upper: int, lower: int) -> None:
    rng = np.random.default_rng(seed)
    symbols, lower_symbols = rng.integers(1, 5, 2)
    top = rng.integers(0, upper, (upper, symbols))
    bottom = rng.integers(0, lower, (lower, lower_symbols))
    dependency = rng.integers(0, lower_symbols, (upper, symbols))
    word = rng.integers(0, symbols, 50)
    p = q = 0
    expected = []
    for x in word:
        p, q = top[p, x], bottom[q, dependency[p, x]]
        expected.append(p * lower + q)
    both = cascade(Semiautomaton(top), Semiautomaton(bottom), dependency)
    assert both.run(word[None])[0].tolist() == expected


def test_every_cascade_is_a_wreath_product_read_through_a_map() -> None:
    upper = Semiautomaton([[1, 0], [2, 1], [0, 0]])
    lower = Semiautomaton([[0, 1], [1, 0]])
    full = wreath(upper, lower)
    assert full.delta.shape == (6, 16)
    for digits in itertools.product(range(4), repeat=3):
        # Each digit says what both symbols become in one upper state.
        dependency = np.array([[d >> 1, d & 1] for d in digits])
        codes = dependency.T @ np.array([4, 2, 1])
        assert np.array_equal(
            cascade(upper, lower, dependency).delta, full.delta[:, codes * 2 + np.arange(2)]
        )


def test_s3_is_a_cascade_of_c2_and_c3() -> None:
    # Jordan and Hoelder: S3 divides into a sign and a rotation that the sign turns around.
    s3 = group_automaton(group("S3"))
    signs = np.array([1, -1, -1, 1, 1, -1])  # of the permutations in lexicographic order
    upper = Semiautomaton([[0 if s > 0 else 1 for s in signs], [1 if s > 0 else 0 for s in signs]])
    rotations = {0: 0, 3: 1, 4: 2}  # powers of the cycle (0 1 2), which is element 3
    flip = 1  # the swap (1 2), which is element 1
    table = group("S3").table
    # Element = rotation · flip^sign; times x, the rotation changes by flip^sign · x · flip^new sign.
    dependency = [
        [
            rotations[int(table[table[flip if p else 0, x], flip if upper.delta[p, x] else 0])]
            for x in range(6)
        ]
        for p in range(2)
    ]
    both = cascade(upper, counter_of_symbols(3), dependency)
    element = {(0, 0): 0, (0, 1): 3, (0, 2): 4}
    outputs = [int(table[element[0, q], flip if p else 0]) for p, q in itertools.product(range(2), range(3))]
    assert isomorphic(Machine(both, 0, outputs), s3)


def counter_of_symbols(modulus: int) -> Semiautomaton:
    k = np.arange(modulus)
    return Semiautomaton((k[:, None] + k) % modulus)


def test_isomorphism_finds_the_renaming() -> None:
    rng = np.random.default_rng(3)
    machine = group_automaton(group("S4"))
    renaming = rng.permutation(24)
    delta = np.empty((24, 24), int)
    delta[renaming] = renaming[machine.delta]
    outputs = np.empty(24, int)
    outputs[renaming] = machine.outputs
    renamed = Machine(Semiautomaton(delta), int(renaming[0]), outputs)
    found = isomorphism(machine, renamed)
    assert found is not None
    assert found.tolist() == renaming.tolist()
    assert renamed.trim() == machine.trim()


def test_machines_that_are_not_isomorphic() -> None:
    dihedral, quaternion = (
        Machine(Semiautomaton(group(name).table[:, list(group(name).generators)]), 0, [0] * 8)
        for name in ("D4", "Q8")
    )
    assert not isomorphic(dihedral, quaternion)
    assert equivalent(dihedral, quaternion)
    assert not isomorphic(parity(), counter(3))
    assert not isomorphic(parity(), flip_flop(2))


def test_counters_and_flip_flops_do_what_they_say() -> None:
    rng = np.random.default_rng(4)
    bits = rng.integers(0, 2, (4, 50))
    for modulus in (1, 2, 7):
        assert np.array_equal(counter(modulus).labels(bits), np.cumsum(bits, axis=1) % modulus)
    assert parity() == counter(2)
    symbols = rng.integers(0, 6, (4, 50))
    for word, labels in zip(symbols, flip_flop(5).labels(symbols), strict=True):
        value = 0
        for symbol, label in zip(word, labels, strict=True):
            value = symbol - 1 if symbol else value
            assert label == value


def test_a_counter_of_pairs_is_chinese() -> None:
    both = machine_product(counter(3), counter(4), lambda x, y: (4 * x + 9 * y) % 12)
    assert isomorphic(both, counter(12))
    assert not isomorphic(machine_product(counter(2), counter(4), lambda x, y: 4 * x + y), counter(8))
    assert direct_product(counter(3).semiautomaton, counter(4).semiautomaton).states == 12


def test_hopcroft_on_a_large_machine() -> None:
    # Counting modulo 100,000 while only multiples of 250 show folds onto 250 states.
    large = counter(100_000)
    least = minimise(Machine(large.semiautomaton, 0, (np.arange(100_000) % 250 == 0).astype(int)))
    assert least.states == 250


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            lambda: direct_product(Semiautomaton([[0]]), Semiautomaton([[0, 0]])),
            "alphabets have 1 and 2 symbols: expected one size",
        ),
        (
            lambda: distinguish(parity(), flip_flop(2)),
            "alphabets have 2 and 3 symbols: expected one size",
        ),
        (
            lambda: machine_product(parity(), counter(3), [[0, 1], [1, 0]]),
            "combine has shape (2, 2): expected (2, 3), the classes",
        ),
        (
            lambda: machine_product(parity(), parity(), [[0, -1], [1, 0]]),
            "combine[0, 1] is -1: expected a class from 0 to 1",
        ),
        (
            lambda: cascade(Semiautomaton([[0, 0]]), Semiautomaton([[0]]), [[0]]),
            "dependency has shape (1, 1): expected (1, 2), upper states and symbols",
        ),
        (
            lambda: cascade(Semiautomaton([[0, 0]]), Semiautomaton([[0]]), [[0, 1]]),
            "dependency[0, 1] is 1: expected a lower symbol from 0 to 0",
        ),
        (
            lambda: wreath(counter(40).semiautomaton, parity().semiautomaton),
            "wreath product has 80 states and 2199023255552 symbols: the limit is 268435456 entries",
        ),
        (lambda: counter(0), "modulus is 0: expected a whole number of at least 1"),
        (lambda: flip_flop(0), "number of values is 0: expected a whole number of at least 1"),
        (lambda: flip_flop(5000), "number of values is 5000: expected at most 4096"),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
