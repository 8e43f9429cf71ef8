"""The seeds of a suite's trainings: they follow from what is trained, so that nobody chooses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..models.zoo import entry
from ..names import positive
from .keys import canonical, digest


def suite_seeds(suite: str, model: str, settings: Mapping[str, Any], task: str, count: int) -> list[int]:
    """Return the root seeds of a model's trainings on a task of a suite.

    They are drawn from sha256 of suite, task, model and settings, defaults filled in: whoever changes a setting gets
    other seeds, and whoever trains again gets the same.

    Parameters
    ----------
    suite : str
        Its name with its version, such as ``groups-v1``.
    model : str
    settings : mapping
        The model's config; keys that are not there have their defaults.
    task : str
    count : int

    Returns
    -------
    list of int
        Distinct, below 2**32.

    Raises
    ------
    RequestError
        For an unknown model or key, or a count below 1.

    Examples
    --------
    >>> suite_seeds("groups-v1", "lstm", {}, "word:C2", 3) == suite_seeds("groups-v1", "lstm", {}, "word:C2", 5)[:3]
    True
    >>> wide, plain = ({"width": 8}, {})
    >>> suite_seeds("groups-v1", "lstm", wide, "word:C2", 1) != suite_seeds("groups-v1", "lstm", plain, "word:C2", 1)
    True
    """
    positive("seeds", count)
    full = entry(model).validate(dict(settings))
    return seeds_of(suite, model, full, task, count)


def seeds_of(suite: str, model: str, settings: Mapping[str, Any], task: str, count: int) -> list[int]:
    """Return what `suite_seeds` does, of a full config: of a user's model too, whose file is not at hand."""
    named = {"suite": suite, "task": task, "model": model, "settings": dict(settings)}
    root = int(digest(canonical(named)), 16)
    found: list[int] = []
    index = 0
    while len(found) < count:
        drawn = int(np.random.SeedSequence(root, spawn_key=(index,)).generate_state(1, np.uint32)[0])
        if drawn not in found:
            found.append(drawn)
        index += 1
    return found
