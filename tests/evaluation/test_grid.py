"""The default lengths fit themselves to those that a task's words can have."""

from __future__ import annotations

import pytest

from krohn.errors import RequestError
from krohn.evaluation.grid import possible
from krohn.generators.tasks import task

GRID = [40, 64, 128, 256, 512]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("parity", GRID),
        ("mod-ltr:5", [41, 65, 129, 257, 513]),  # a digit, then operators and digits in turn
        ("marked-reversal", [41, 65, 129, 257, 513]),  # a mark between two halves
        ("fibonacci", [40, 64]),  # F(79) is beyond what 53 bits hold exactly
    ],
)
def test_lengths_are_the_nearest_at_or_above(name: str, expected: list[int]) -> None:
    assert possible(task(name), GRID) == expected
    for length in expected:
        assert list(task(name).lengths(length, length)) == [length]


def test_a_length_that_serves_two_is_named_once() -> None:
    assert possible(task("mod-ltr:5"), [40, 41, 64]) == [41, 65]


def test_a_task_that_has_none_of_them() -> None:
    with pytest.raises(
        RequestError, match="task 'fibonacci' has no words of length 100 to 400: say --lengths"
    ):
        possible(task("fibonacci"), [100, 200])
