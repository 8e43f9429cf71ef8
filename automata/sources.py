"""A machine from what describes it: `krohn.machine`."""

from __future__ import annotations

from ..errors import RequestError
from .languages.regex import regex_machine
from .machine import Machine


def machine(*, regex: str | None = None, alphabet: str | None = None) -> Machine:
    """Return the machine of a description.

    Parameters
    ----------
    regex : str
        A regular expression: the minimal acceptor of its words (see `regex_machine`).
    alphabet : str, optional
        The letters of the regular expression; where not given, those that stand in it.

    Raises
    ------
    RequestError
        Where nothing is described, or the description is wrong.

    Examples
    --------
    >>> import krohn
    >>> found = krohn.machine(regex="(aa)*", alphabet="ab")
    >>> found.states, found.names.symbols
    (3, ('a', 'b'))
    """
    if regex is None:
        raise RequestError("machine of nothing: expected a description, such as regex='(ab)*'")
    return regex_machine(regex, alphabet)
