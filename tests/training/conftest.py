"""Requests for small trainings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import krohn
from krohn.training.config import RunConfig, training_config
from krohn.training.run import new_config

SMALL = {"steps": 12, "batch": 8, "lengths": (1, 6), "validation_words": 20, "save_every": 5, "log_every": 4}


@pytest.fixture
def small() -> Callable[..., RunConfig]:
    """Make the config of a run of an LSTM of 8 units, some of its training's keys given."""

    def make(task: str = "parity", model: str = "lstm", **keys: Any) -> RunConfig:
        return new_config(krohn.task(task), model, {"width": 8}, training_config({**SMALL, **keys}), [])

    return make
