"""Symbol tables of OpenFst: a name and its number on each line; of symbols and outputs, number 0 is ε."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import RequestError
from .source import Source, read_source

EPSILON = "<eps>"
BLANKS = {" ": "@_SPACE_@", "\t": "@_TAB_@"}
"""HFST's words for blanks, which separate fields."""


def written(name: str) -> str:
    """Return a name without spaces and tabs, as HFST writes it.

    Examples
    --------
    >>> written("(0 1)"), read_name("(0@_SPACE_@1)")
    ('(0@_SPACE_@1)', '(0 1)')
    """
    for blank, text in BLANKS.items():
        name = name.replace(blank, text)
    return name


def read_name(text: str) -> str:
    """Return the name that a field says."""
    for blank, said in BLANKS.items():
        text = text.replace(said, blank)
    return text


@dataclass(frozen=True)
class Table:
    """Names in the order of their numbers.

    Attributes
    ----------
    names : tuple of str
        Without ε.
    epsilon : str, optional
        The name of number 0, where it has one.
    first : str, optional
        The name, not of ε, that the first line has.
    """

    names: tuple[str, ...]
    epsilon: str | None
    first: str | None = None


def read_table(source: Source, ending: str, states: bool = False) -> Table | None:
    """Return the table beside a file that differs in its ending only, or None where there is none.

    Raises
    ------
    DamagedFileError
        Where a line is no name and number, or a number or name is there twice.
    """
    path = source.path.with_suffix(ending)
    if not path.is_file():
        return None
    beside = read_source(path)
    found: dict[int, str] = {}
    for number, line in enumerate(beside.text.split("\n"), 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 2 or not re.fullmatch("[0-9]{1,18}", fields[1]):
            raise beside.damaged(number, f"{line.strip()!r}: expected a name and a number")
        if int(fields[1]) in found:
            raise beside.damaged(number, f"number {fields[1]} has a second name, {fields[0]!r}")
        found[int(fields[1])] = read_name(fields[0])
    epsilon = None if states else found.pop(0, None)
    return Table(tuple(found[number] for number in sorted(found)), epsilon, next(iter(found.values()), None))


def table_text(kind: str, names: Sequence[str], states: bool = False, first: int = 0) -> str:
    """Return a table of names, where a name may come first whatever its number.

    Raises
    ------
    RequestError
        For a name that no table can hold.

    Examples
    --------
    >>> print(table_text("symbol", ["a", "b"]), end="")
    <eps> 0
    a 1
    b 2
    >>> print(table_text("class", ["x", "y"], first=1), end="")
    <eps> 0
    y 2
    x 1
    """
    for name in names:
        if not written(name) or written(name).split() != [written(name)] or (name == EPSILON and not states):
            raise RequestError(
                f"{kind} {name!r}: AT&T text has no empty names, no '<eps>', and of blanks spaces and tabs only: "
                "expected another name, or another format"
            )
        if read_name(written(name)) != name:
            raise RequestError(
                f"{kind} {name!r}: AT&T text means a blank by it: expected another name, or format"
            )
    rows = [f"{written(name)} {number}\n" for number, name in enumerate(names, 0 if states else 1)]
    rows = [rows[first], *rows[:first], *rows[first + 1 :]]
    return "".join(rows if states else [f"{EPSILON} 0\n", *rows])
