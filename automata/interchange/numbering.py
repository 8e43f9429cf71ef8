"""From names in a file to the numbers of states, symbols and classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts names as people do: numbers in them by value.

    Examples
    --------
    >>> sorted(["i10", "i9", "a", "10", "9"], key=natural)
    ['9', '10', 'a', 'i9', 'i10']
    """
    parts = re.split(r"([0-9]+)", name)
    return [(len(part.lstrip("0")), part.lstrip("0")) if i % 2 else (0, part) for i, part in enumerate(parts)]


def as_numbers(names: Iterable[str]) -> list[int] | None:
    """Return the whole numbers that all the names are, in their usual form, or None.

    Examples
    --------
    >>> as_numbers(["0", "12"]), as_numbers(["0", "012"]), as_numbers(["a"])
    ([0, 12], None, None)
    """
    found = []
    for name in names:
        if not re.fullmatch(r"0|[1-9][0-9]{0,8}", name):
            return None
        found.append(int(name))
    return found


def numbered(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the names in the order of their numbers, and the names to keep.

    Names that are the numbers from 0 on have those numbers, and none is kept; others are numbered as given.

    Examples
    --------
    >>> numbered(["1", "0"]), numbered(["b", "a"])
    ((['0', '1'], ()), (['b', 'a'], ('b', 'a')))
    """
    values = as_numbers(names)
    if values is not None and sorted(values) == list(range(len(values))):
        return [str(i) for i in range(len(values))], ()
    return list(names), tuple(names)


def in_order(names: Iterable[str]) -> list[str]:
    """Return names sorted and numbered, as where a file does not say their order.

    Examples
    --------
    >>> in_order({"b", "a10", "a9"})
    ['a9', 'a10', 'b']
    """
    return numbered(sorted(names, key=natural))[0]
