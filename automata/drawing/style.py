"""Colours of a drawing, the same whichever program lays it out."""

from __future__ import annotations

INK = "#1f2937"
STATE = "#f3f4f6"
# Okabe and Ito, "Color Universal Design", 2008: told apart by colour-blind readers too.
SYMBOLS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def colour(index: int) -> str:
    """Return the colour of the symbol drawn as number `index`; they come again after seven."""
    return SYMBOLS[index % len(SYMBOLS)]
