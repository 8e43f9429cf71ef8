"""Running words, against a plain loop over odd shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.automata.machine import Machine
from krohn.automata.runs import label_batch, run_batch
from krohn.automata.semiautomaton import Semiautomaton, reachable
from krohn.errors import RequestError


def literal(delta: Any, words: Any, starts: Any, lengths: Any) -> list[list[int]]:
    rows = []
    for word, state, length in zip(words.tolist(), starts, lengths, strict=True):
        row = []
        for t, symbol in enumerate(word):
            if t < length:
                state = delta[state][symbol]
                row.append(state)
            else:
                row.append(-1)
        rows.append(row)
    return rows


DTYPES = ("uint8", "int8", "uint16", "int16", "int32", "uint32", "int64", "uint64")


@settings(deadline=None, max_examples=150)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 9),
    longest=st.integers(0, 70),
    states=st.sampled_from([1, 2, 5, 120, 300]),
    symbols=st.integers(1, 100),
    dtype=st.sampled_from(DTYPES),
    layout=st.sampled_from(["plain", "transposed", "strided", "read-only", "list"]),
)
def test_runs_equal_a_plain_loop(
    seed: int, size: int, longest: int, states: int, symbols: int, dtype: str, layout: str
) -> None:
    rng = np.random.default_rng(seed)
    delta = rng.integers(0, states, (states, symbols))
    lengths = rng.integers(0, longest + 1, size)
    starts = rng.integers(0, states, size)
    words = rng.integers(0, symbols, (size, longest)).astype(dtype)
    # What stands past the end must not matter, whatever it is.
    words[np.arange(longest) >= lengths[:, None]] = np.iinfo(dtype).max
    view: Any = words
    if layout == "transposed":
        view = words.T.copy().T
    elif layout == "strided":
        view = np.full((2 * size, 3 * longest), np.iinfo(dtype).max, dtype)[::2, ::3]
        view[:] = words
    elif layout == "read-only":
        words.flags.writeable = False
    elif layout == "list" and longest:
        view = words.tolist() if dtype != "uint64" else words
    expected = literal(delta.tolist(), words, starts.tolist(), lengths.tolist())
    automaton = Semiautomaton(delta)
    states_seen = automaton.run(view, starts, lengths)
    assert states_seen.dtype == np.int32
    assert states_seen.shape == (size, longest)
    assert states_seen.tolist() == expected
    outputs = rng.integers(0, 7, states)
    labels = Machine(automaton, int(starts[0]), outputs).labels(view, lengths)
    from_start = literal(delta.tolist(), words, [int(starts[0])] * size, lengths.tolist())
    assert labels.dtype == np.int32
    assert labels.tolist() == [[-100 if s < 0 else int(outputs[s]) for s in row] for row in from_start]


def test_every_entry_of_the_output_is_written_and_nothing_else() -> None:
    table = np.array([[0, 1], [1, 0]], np.uint8)
    lengths = np.array([0, 3, 1, 2, 3, 2, 0])
    words = np.ones((7, 3), np.uint8)
    frame = np.full((9, 5), 77, np.int32)
    out = frame[1:8, 1:4]
    assert run_batch(table, words, np.zeros(7, np.int64), lengths, out) == -1
    assert out.tolist() == [
        [-1, -1, -1],
        [1, 0, 1],
        [1, -1, -1],
        [1, 0, -1],
        [1, 0, 1],
        [1, 0, -1],
        [-1, -1, -1],
    ]
    out[:] = 77
    assert label_batch(table, words, np.zeros(7, np.int64), lengths, np.array([5, 6], np.int32), out) == -1
    assert out[1].tolist() == [6, 5, 6]
    frame[1:8, 1:4] = 77
    assert (frame == 77).all()
    assert Semiautomaton(table).run(words, lengths=lengths, out=out) is out
    assert out[3].tolist() == [1, 0, -1]
    assert Machine(Semiautomaton(table), 0, [5, 6]).labels(words, lengths, out) is out
    assert out[3].tolist() == [6, 5, -100]


def test_a_bad_symbol_stops_the_run_before_it_writes() -> None:
    out = np.full((2, 3), 77, np.int32)
    words = np.array([[0, 0, 0], [0, 2, 9]], np.uint8)
    assert run_batch(np.array([[0, 0]], np.uint8), words, np.zeros(2, np.int64), np.array([3, 3]), out) == 4
    assert (out == 77).all()


def test_tables_are_read_only_and_stay_apart_from_what_was_given() -> None:
    given_table = np.array([[0, 1], [1, 0]], np.int32)
    automaton = Semiautomaton(given_table)
    given_table[0, 0] = 1
    assert automaton.delta.tolist() == [[0, 1], [1, 0]]
    assert automaton.delta.dtype == np.int32
    assert automaton.delta.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        automaton.delta[0, 0] = 1


def test_equal_tables_are_equal_values() -> None:
    a, b, c = (
        Semiautomaton([[0, 1], [1, 0]]),
        Semiautomaton([[0, 1], [1, 0]]),
        Semiautomaton([[0, 1, 1, 0]] * 4),
    )
    assert a == b
    assert hash(a) == hash(b)
    assert a != c
    assert Machine(a, 0, [0, 1]) == Machine(b, 0, [0, 1], classes=2)
    assert Machine(a, 0, [0, 1]) != Machine(b, 1, [0, 1])
    assert len({Machine(a, 0, [0, 1]), Machine(b, 0, [0, 1])}) == 1


def test_reachable_states_in_the_order_in_which_they_are_met() -> None:
    automaton = Semiautomaton([[3, 1], [1, 1], [2, 2], [0, 4], [4, 4]])
    assert reachable(automaton, 0).tolist() == [0, 3, 1, 4]
    assert reachable(automaton, 2).tolist() == [2]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: Semiautomaton([0, 1]), "transition table has shape (2,): expected 2 dimensions"),
        (
            lambda: Semiautomaton([[0, 1], [1]]),
            "transition table has rows of different lengths: expected an array",
        ),
        (lambda: Semiautomaton([[0.0]]), "transition table holds float64: expected whole numbers"),
        (
            lambda: Semiautomaton(np.zeros((3, 0), int)),
            "transition table has shape (3, 0): expected at least one state and one symbol",
        ),
        (
            lambda: Semiautomaton([[0, 1], [-1, 0]]),
            "transition table has a hole at state 1, symbol 0: expected a state from 0 to 1, such as a sink",
        ),
        (lambda: Semiautomaton([[0, 1], [1, 2]]), "delta[1, 1] is 2: expected a state from 0 to 1"),
        (lambda: Semiautomaton([[0]]).run([[0, 1]]), "words[0, 1] is 1: expected a symbol from 0 to 0"),
        (lambda: Semiautomaton([[0]]).run([[0], [-3]]), "words[1, 0] is -3: expected a symbol from 0 to 0"),
        (
            lambda: Semiautomaton([[0]]).run(np.full((1, 1), 2**64 - 1, np.uint64)),
            "words[0, 0] is 18446744073709551615: expected a symbol from 0 to 0",
        ),
        (lambda: Semiautomaton([[0]]).run([0, 0]), "words has shape (2,): expected 2 dimensions"),
        (
            lambda: Semiautomaton([[0]]).run([[0]], lengths=[2]),
            "lengths[0] is 2: expected a length from 0 to 1",
        ),
        (
            lambda: Semiautomaton([[0]]).run([[0]], lengths=[-1]),
            "lengths[0] is -1: expected a length from 0 to 1",
        ),
        (
            lambda: Semiautomaton([[0]]).run([[0]], lengths=[1, 1]),
            "lengths have shape (2,): expected one for each of 1 words",
        ),
        (
            lambda: Semiautomaton([[0]]).run([[0]], out=np.zeros((1, 2), np.int32)),
            "out is int32 of shape (1, 2): expected writable int32 of shape (1, 1)",
        ),
        (
            lambda: Semiautomaton([[0]]).run([[0]], start=1),
            "start[0] is 1: expected a state from 0 to 0",
        ),
        (
            lambda: Semiautomaton([[0]]).run([[0]], start=[0, 0]),
            "start has shape (2,): expected one state, or one for each of 1 words",
        ),
        (
            lambda: Machine(Semiautomaton([[0]]), 0, [0, 1]),
            "outputs have 2 entries: expected one for each of 1 states",
        ),
        (lambda: Machine(Semiautomaton([[0]]), 1, [0]), "start[0] is 1: expected a state from 0 to 0"),
        (
            lambda: Machine(Semiautomaton([[0]]), 0, [3], classes=2),
            "outputs[0] is 3: expected a class from 0 to 1",
        ),
        (lambda: reachable(Semiautomaton([[0]]), 4), "start[0] is 4: expected a state from 0 to 0"),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
