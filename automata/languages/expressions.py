"""Regular expressions as trees, each node with what its positions are and which can come first.

A position is an occurrence of a letter or a class, repeats written out. They are numbered from 0 within each
node; a set of positions is an integer with a bit for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Expression:
    """A regular expression.

    Attributes
    ----------
    size : int
        Number of positions.
    nullable : bool
        Whether the empty word is in the language.
    first : int
        The set of positions that a word can begin with.
    """

    size: int
    nullable: bool
    first: int

    def enter(self, offset: int, after: int) -> int:
        """Return what can come first where the positions begin at `offset` and the set `after` follows."""
        return self.first << offset | (after if self.nullable else 0)


@dataclass(frozen=True)
class Letters(Expression):
    """One letter out of a set, or one that is not in it."""

    letters: frozenset[str]
    negated: bool


@dataclass(frozen=True)
class Concatenation(Expression):
    """Words of the parts, one after the other."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Union(Expression):
    """Words of any part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Repeat(Expression):
    """At least `low` and at most `high` words of the part; None is no bound."""

    part: Expression
    low: int
    high: int | None

    @property
    def copies(self) -> int:
        """How often the part is written out."""
        return copies_of(self.low, self.high)


EMPTY_WORD = Expression(0, True, 0)
NOTHING = Expression(0, False, 0)
"""The empty language."""


def copies_of(low: int, high: int | None) -> int:
    """Return how often a repeated part is written out: as often as it may come, or once to loop on."""
    return max(low, 1) if high is None else high


def letters(chosen: frozenset[str], negated: bool = False) -> Expression:
    """Return the expression for one letter of a set, or one outside it."""
    return Letters(1, False, 1, chosen, negated)


def concatenation(parts: Sequence[Expression]) -> Expression:
    """Return the expression for one part after the other; the empty word where there is none."""
    kept = [part for part in parts if part is not EMPTY_WORD]
    if len(kept) < 2:
        return kept[0] if kept else EMPTY_WORD
    first = size = 0
    open_ = True
    for part in kept:
        if open_:
            first |= part.first << size
            open_ = part.nullable
        size += part.size
    return Concatenation(size, open_, first, tuple(kept))


def union(parts: Sequence[Expression]) -> Expression:
    """Return the expression for any of the parts."""
    if len(parts) == 1:
        return parts[0]
    first = size = 0
    for part in parts:
        first |= part.first << size
        size += part.size
    return Union(size, any(part.nullable for part in parts), first, tuple(parts))


def repeat(part: Expression, low: int, high: int | None) -> Expression:
    """Return the expression for `low` to `high` words of a part."""
    if high == 0 or part.size == 0:
        return EMPTY_WORD if low == 0 or part.nullable else NOTHING
    # Where the part may be empty, fewer words are as many: no copy needs to be skipped then.
    low = 0 if part.nullable else low
    return Repeat(copies_of(low, high) * part.size, low == 0, part.first, part, low, high)
