"""Finding a task as a peer has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import RequestError
from ...names import lookup, nearest
from ..task import Task
from ..tasks import task as find_task
from . import aussm, deletang, flare, grazzi, liu, slice, word_problem, xlstm
from .row import Row

Entry = Row | Callable[[str], Row]

CONVENTIONS: dict[str, Mapping[str, Entry]] = {
    "deletang": deletang.TABLE,
    "xlstm": xlstm.TABLE,
    "slice": slice.TABLE,
    "grazzi": grazzi.TABLE,
    "flare": flare.TABLE,
    "aussm": aussm.TABLE,
    "aussm-released": aussm.RELEASED,
    "word-problem": word_problem.TABLE,
    "liu": liu.TABLE,
}


def convention_task(convention: str, name: str) -> Task:
    """Return a task as a convention has it.

    Parameters
    ----------
    convention : str
        ``krohn``, or a peer's.
    name : str
        The task's, or that of a family which the convention has one task of: ``cycle`` for ``cycle:5``.

    Raises
    ------
    RequestError
        For an unknown convention, or one that does not have the task: those that have it are named.

    Examples
    --------
    >>> convention_task("xlstm", "cycle").inputs
    Symbols(size=9)
    """
    if lookup("convention", convention, {"krohn": 0, **dict.fromkeys(CONVENTIONS, 1)}) == 0:
        return find_task(name)
    found = _find(CONVENTIONS[convention], name)
    if found is None:
        raise _absent(convention, name)
    full, entry = found
    return (entry if isinstance(entry, Row) else entry(full)).task(full, convention)


def _find(table: Mapping[str, Entry], name: str) -> tuple[str, Entry] | None:
    """Return a table's entry for a name, and its full name."""
    entry = table.get(name)
    if isinstance(entry, Row):
        return name, entry
    head = name.partition(":")[0]
    if callable(table.get(head)):
        return find_task(name).name, table[head]
    family = [full for full in table if full.partition(":")[0] == name]
    return (family[0], table[family[0]]) if len(family) == 1 else None


def _absent(convention: str, name: str) -> RequestError:
    have = [other for other, table in CONVENTIONS.items() if _find(table, name) is not None]
    tasks = sorted(CONVENTIONS[convention])
    near = nearest(name, tasks)
    hint = f"; did you mean {near!r}?" if near else ""
    if have:
        return RequestError(
            f"convention {convention!r} has no task {name!r}: expected one of {', '.join(have)}{hint}"
        )
    return RequestError(
        f"convention {convention!r} has no task {name!r}: expected one of {', '.join(tasks)}{hint}"
    )
