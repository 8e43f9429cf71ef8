"""The random numbers of rules: against the published vectors of Philox, unbiased, the same wherever they are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chisquare

from krohn.generators.kinds import Vectors
from krohn.generators.philox import philox
from krohn.generators.rules import brackets, draws, majority, marked, recall, shuffle_dyck
from krohn.generators.tasks import families, task

KEY = np.array([3, 4], np.uint32)
OURS = [family.example for family in families() if ".rules." in family.build.__module__]


def test_tapes_are_philox() -> None:
    tape = np.empty((1, 2), np.uint64)
    draws.fill_tape(tape, np.array([0], np.int64), 0, np.uint32(0), np.uint32(0))
    # kat_vectors of Random123, philox4x32-10: counter and key 0.
    assert tape[0].view("<u4").tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    word, purpose = (5 << 32) + 6, 77
    tape = np.empty((1, 20), np.uint64)
    draws.fill_tape(tape, np.array([word]), purpose, KEY[0], KEY[1])
    blocks = [philox(block, 6, 5, purpose, *KEY) for block in range(10)]
    assert tape[0].view("<u4").tolist() == [int(number) for block in blocks for number in block]


def test_a_long_tape_begins_with_the_short_one() -> None:
    short, long = np.empty((3, 4), np.uint64), np.empty((3, 100), np.uint64)
    for tape in (short, long):
        draws.fill_tape(tape, np.array([5, 1 << 33, 7]), 9, KEY[0], KEY[1])
    assert np.array_equal(short, long[:, :4])
    assert len(np.unique(long)) == long.size


@pytest.mark.parametrize("bound", [1, 2, 3, 10, 255])
def test_numbers_below_a_bound_are_uniform(bound: int) -> None:
    numbers = draws.draw_below(KEY, 0, np.full(40_000, bound))
    assert (
        chisquare(np.bincount(numbers, minlength=bound)).pvalue > 1e-4 if bound > 1 else (numbers == 0).all()
    )


def test_numbers_that_would_be_biased_are_drawn_again() -> None:
    # Of 2^32 numbers a quarter would be taken twice for a bound of 3/4 of it: those below a third come as often.
    bound = 3 << 30
    numbers = draws.draw_below(KEY, 0, np.full(60_000, bound))
    assert numbers.max() < bound
    assert chisquare(np.bincount(numbers // (1 << 30), minlength=3)).pvalue > 1e-4
    assert chisquare(np.bincount(numbers % 3, minlength=3)).pvalue > 1e-4


@pytest.mark.parametrize("name", OURS)
def test_a_word_is_the_same_in_any_batch(name: str) -> None:
    made = task(name)
    words = made.sample(40, (1, 60), seed=9, first=1000)
    later = made.sample(15, (1, 60), seed=9, first=1025)
    for i in range(15):
        length = int(words.lengths[25 + i])
        end = length + int(made.source.answers(np.array([length]))[0])
        assert later.lengths[i] == length
        assert np.array_equal(later.symbols[i, :end], words.symbols[25 + i, :end])
        assert np.array_equal(
            later.labels[i, :end], words.labels[25 + i, :end], equal_nan=isinstance(made.inputs, Vectors)
        )


@pytest.mark.parametrize("name", OURS)
def test_words_do_not_repeat(name: str) -> None:
    words = task(name).sample(300, (57, 60), seed=1)
    assert len(np.unique(words.symbols.reshape(300, -1), axis=0)) > 290


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (brackets, "mod-brackets:7"),
        (brackets, "solve-equation:6"),
        (majority, "majority:9"),
        (marked, "marked-copy:3"),
        (shuffle_dyck, "shuffle-dyck:3"),
        (recall, "mqar:5"),
    ],
)
def test_a_tape_that_is_too_short_is_made_longer(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = task(name).sample(500, (1, 50), seed=2)
    begun = []

    def short(write: Callable[..., Any], key: NDArray[np.uint32], first: int, count: int, _: int) -> None:
        def counting(tape: NDArray[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
            begun.append(len(rows))
            left: NDArray[np.int64] = write(tape, rows)
            return left

        draws.write_from_tapes(counting, key, first, count, 2)

    monkeypatch.setattr(module, "write_from_tapes", short)
    again = task(name).sample(500, (1, 50), seed=2)
    assert sum(begun) > 550
    assert np.array_equal(again.symbols, usual.symbols)
    assert np.array_equal(again.labels, usual.labels)
