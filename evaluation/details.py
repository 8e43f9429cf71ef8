"""What an evaluation holds beside its counts by length."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Clock(BaseModel):
    """Counts of a timed task apart: positions where the clock matters, and the others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    precision: str
    length: int
    dependent_correct: int
    dependent_total: int
    independent_correct: int
    independent_total: int


class Position(BaseModel):
    """Counts of the positions `begin` to `end` - 1 (from 0) of the words of the greatest length."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: int
    end: int
    correct: int
    total: int


class Summary(BaseModel):
    """What follows from the counts of one precision item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    precision: str
    area: float
    """Of the accuracy over log2 of the length, from the shortest to the longest: between 0 and 1."""
    normalised: float | None
    """The same with chance as 0."""
    first_error: int | None
    """Symbols after which half of the words have met an error; null where half never do."""
    survival: list[tuple[int, float]]
    """Kaplan-Meier: (symbols, share of words without an error until then), where the share falls."""
    positions: list[Position]


class Leak(BaseModel):
    """How many of the test words of a length were training words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    length: int
    words: int
    seen: int


class Drift(BaseModel):
    """How far an item is from float64 after `length` symbols: the difference's root mean square over float64's own.

    Null where a number is not finite; the state's also where it has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    precision: str
    length: int
    state: float | None
    logits: float | None


class Crossing(BaseModel):
    """When within-class spread is expected to reach half of the between-class separation, and when it did.

    After Chung, Choi and Kim, arXiv 2605.07755: T ≈ τ M / ‖W η‖, with M the separation of the classes, W η the growth
    of the error a step as the read-out sees it. Both are measured on the logits: M and the centres of the classes on
    the second half of the training lengths, the growth up to four times the training length.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    separation: float
    """M: the mean distance of a class's mean logits to the nearest other."""
    growth: float
    """Slope of the spread, a symbol."""
    predicted: float | None
    """Symbols; null where the spread does not grow."""
    observed: int | None
    """Symbols at which the spread first was half of the separation; null where it never was, to `until`."""
    until: int
