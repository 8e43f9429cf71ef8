"""The suites: frozen by hash, made of tasks that exist, in the classes that they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from krohn.automata.algebra.verdict import Verdict, verdict
from krohn.errors import RequestError
from krohn.evaluation.precision import parse_item
from krohn.generators.tasks import task
from krohn.leaderboards.suite import DEFAULT, Suite, suite, suite_names, suite_sha256

FROZEN = json.loads((Path(__file__).parent / "suites.json").read_text())
GOOD = suite("groups-v1").model_dump(mode="json")


def test_the_default_is_open() -> None:
    assert suite_names()[0] == DEFAULT == suite().name == "open-v1"
    assert suite().open
    assert [suite(name).open for name in suite_names()[1:]] == [False] * 5


@pytest.mark.parametrize("name", suite_names())
def test_a_suite_is_frozen(name: str) -> None:
    # Where this fails: rows that stand already were measured by the old rules. Add a suite of the next version.
    assert suite_sha256(name) == FROZEN[name]


def test_every_frozen_suite_is_still_there() -> None:
    assert set(FROZEN) == set(suite_names())


@pytest.mark.parametrize("name", suite_names())
def test_its_tasks_have_words_of_its_lengths(name: str) -> None:
    found = suite(name)
    assert found.name == name
    for item in found.precisions:
        assert parse_item(item).text == item
    for entry in found.tasks:
        made = task(entry.task)
        assert (made.name, made.version) == (entry.task, entry.version)
        assert found.version_of(entry.task) == entry.version
        assert found.training_lengths is not None
        assert len(made.source.lengths(*found.training_lengths)) > 0
        for length in found.test_lengths or []:
            assert list(made.source.lengths(length, length)) == [length]
    assert found.version_of("no such task") is None


def _verdict(name: str) -> Verdict:
    machine = task(name).machine
    assert machine is not None
    return verdict(machine)


def test_groups_run_from_cyclic_to_the_first_that_is_not_solvable() -> None:
    found = [_verdict(name) for name in suite("groups-v1").task_names]
    kinds = [one.kind for one in found]
    assert kinds == ["abelian"] * 4 + ["solvable"] * 5 + ["nonsolvable"]
    assert [one.derived_length for one in found] == [1, 1, 1, 1, 2, 2, 2, 2, 3, None]
    assert all(one.classes[0] == "group" for one in found)
    assert suite("groups-v1").cells == 280


def test_the_regular_suite_has_one_task_a_class() -> None:
    def place(name: str) -> tuple[Any, ...]:
        one = _verdict(name)
        return (one.kind, one.nilpotent, "group" in one.classes, *one.classes)

    places = {name: place(name) for name in suite("regular-v1").task_names}
    assert len(set(places.values())) == len(places)
    assert "J-trivial" in places["balanced:regex:.*a.*b.*a.*"]
    assert "DA" not in places["tomita:4"]
    assert "locally testable" in places["tomita:4"]
    assert "locally testable" not in places["gridworld:5"]
    assert places["quaternion"][:3] == ("solvable", True, True)
    assert places["word:S3"][:3] == ("solvable", False, True)
    assert places["permutation-reset:S3"][:3] == ("solvable", False, False)
    assert places["permutation-reset:A5"][:3] == ("nonsolvable", False, False)


def test_algorithms_have_no_finite_machine() -> None:
    assert all(not task(name).source.regular for name in suite("algorithmic-v1").task_names)


def test_an_unknown_suite_is_named_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"^unknown suite 'group-v1': .*; did you mean 'groups-v1'\?$"):
        suite("group-v1")
    with pytest.raises(RequestError, match=r"^unknown suite '\.\./x': expected one of algorithmic-v1, "):
        suite("../x")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("tasks", [], "or none of them"),
        ("budget", None, "or none of them"),
        ("tasks", GOOD["tasks"][:1] * 2, "expected every task once"),
        ("training_lengths", [40, 1], "the shortest training length before"),
        ("test_lengths", [64, 40], "in their order"),
        ("test_lengths", [40, 40], "expected every one once"),
        ("precisions", ["fp32", "fp32"], "expected every one once"),
        ("words", 380, "greater than or equal to 381"),
        ("name", "Groups", "should match pattern"),
        ("metric", "loss", "'horizon' or 'score'"),
        ("colour", "red", "Extra inputs are not permitted"),
    ],
)
def test_a_suite_that_contradicts_itself_is_refused(key: str, value: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Suite.model_validate({**GOOD, key: value})
    assert message in str(caught.value)
