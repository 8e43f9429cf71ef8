"""Checks of a task against a rule in plain Python, given as functions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from krohn.errors import RequestError
from krohn.generators.task import Readout
from krohn.generators.tasks import task

Answer = list[int | None] | None
"""The labels in order, None for a position that has none; None for a word that the rule is not defined on."""

Rule = Callable[[list[int]], Answer]


def answers(name: str, labels: Any, length: int) -> list[int | None]:
    """Return the labels that the readout has of one word; all others must be -100."""
    made = task(name)
    places = {
        Readout.PREFIX: (0, length),
        Readout.FINAL: (length - 1, length),
        Readout.SEQUENCE: (length, length + int(made.source.answers(np.array([length]))[0])),
    }
    begin, end = places[made.readout]
    assert (labels[:begin] == -100).all()
    assert (labels[end:] == -100).all()
    return [None if label == -100 else int(label) for label in labels[begin:end]]


def drawn(
    name: str, rule: Rule, labelling: bool, batches: list[tuple[int, tuple[int, int]]] | None = None
) -> None:
    """Check the shortest words, a thousand of at most 40 and some of about 270; also as given words to label."""
    made = task(name)
    shortest = int(made.lengths(1, 64)[0])
    for count, lengths in batches or [(50, (shortest, shortest)), (1000, (1, 40)), (4, (250, 300))]:
        words = made.sample(count, lengths, seed=5)
        for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
            word = symbols[:length].tolist()
            assert rule(word) == answers(name, labels, int(length)), word
        if labelling:
            assert np.array_equal(made.label(words.symbols, words.lengths), words.labels)


def small(name: str, rule: Rule) -> None:
    """Check all words of small lengths: those that the rule is not defined on are refused."""
    made = task(name)
    size = made.model_inputs - (made.readout is Readout.SEQUENCE)
    lengths = [length for length in range(1, 12) if size**length <= 3000]
    assert len(lengths) >= 3
    for length in lengths:
        everything = [list(word) for word in itertools.product(range(size), repeat=length)]
        expected = [rule(word) for word in everything]
        good = [word for word, answer in zip(everything, expected, strict=True) if answer is not None]
        if good:
            labels = made.label(np.array(good), np.full(len(good), length))
            found = [answers(name, row, length) for row in labels]
            assert found == [answer for answer in expected if answer is not None]
        bad = [word for word, answer in zip(everything, expected, strict=True) if answer is None]
        for word in bad[:: max(1, len(bad) // 200)]:
            with pytest.raises(RequestError, match=r"^word 0 is "):
                made.label(np.array([word]), np.array([length]))


@pytest.fixture
def check_drawn() -> Callable[..., None]:
    return drawn


@pytest.fixture
def check_small() -> Callable[..., None]:
    return small
