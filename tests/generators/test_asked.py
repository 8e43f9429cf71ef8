"""What is refused, and in which words, where a call asks for what no task has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import krohn
from krohn.errors import RequestError
from krohn.generators.stream import stream
from krohn.generators.tasks import task

PAIR = "expected a pair of whole numbers, such as (1, 40)"
STATE = "expected what state_dict() of a stream returned"


def refused(call: Any) -> str:
    with pytest.raises(RequestError) as caught:
        call()
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize(
    ("given", "shown"), [("3", "'3'"), (3.0, "3.0"), (None, "None"), ([2], "[2]"), (np.zeros((2, 2)), None)]
)
def test_numbers_of_a_wrong_kind(given: Any, shown: str | None) -> None:
    shown = shown or "array([[0., 0... [0., 0.]])"
    parity = task("parity")
    for name, least, calls in (
        ("count", 1, [lambda: parity.sample(given, (1, 4))]),
        ("seed", 0, [lambda: parity.sample(1, (1, 4), given), lambda: stream("parity", 1, (1, 4), given)]),
        ("first", 0, [lambda: parity.sample(1, (1, 4), first=given)]),
        ("batch", 1, [lambda: stream("parity", given, (1, 4))]),
        ("start", 0, [lambda: stream("parity", 1, (1, 4), start=given)]),
        ("batches", 0, [lambda: stream("parity", 1, (1, 4)).state_dict(given)] if given is not None else []),
    ):
        for call in calls:
            assert refused(call) == f"{name} is {shown}: expected a whole number of at least {least}"


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ("12", f"lengths are '12': {PAIR}"),
        (None, f"lengths are None: {PAIR}"),
        (5, f"lengths are 5: {PAIR}"),
        ((1,), f"lengths are (1,): {PAIR}"),
        ((1, 2, 3), f"lengths are (1, 2, 3): {PAIR}"),
        ((1.0, 2), f"lengths are (1.0, 2): {PAIR}"),
        ((1, None), f"lengths are (1, None): {PAIR}"),
        ((1, 10**12), "length is 1000000000000: expected at most 2,147,483,647"),
        ((1, 10**60), f"length is above 2^{(10**60).bit_length() - 1}: expected at most 2,147,483,647"),
    ],
)
@pytest.mark.parametrize("name", ["parity", "tomita:3", "mod-brackets:5", "timed:relative:5"])
def test_lengths(name: str, lengths: Any, message: str) -> None:
    assert refused(lambda: task(name).sample(1, lengths)) == message
    assert refused(lambda: stream(name, 1, lengths)) == message


def test_numbers_of_numpy_are_numbers() -> None:
    words = task("parity").sample(np.int64(3), np.array([2, 5]), np.uint8(1))  # type: ignore[arg-type]
    assert (words.symbols == task("parity").sample(3, (2, 5), 1).symbols).all()
    assert stream("parity", 1, [1, 4]).state_dict()["lengths"] == [1, 4]  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [2**40, 10**30])
def test_more_words_than_memory_holds(count: int) -> None:
    assert refused(lambda: task("parity").sample(count, (1, 4))) == (
        f"{count} words of length 4 do not fit into memory: expected fewer or shorter ones at a time"
    )


def test_memory_that_the_system_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    parity = task("parity")
    monkeypatch.setattr(type(parity.source), "draw", full)
    assert refused(lambda: parity.sample(7, (1, 4))) == (
        "7 words of length 4 do not fit into memory: expected fewer or shorter ones at a time"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: task("parity").sample(1, (1, 4), split=3), "split is 3: expected a name, such as 'train'"),  # type: ignore[arg-type]
        (
            lambda: task("parity").sample(1, (1, 4), first=2**63),
            "first is 9223372036854775808: expected the number of a word, below 2^63",
        ),
        (lambda: krohn.task(3), "task is 3: expected a name, such as 'parity'"),  # type: ignore[arg-type]
        (lambda: stream(None, 1, (1, 4)), "task is None: expected a name, such as 'parity'"),  # type: ignore[arg-type]
        (
            lambda: stream("parity", 1, (1, 4), rank="a", world=2),  # type: ignore[arg-type]
            "rank is 'a': expected 0 to 1, below world",
        ),
        (
            lambda: task("recognition:regex:∅a"),
            "task 'recognition:regex:∅a': the language over a has no word: "
            "expected one with words to accept and to reject",
        ),
    ],
)
def test_other_requests(call: Any, message: str) -> None:
    assert refused(call) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: None, f"the state is None: {STATE}"),
        (lambda state: [1], f"the state is [1]: {STATE}"),
        (lambda state: {}, f"the state has no 'task': {STATE}"),
        (
            lambda state: {k: v for k, v in state.items() if k != "start"},
            f"the state has no 'start': {STATE}",
        ),
        (
            lambda state: {**state, "start": -1},
            "start of the state is -1: expected a whole number of at least 0",
        ),
        (
            lambda state: {**state, "start": "x"},
            "start of the state is 'x': expected a whole number of at least 0",
        ),
        (lambda state: {**state, "seed": None}, "the state is of a stream with seed None: expected 3"),
    ],
)
def test_a_damaged_state(change: Any, message: str) -> None:
    words = stream("parity", 2, (1, 4), 3)
    state = words.state_dict(batches=5)
    assert refused(lambda: words.load_state_dict(change(state))) == message
    assert words.start == 0
    words.load_state_dict({**state, "lengths": (1, 4)})
    assert words.start == 5
