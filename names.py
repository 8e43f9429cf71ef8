"""Messages that name the nearest valid name, shared by every registry and parser."""

from __future__ import annotations

import difflib
import operator
import reprlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from .errors import RequestError

Value = TypeVar("Value")


def nearest(given: str, valid: Iterable[str]) -> str | None:
    """Return the valid name most like `given`, or None where none is near.

    Examples
    --------
    >>> nearest("parityy", ["parity", "count", "word"])
    'parity'
    >>> nearest("zebra", ["parity", "count"]) is None
    True
    """
    options = {name.lower(): name for name in valid}
    match = difflib.get_close_matches(given.lower(), options, n=1, cutoff=0.5)
    return options[match[0]] if match else None


def unknown(kind: str, given: str, valid: Iterable[str]) -> RequestError:
    """Return the error for an unknown name: what was given, what exists, the nearest.

    Examples
    --------
    >>> print(unknown("task", "parityy", ["parity", "count:M"]))
    unknown task 'parityy': expected one of count:M, parity; did you mean 'parity'?
    """
    options = sorted(valid)
    near = nearest(given, options)
    hint = f"; did you mean {near!r}?" if near else ""
    return RequestError(f"unknown {kind} {given!r}: expected one of {', '.join(options)}{hint}")


def lookup(kind: str, given: str, table: Mapping[str, Value]) -> Value:
    """Return `table[given]`, or raise the `unknown` error.

    Raises
    ------
    RequestError
        Where the table has no such name.
    """
    if given not in table:
        raise unknown(kind, given, table)
    return table[given]


def beside(path: Path, valid: Callable[[Path], bool]) -> str:
    """Return what a message adds where there is nothing at a path: what there is in its folder.

    Parameters
    ----------
    path : Path
    valid : callable
        Whether a path could have been meant.

    Examples
    --------
    >>> beside(Path("nowhere/at/all"), Path.is_file)
    ''
    """
    try:
        if path.exists():
            return ""
        there = {other.name: str(other) for other in path.parent.iterdir() if valid(other)}
    except OSError:
        return ""
    near = nearest(path.name, there)
    if near is not None:
        return f"; did you mean {there[near]}?"
    return f"; there is {there[min(there)]}" if there else ""


def positive(kind: str, value: Any) -> int:
    """Return `value` if it is a whole number of at least 1; see `whole`.

    Examples
    --------
    >>> positive("batch", 0)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: batch is 0: expected a whole number of at least 1
    """
    return whole(kind, value, 1)


def whole(kind: str, value: Any, least: int = 0) -> int:
    """Return `value` if it is a whole number, of Python or NumPy, of at least `least`.

    Raises
    ------
    RequestError
        Where it is below, or anything else: text, a float, None.

    Examples
    --------
    >>> whole("seed", "7")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: seed is '7': expected a whole number of at least 0
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise RequestError(f"{kind} is {shown(value)}: expected a whole number of at least {least}")
    return number


def shown(value: Any) -> str:
    """Return a value as a message quotes it: on one line, and not too long.

    Examples
    --------
    >>> shown("a" * 100), shown(10**5000), shown([1, 2])
    ("'aaaaaaaaaaaa...aaaaaaaaaaaaa'", 'above 2^16609', '[1, 2]')
    """
    if isinstance(value, int) and abs(value).bit_length() > 128:
        power = f"2^{abs(value).bit_length() - 1}"
        return f"above {power}" if value > 0 else f"below -{power}"
    return " ".join(reprlib.repr(value).split())


def visible(text: str) -> str:
    """Return a text as it can be shown on one line: escapes for what ends a line, hides or turns text.

    Examples
    --------
    >>> visible("Zürich"), visible("a\\nb"), visible("\\x1b[31m\\u202ered")
    ('Zürich', 'a\\\\nb', '\\\\x1b[31m\\\\u202ered')
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def whole_number(kind: str, text: str) -> int:
    """Return the number that digits write, with a sign or without.

    Raises
    ------
    RequestError
        Where there are more than 18 digits: Python itself refuses thousands of them with an error of its own.

    Examples
    --------
    >>> whole_number("length", "40")
    40
    >>> whole_number("length", "9" * 5000)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: length has 5000 digits: expected at most 18
    """
    digits = text.lstrip("+-")
    if len(digits) > 18:
        raise RequestError(f"{kind} has {len(digits)} digits: expected at most 18")
    return int(text)
