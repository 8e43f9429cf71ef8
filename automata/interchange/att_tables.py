"""Symbol tables of OpenFst: a name and its number on each line; of symbols and outputs, number 0 is ε."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import RequestError
from .source import Source, read_source

EPSILON = "<eps>"


@dataclass(frozen=True)
class Table:
    """Names in the order of their numbers.

    Attributes
    ----------
    names : tuple of str
        Without ε.
    epsilon : str, optional
        The name of number 0, where it has one.
    """

    names: tuple[str, ...]
    epsilon: str | None


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
        found[int(fields[1])] = fields[0]
    epsilon = None if states else found.pop(0, None)
    return Table(tuple(found[number] for number in sorted(found)), epsilon)


def table_text(kind: str, names: Sequence[str], states: bool = False) -> str:
    """Return a table of names.

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
    """
    for name in names:
        if name.split() != [name] or (name == EPSILON and not states):
            raise RequestError(
                f"{kind} {name!r}: AT&T text has names without blanks, neither empty nor '<eps>': "
                "expected another name, or another format"
            )
    rows = list(names) if states else [EPSILON, *names]
    return "".join(f"{name} {number}\n" for number, name in enumerate(rows))
