"""Texts by anyone that can be shown anywhere as they are: names of rows and models, and what is set of a model."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 80


def plain_name(name: str, what: str = "a name") -> str:
    """Return a name if it is plain and has at most 80 letters.

    Parameters
    ----------
    name : str
    what : str
        What the message calls it.

    Raises
    ------
    ValueError
        Where it is not; the message says what it holds.

    Examples
    --------
    >>> plain_name("AUSSM (q = 60), Zürich")
    'AUSSM (q = 60), Zürich'
    >>> plain_name("<b>first</b>")
    Traceback (most recent call last):
    ...
    ValueError: a name holds '<': expected letters, digits, spaces and plain punctuation
    """
    _refuse(name, what)
    if len(name) > LONGEST_NAME:
        raise ValueError(f"{what} has {len(name)} letters: expected at most {LONGEST_NAME}")
    return name


def refuse_settings(settings: Mapping[str, Any]) -> None:
    """Raise where a key or a text in a model's settings is not plain, however deep it lies.

    Raises
    ------
    ValueError
        For the first that is not.

    Examples
    --------
    >>> refuse_settings({"layers": "m|a", "note": ["\\x1b[31mred"]})
    Traceback (most recent call last):
    ...
    ValueError: setting note.0 holds '\\x1b': expected letters, digits, spaces and plain punctuation
    """
    waiting: list[tuple[str, Any]] = [("setting", dict(settings))]
    while waiting:
        place, value = waiting.pop(0)
        if isinstance(value, str) and value:
            _refuse(value, place)
        elif isinstance(value, dict):
            for key, inner in value.items():
                _refuse(key, "a key of the settings")
                waiting.append((f"{place}{' ' if place == 'setting' else '.'}{key}", inner))
        elif isinstance(value, list):
            waiting += [(f"{place}.{number}", inner) for number, inner in enumerate(value)]


def _refuse(text: str, what: str) -> None:
    """Raise for markup, controls, marks that hide or turn text, piles of accents, or what is not in normal form C."""
    for letter in text:
        kind = unicodedata.category(letter)
        if letter in '<>&"`\\' or kind[0] == "C" or (kind[0] == "Z" and letter != " "):
            raise ValueError(
                f"{what} holds {letter!a}: expected letters, digits, spaces and plain punctuation"
            )
    if unicodedata.normalize("NFC", text) != text:
        raise ValueError(
            f"{what} is not in Unicode's normal form C: expected letters with their accents in one"
        )
    if not text.strip() or text != text.strip():
        raise ValueError(f"{what} is empty or has spaces around it: expected letters and digits")
    if any(len(pile) > 2 for pile in _piles(text)):
        raise ValueError(f"{what} piles accents up: expected at most two at a letter")


def _piles(text: str) -> list[str]:
    marks = "".join("1" if unicodedata.combining(letter) else " " for letter in text)
    return marks.split()
