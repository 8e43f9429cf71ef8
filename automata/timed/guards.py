"""Comparisons of a clock, or of a difference of two clocks, with a whole number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import RequestError
from ...names import whole_number

RELATIONS = ("<=", ">=", "<", ">", "=")

LARGEST_CONSTANT = 1 << 30
"""Sums of a few constants, scaled by 2^16, still fit 64 bits."""

_NAME = r"[^\W\d]\w*"
_COMPARISON = re.compile(rf"({_NAME})\s*(?:-\s*({_NAME}))?\s*(<=|>=|==|<|>|=)\s*([+-]?[0-9]+)")


@dataclass(frozen=True)
class Constraint:
    """A comparison of a clock, or of a difference of two clocks, with a whole number.

    Parameters
    ----------
    clock : str
        The name of a clock.
    relation : str
        One of ``< <= = >= >``.
    constant : int
        In time units; not negative where a single clock is compared, as no clock is ever below 0.
    minus : str, optional
        The name of the clock that is taken off: ``x - y < 3``.

    Raises
    ------
    RequestError
        For another relation, a constant that is no whole number or is negative, or a clock minus itself.

    Examples
    --------
    >>> print(Constraint("x", "<=", 5), Constraint("x", ">", -2, minus="y"), sep="; ")
    x <= 5; x - y > -2
    >>> Constraint("x", "<", -1)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: guard 'x < -1' has a negative constant: expected a whole number of at least 0
    """

    clock: str
    relation: str
    constant: int
    minus: str | None = None

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise RequestError(f"relation is {self.relation!r}: expected one of {', '.join(RELATIONS)}")
        if isinstance(self.constant, bool) or not isinstance(self.constant, int):
            raise RequestError(f"guard '{self}' has constant {self.constant!r}: expected a whole number")
        if self.minus is None and self.constant < 0:
            raise RequestError(
                f"guard '{self}' has a negative constant: expected a whole number of at least 0"
            )
        if abs(self.constant) > LARGEST_CONSTANT:
            raise RequestError(f"guard '{self}': expected a constant of at most {LARGEST_CONSTANT}")
        if self.minus == self.clock:
            raise RequestError(f"guard '{self}' compares a clock with itself: expected two clocks")

    def __str__(self) -> str:
        left = self.clock if self.minus is None else f"{self.clock} - {self.minus}"
        return f"{left} {self.relation} {self.constant}"

    @property
    def clocks(self) -> tuple[str, ...]:
        """The names of the one or two clocks."""
        return (self.clock,) if self.minus is None else (self.clock, self.minus)


Guard = tuple[Constraint, ...]


def parse_guard(text: str) -> Guard:
    """Return the conjunction that a text says: comparisons joined by ``and``, ``&&`` or a comma.

    Parameters
    ----------
    text : str
        Such as ``x > 5 and x - y <= 3``; ``==`` may stand for ``=``; an empty text is always true.

    Raises
    ------
    RequestError
        Where a part is no comparison, quoting it.

    Examples
    --------
    >>> [str(part) for part in parse_guard("x>5 && x - y <= 3")]
    ['x > 5', 'x - y <= 3']
    >>> parse_guard("x ! 5")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: guard 'x ! 5': expected comparisons with whole numbers, such as 'x > 5 and x - y <= 3'
    """
    if not text.strip():
        return ()
    found = []
    for part in re.split(r"&&|,|\band\b", text):
        match = _COMPARISON.fullmatch(part.strip())
        if match is None:
            raise RequestError(
                f"guard {part.strip()!r}: expected comparisons with whole numbers, such as 'x > 5 and x - y <= 3'"
            )
        clock, minus, relation, constant = match.groups()
        number = whole_number(f"the constant that {clock!r} is compared with", constant)
        found.append(Constraint(clock, "=" if relation == "==" else relation, number, minus))
    return tuple(found)


def guard_text(guard: Guard) -> str:
    """Return a conjunction as text that `parse_guard` reads; the empty one is an empty text.

    Examples
    --------
    >>> guard_text(parse_guard("x>5, y=2"))
    'x > 5 and y = 2'
    """
    return " and ".join(map(str, guard))
