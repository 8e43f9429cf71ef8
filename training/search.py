"""The space of a search: what --search KEY=… says of a key of the training or of the model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..errors import RequestError
from ..names import lookup
from .config import TrainingConfig

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
DECIDING = ("lengths", "seed", "validation_words", "keep_every", "log_every", "save_every", "threads")
"""Keys that do not make a better training, but another choice, or other files."""


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`; whole where both are; evenly over their logarithms where `log`."""

    low: float
    high: float
    whole: bool
    log: bool


@dataclass(frozen=True)
class Choice:
    """One of some values, as text."""

    values: tuple[str, ...]


def parse_search(text: str, model_keys: list[str]) -> tuple[str, Range | Choice]:
    """Return the key and its space, written as ``KEY=LOW..HIGH``, ``KEY=LOW..HIGH:log`` or ``KEY=A,B,C``.

    Parameters
    ----------
    text : str
    model_keys : list of str
        The keys of the model's config, which may be searched beside those of the training.

    Raises
    ------
    RequestError
        Where it is not written so, the key is unknown, or it would change what the choice is made on.

    Examples
    --------
    >>> parse_search("lr=1e-4..1e-1:log", [])
    ('lr', Range(low=0.0001, high=0.1, whole=False, log=True))
    >>> parse_search("width=16,32,64", ["width"])
    ('width', Choice(values=('16', '32', '64')))
    """
    key, equals, space = text.partition("=")
    if not equals or not key or not space:
        raise RequestError(
            f"--search {text!r}: expected KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=A,B,C, such as lr=1e-4..1e-1:log"
        )
    searchable = [name for name in TrainingConfig.model_fields if name not in DECIDING]
    if key in DECIDING:
        raise RequestError(
            f"--search {key}: expected a key that trains better, not one that changes the choice"
        )
    lookup("key to search", key, dict.fromkeys([*searchable, *model_keys]))
    match = re.fullmatch(rf"({NUMBER})\.\.({NUMBER})(:log)?", space)
    if match is None:
        values = tuple(dict.fromkeys(value.strip() for value in space.split(",")))
        if "" in values or ".." in space:
            raise RequestError(
                f"--search {text!r}: expected KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=A,B,C, such as "
                "lr=1e-4..1e-1:log"
            )
        return key, Choice(values)
    low, high, log = float(match[1]), float(match[2]), match[3] is not None
    whole = all(re.fullmatch(r"[+-]?[0-9]+", match[i]) for i in (1, 2))
    if not low < high or (log and low <= 0):
        raise RequestError(f"--search {text!r}: expected LOW below HIGH{', above 0' if log else ''}")
    return key, Range(low, high, whole, log)


def split_values(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a trial's values of the training, and those of the model as text."""
    training = {key: value for key, value in values.items() if key in TrainingConfig.model_fields}
    return training, {key: str(value) for key, value in values.items() if key not in training}
