"""The named machines against their rules, written out by hand; the compiled loops on all their paths."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from krohn.automata.machine import Machine
from krohn.automata.minimise import minimise
from krohn.automata.timed.automaton import TimedAutomaton
from krohn.automata.timed.machines import debouncer, periodic, relative, time_of_day, timeout, watchdog
from krohn.automata.timed.runs import FIXED_POINT, TimedRuns
from krohn.automata.timed.steps import discretise, steps
from krohn.errors import RequestError


def random_word(symbols: int, length: int = 400) -> list[int]:
    return [int(x) for x in np.random.default_rng(length + symbols).integers(0, symbols, length)]


@pytest.mark.parametrize("period", [2, 4, 10, 24])
def test_periodic_flip_flop_follows_its_rule(period: int) -> None:
    word = random_word(2)
    expected = []
    for step, symbol in enumerate(word):
        second_half = step % period >= period // 2
        expected.append(1 if symbol == 1 else int(second_half))
    assert discretise(periodic(period), empty=None).labels([word])[0].tolist() == expected


@pytest.mark.parametrize("threshold", [1, 2, 5, 9])
def test_relative_flip_flop_follows_its_rule(threshold: int) -> None:
    null, a, b = 0, 1, 2
    word = [x if x < 3 else null for x in random_word(12)]
    expected, state, last = [], 0, -1  # the start is the step before the first
    for step, symbol in enumerate(word):
        if symbol == a:
            state = int(step - last > threshold)
        elif symbol == b:
            state = 1
        if symbol != null:
            last = step
        expected.append(state)
    assert set(expected) == {0, 1}
    assert discretise(relative(threshold)).labels([word])[0].tolist() == expected


def test_clock_follows_its_rule() -> None:
    word = random_word(2)
    for states, length in ((2, 1), (5, 1), (3, 4)):
        expected = [states - 1 if symbol else step // length % states for step, symbol in enumerate(word)]
        machine = discretise(time_of_day(states, length), empty=None)
        assert machine.labels([word])[0].tolist() == expected
        assert machine.classes == states


def monoid_of(machine: Machine) -> int:
    letters = [tuple(column) for column in machine.delta.T.tolist()]
    identity = tuple(range(machine.states))
    seen, waiting = {identity}, [identity]
    while waiting:
        element = waiting.pop()
        for letter in letters:
            new = tuple(letter[q] for q in element)
            if new not in seen:
                seen.add(new)
                waiting.append(new)
    return len(seen)


@pytest.mark.parametrize(
    ("machine", "states", "monoid"),
    [(discretise(relative(5)), 12, 48), (discretise(periodic(10), empty=None), 16, 21)],
    ids=["relative:5", "periodic:10"],
)
def test_known_figures(machine: Machine, states: int, monoid: int) -> None:
    least = minimise(machine)
    assert (least.states, monoid_of(least)) == (states, monoid)


def test_states_say_what_they_stand_for() -> None:
    found = steps(relative(1))
    assert found.machine.names.symbols == ("null", "a", "b")
    assert found.machine.names.states == (
        "0, x = 0",
        "0, x = 1",
        "1, x = 0",
        "0, x > 1",
        "1, x = 1",
        "1, x > 1",
    )
    assert found.locations == (0, 0, 1, 0, 1, 1)
    assert found.clocks == ((0,), (1,), (0,), (2,), (1,), (2,))


def test_watchdog_and_debouncer_in_real_time() -> None:
    kick, look, reset = range(3)
    runs = TimedRuns(watchdog(2, 5), FIXED_POINT)
    word, delays = [kick, kick, look, reset, kick, kick, look], [2.0, 5.0, 5.0, 1.0, 5.5, 1.0, 1.0]
    assert runs.labels([word], [delays])[0].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert runs.labels([[kick]], [[1.999]]).tolist() == [[1]]
    low, high = range(2)
    bounce = TimedRuns(debouncer(3), FIXED_POINT)
    word, delays = [high, low, high, high, high, low, high], [1, 0.2, 0.1, 3.0, 0.1, 1.0, 0.5]
    assert bounce.labels([word], [delays])[0].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert TimedRuns(timeout(3), FIXED_POINT).labels([[0, 0]], [[3.0, 3.00002]]).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    "automaton", [relative(5), periodic(10), watchdog(2, 5)], ids=["x", "day", "watchdog"]
)
@pytest.mark.parametrize("scale", [1, 4, FIXED_POINT])
def test_the_table_and_the_guards_agree(
    monkeypatch: pytest.MonkeyPatch, automaton: TimedAutomaton, scale: int
) -> None:
    rng = np.random.default_rng(scale)
    lengths = rng.integers(0, 40, 11)
    symbols = rng.integers(0, len(automaton.symbols), (11, 40))
    delays = rng.integers(0, 13, (11, 40)) * scale + rng.integers(-1, 2, (11, 40)) * (scale > 1)
    delays = np.maximum(delays, 0)
    fast = TimedRuns(automaton, scale).labels(symbols, delays, lengths)
    monkeypatch.setattr("krohn.automata.timed.runs.LARGEST_TABLE", 0)
    assert (TimedRuns(automaton, scale).labels(symbols, delays, lengths) == fast).all()
    assert len(set(fast.ravel().tolist())) == 3


def test_types_of_delays_give_one_answer() -> None:
    runs = TimedRuns(periodic(6))
    rng = np.random.default_rng(1)
    symbols, delays = rng.integers(0, 2, (9, 30)), rng.integers(0, 100, (9, 30))
    expected = runs.labels(symbols, delays)
    for kind in (np.uint8, np.int16, np.uint32, np.uint64, np.float32, np.float64):
        assert (runs.labels(symbols.astype(np.uint8), delays.astype(kind)) == expected).all()
    out = np.empty((9, 30), np.int32)
    assert runs.labels(symbols, delays, out=out) is out
    assert (out == expected).all()


def test_times_and_constants_may_be_huge() -> None:
    largest = 1 << 30
    for scale in (1, FIXED_POINT):
        runs = TimedRuns(relative(largest), scale)
        delays = np.array([[largest, largest + 1, largest]]) * scale
        assert runs.labels([[0, 0, 0]], delays).tolist() == [[0, 1, 0]]
    far = 1 << 60
    assert TimedRuns(periodic(4)).labels([[0, 0, 0]], [[far + 1, far, 2]]).tolist() == [[0, 0, 1]]
    assert TimedRuns(relative(3)).labels([[0, 0]], [[3, far]]).tolist() == [[0, 1]]


RUNS = TimedRuns(relative(5))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: RUNS.labels([[0, 2]], [[1, 1]]), "words[0, 1] is 2: expected a symbol from 0 to 1"),
        (
            lambda: RUNS.labels([[0], [1]], [[1], [-3]]),
            "delays[1, 0] is -3: expected 0 to 4611686018427387904, a whole number of units",
        ),
        (
            lambda: RUNS.labels([[0, 1]], [[0.5, np.nan]]),
            "delays[0, 1] is nan: expected 0 to 2305843009213693952 time units",
        ),
        (
            lambda: RUNS.labels([[0, 1]], np.array([[1, 1 << 63]], np.uint64)),
            "delays[0, 1] is 9223372036854775808: expected 0 to 2305843009213693952, a whole number of units",
        ),
        (
            lambda: RUNS.labels([[0, 1]], [[1]]),
            "delays are int64 of shape (1, 1): expected numbers of shape (1, 2)",
        ),
        (lambda: TimedRuns(relative(5), 0), "scale is 0: expected a whole number of at least 1"),
    ],
)
def test_messages(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(RequestError) as caught:
        call()
    assert str(caught.value) == text


def test_faults_past_a_words_end_do_not_matter() -> None:
    found = RUNS.labels([[0, 99], [1, 0]], [[6.0, np.nan], [1.0, 1.0]], lengths=[1, 2])
    assert found.tolist() == [[1, -100], [1, 0]]


def test_every_short_word_of_the_timeout() -> None:
    runs = TimedRuns(timeout(2))
    for delays in product(range(5), repeat=3):
        late = [any(d > 2 for d in delays[: t + 1]) for t in range(3)]
        assert runs.labels([[0, 0, 0]], [delays])[0].tolist() == late
