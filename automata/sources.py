"""A machine from what describes it: `krohn.machine`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, overload

from ..errors import RequestError
from .languages.regex import regex_machine
from .machine import Machine

if TYPE_CHECKING:
    from .timed.automaton import TimedAutomaton


@overload
def machine(*, regex: str, alphabet: str | None = None) -> Machine: ...
@overload
def machine(*, file: str | Path) -> Machine | TimedAutomaton: ...
def machine(
    *, regex: str | None = None, alphabet: str | None = None, file: str | Path | None = None
) -> Machine | TimedAutomaton:
    """Return the machine of a description.

    Parameters
    ----------
    regex : str
        A regular expression: the minimal acceptor of its words (see `regex_machine`).
    alphabet : str, optional
        The letters of the regular expression; where not given, those that stand in it.
    file : path
        Instead of a regular expression: a machine in a file of any format of docs/formats.md.

    Returns
    -------
    Machine, or TimedAutomaton where the file holds one

    Raises
    ------
    RequestError
        Where nothing or two things are described, or the description is wrong.

    Examples
    --------
    >>> import krohn
    >>> found = krohn.machine(regex="(aa)*", alphabet="ab")
    >>> found.states, found.names.symbols
    (3, ('a', 'b'))
    """
    if (regex is None) == (file is None):
        raise RequestError("machine of what: expected one description, regex='(ab)*' or file='machine.dot'")
    if regex is not None:
        return regex_machine(regex, alphabet)
    if alphabet is not None:
        raise RequestError(f"alphabet={alphabet!r}: expected with regex only")
    from .interchange import read_machine

    return read_machine(Path(str(file)))
