"""Uniform words of machines: every symbol and label against a literal drawer and a literal run."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from krohn.automata.counters import counter
from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError
from krohn.generators.codes import width_of
from krohn.generators.kinds import Readout
from krohn.generators.philox import philox, stream_key
from krohn.generators.task import Task, machine_task
from krohn.generators.tasks import task
from krohn.generators.uniform import UniformMachine


def literal_code(key: list[int], word: int, lane: int, count: int) -> int:
    """Eight codes a block, from the low and the high half of each output; a biased one is drawn again."""
    block, at = divmod(lane, 8)
    for attempt in range(65536):
        outputs = philox(block, word % 2**32, word >> 32, attempt, *key)
        bits = int(outputs[at // 2]) >> 16 * (at % 2) & 0xFFFF
        if bits * count % 65536 >= 65536 % count:
            return bits * count >> 16
    raise AssertionError("no attempt was fair")


def literal_word(key: list[int], word: int, length: int, symbols: int, width: int) -> list[int]:
    found: list[int] = []
    for lane in range(-(-length // width)):
        code = literal_code(key, word, lane, symbols**width)
        for _ in range(width):
            code, symbol = divmod(code, symbols)
            found.append(symbol)
    return found[:length]


def literal_labels(machine: Machine, word: list[int]) -> list[int]:
    state, labels = machine.start, []
    for symbol in word:
        state = int(machine.delta[state, symbol])
        labels.append(int(machine.outputs[state]))
    return labels


def check(found: Task, count: int, lengths: tuple[int, int], seed: int, first: int = 0) -> None:
    machine = found.machine
    assert machine is not None
    words = found.sample(count, lengths, seed, "held-out", first)
    key = [int(k) for k in stream_key(seed, found.identity, "held-out")]
    width = width_of(machine.states, machine.symbols, machine.classes)
    for i, length in enumerate(words.lengths):
        expected = literal_word(key, first + i, int(length), machine.symbols, width)
        assert words.symbols[i, :length].tolist() == expected
        labels = literal_labels(machine, expected)
        if found.readout is Readout.FINAL:
            labels = [-100] * (len(labels) - 1) + labels[-1:]
        assert words.labels[i, :length].tolist() == labels
        assert (words.symbols[i, length:] == 0).all()
        assert (words.labels[i, length:] == -100).all()


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("parity", 8),
        ("parity-final", 8),
        ("count:5", 8),
        ("count:63", 8),
        ("count:300", 1),
        ("flipflop:2", 4),
        ("flipflop:4", 4),
        ("flipflop:300", 1),
        ("word:Q8", 2),
        ("word:A4", 2),
        ("word:S5", 1),
        ("word:S5:swaps", 2),
    ],
)
def test_words_and_labels_are_the_literal_ones(name: str, width: int) -> None:
    found = task(name)
    assert found.machine is not None
    machine = found.machine
    assert width_of(machine.states, machine.symbols, machine.classes) == width
    check(found, 37, (1, 30), seed=3, first=2**32 - 5)  # the word's number grows into its high half
    check(found, 1, (1100, 1100), seed=4)  # longer than two pieces
    check(found, 5, (500, 520), seed=5)
    check(found, 18, (1, 1), seed=6)


MACHINES = st.integers(1, 40).flatmap(
    lambda states: st.integers(1, 20).flatmap(
        lambda symbols: st.tuples(
            st.lists(
                st.lists(st.integers(0, states - 1), min_size=symbols, max_size=symbols),
                min_size=states,
                max_size=states,
            ),
            st.integers(0, states - 1),
            st.lists(st.sampled_from([0, 1, 2, 255, 300]), min_size=states, max_size=states),
        )
    )
)


@settings(deadline=None, max_examples=60)
@given(MACHINES, st.sampled_from(list(Readout)[:2]), st.integers(1, 20), st.integers(0, 2**62))
def test_any_machine(
    parts: tuple[list[list[int]], int, list[int]], readout: Readout, count: int, first: int
) -> None:
    table, start, outputs = parts
    check(
        machine_task("any", Machine(Semiautomaton(table), start, outputs), readout), count, (1, 20), 1, first
    )


@pytest.mark.parametrize(
    ("name", "length"), [("parity", 8), ("flipflop:2", 5), ("word:S3", 4), ("count:300", 7)]
)
def test_all_words_are_equally_likely(name: str, length: int) -> None:
    found = task(name)
    assert found.machine is not None
    size = found.machine.symbols
    symbols = found.sample(60_000, (length, length), seed=9).symbols.astype(np.int64)
    numbers = symbols @ size ** np.arange(length)
    counts = np.bincount(numbers, minlength=size**length)
    assert len(counts) == size**length
    assert chisquare(counts).pvalue > 1e-3


def test_a_word_of_length_k_begins_the_longer_words_of_its_number() -> None:
    for name, length in itertools.product(("parity", "word:S3", "word:S5"), (1, 7, 40, 511, 512, 513)):
        long, short = (task(name).sample(9, (end, end), seed=2, first=77) for end in (700, length))
        assert np.array_equal(long.symbols[:, :length], short.symbols)
        assert np.array_equal(long.labels[:, :length], short.labels)


def test_an_alphabet_is_at_most_16_bits() -> None:
    wide = Machine(Semiautomaton(np.zeros((1, 65537), int)), 0, [0])
    with pytest.raises(RequestError) as caught:
        UniformMachine(wide, Readout.PREFIX)
    assert str(caught.value) == "a machine of 65537 symbols: expected at most 65536"
    assert machine_task("c", counter(2), Readout.PREFIX).version == 1
