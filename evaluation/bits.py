"""How few bits keep a length: a scan over all bit counts, for accuracy need not rise with every bit."""

from __future__ import annotations

import math
import re

from pydantic import BaseModel, ConfigDict

from .results import Evaluation


class Passing(BaseModel):
    """The bit counts of a family of items that keep a length: whose horizon reaches it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str
    """Such as ``state=e8m*`` (bits: the mantissa's) or ``phase=turn/*`` (bits: log2 of the denominator)."""
    length: int
    passes: list[int]
    fewest: int | None
    """The least of them."""
    settled: int | None
    """The least from which on every bit count that was tried passes."""
    tried: list[int]


def family_of(text: str) -> tuple[str, int] | None:
    """Return an item with its bit count taken out, and that count; None where it has none, or two.

    Examples
    --------
    >>> family_of("state=e8m7"), family_of("phase=turn/64"), family_of("bf16")
    (('state=e8m*', 7), ('phase=turn/*', 6), None)
    """
    found = list(re.finditer(r"(?<=m)\d+(?=$|\+)|(?<=\.)\d+(?=$|\+)|(?<=turn/)\d+", text))
    if len(found) != 1:
        return None
    (match,) = found
    number = int(match[0])
    if text[: match.start()].endswith("turn/"):
        if number & (number - 1):
            return None
        number = number.bit_length() - 1
    return f"{text[: match.start()]}*{text[match.end() :]}", number


def passing(document: Evaluation) -> list[Passing]:
    """Return, for each family of at least two items, which bit counts keep each length."""
    families: dict[str, dict[int, int]] = {}
    for row in document.horizons:
        if found := family_of(row.precision):
            families.setdefault(found[0], {})[found[1]] = row.horizon or 0
    lengths = sorted({score.length for score in document.results})
    return [
        _passing(family, length, reached)
        for family, reached in families.items()
        if len(reached) > 1
        for length in lengths
    ]


def _passing(family: str, length: int, reached: dict[int, int]) -> Passing:
    tried = sorted(reached)
    passes = [bits for bits in tried if reached[bits] >= length]
    fails = [bits for bits in tried if reached[bits] < length]
    settled = [bits for bits in passes if not fails or bits > fails[-1]]
    return Passing(
        family=family,
        length=length,
        passes=passes,
        fewest=passes[0] if passes else None,
        settled=settled[0] if settled else None,
        tried=tried,
    )


def theory_bits(length: int, modulus: int) -> float:
    """Return log2(L k / π), above which the bits of an unrounded phase keep a counter modulo k to length L.

    An error of 2^-p turn a step, in the same direction each time, is L 2^-p after L steps; that has to stay below
    the half distance π / k of two residues.

    Examples
    --------
    >>> round(theory_bits(1024, 5), 2)
    10.67
    """
    return math.log2(length * modulus / math.pi)
