"""What a task can be asked for: lengths in order, and no more words than a call can hold."""

from __future__ import annotations

from typing import Any

from ..errors import RequestError
from ..names import shown, whole

LONGEST = (1 << 31) - 1
"""Inputs of a word."""
MOST = 1 << 36
"""Inputs of all words of one call."""
NUMBERS = 1 << 63
"""Words of a stream."""


def checked_lengths(lengths: Any) -> tuple[int, int]:
    """Return a pair of lengths that is in order.

    Raises
    ------
    RequestError
        Where it is no pair of whole numbers, the shortest is below 1 or above the longest, or that too long.

    Examples
    --------
    >>> checked_lengths([1, 40])
    (1, 40)
    >>> checked_lengths(40)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: lengths are 40: expected a pair of whole numbers, such as (1, 40)
    """
    try:
        low, high = (whole("length", length, -LONGEST) for length in lengths)
    except (TypeError, ValueError, RequestError):
        raise RequestError(
            f"lengths are {shown(lengths)}: expected a pair of whole numbers, such as (1, 40)"
        ) from None
    if low < 1 or high < low:
        raise RequestError(f"lengths are {low}-{high}: expected LO-HI with 1 <= LO <= HI, such as 1-40")
    if high > LONGEST:
        raise RequestError(f"length is {shown(high)}: expected at most {LONGEST:,}")
    return low, high


def checked_count(count: Any, first: Any, longest: int) -> tuple[int, int]:
    """Return how many words are asked for, and the number of the first.

    Raises
    ------
    RequestError
        Where either is out of range, or one call could not hold so many words of the longest length.
    """
    count, first = whole("count", count, 1), whole("first", first)
    if count * longest > MOST:
        raise too_many(count, longest)
    if first + count > NUMBERS:
        raise RequestError(f"first is {shown(first)}: expected the number of a word, below 2^63")
    return count, first


def checked_split(split: Any) -> str:
    """Return the name of a split, if it is text.

    Raises
    ------
    RequestError
        Where it is anything else.
    """
    if not isinstance(split, str):
        raise RequestError(f"split is {shown(split)}: expected a name, such as 'train'")
    return split


def too_many(count: int, longest: int) -> RequestError:
    """Return the error for words that do not fit into memory."""
    return RequestError(
        f"{shown(count)} words of length {longest} do not fit into memory: expected fewer or shorter ones at a time"
    )
