"""Every example in a docstring runs and gives what it shows."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import krohn

NAMES = [
    "krohn",
    *(
        found.name
        for found in pkgutil.walk_packages(krohn.__path__, "krohn.")
        if found.name.split(".")[1] not in ("tests", "docs", "examples", "build", "dist", "__main__")
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    found = [test for name in NAMES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) > 60
