"""Checks of parameters and of given words that rules share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..source import Words


def within(task: str, parameter: str, value: int, low: int, high: int) -> int:
    """Return `value` if it is in range.

    Raises
    ------
    RequestError
        Where it is not.

    Examples
    --------
    >>> within("dyck:0:3", "K", 0, 1, 128)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: task 'dyck:0:3': K is 0: expected 1 to 128
    """
    if not low <= value <= high:
        raise RequestError(f"task {task!r}: {parameter} is {value}: expected {low} to {high}")
    return value


def named(name: str, value: int, default: int) -> str:
    """Return the task's name: its parameter is left out where it is the default.

    Examples
    --------
    >>> named("reverse", 2, 2), named("reverse", 5, 2)
    ('reverse', 'reverse:5')
    """
    return name if value == default else f"{name}:{value}"


def inside(words: Words) -> NDArray[np.bool_]:
    """Return which positions hold an input, shape (B, W)."""
    return np.arange(words.symbols.shape[1]) < words.lengths[:, None]


def check_symbols(words: Words, size: int) -> None:
    """Raise where an input of given words is no symbol of the alphabet."""
    wrong = inside(words) & ((words.symbols < 0) | (words.symbols >= size))
    refuse_where(wrong.any(1), words, f"symbols below {size}")


def refuse_where(wrong: Any, words: Words, expected: str) -> None:
    """Raise where a given word is none that the rule is defined on, naming the first such.

    Raises
    ------
    RequestError
        With the word's number and its first symbols.
    """
    if not wrong.any():
        return
    row = int(np.argmax(wrong))
    length = int(words.lengths[row])
    shown = " ".join(str(symbol) for symbol in words.symbols[row, : min(length, 16)])
    more = " …" if length > 16 else ""
    raise RequestError(f"word {row} is {shown}{more}: expected {expected}")
