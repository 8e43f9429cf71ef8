"""How many inputs a peer's length n means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LengthRule:
    """Inputs of the word that is dressed: ``times * ((n + add) // over) + plus``.

    Attributes
    ----------
    times, add, over, plus : int
    short : int
        So many of the longest n asked for are never drawn.

    Examples
    --------
    Odd lengths, even ones lowered:

    >>> LengthRule(times=2, add=1, over=2, plus=-1).inputs(1, 6).tolist()
    [1, 1, 3, 3, 5, 5]
    """

    times: int = 1
    add: int = 0
    over: int = 1
    plus: int = 0
    short: int = 0

    def inputs(self, low: int, high: int) -> NDArray[np.int64]:
        """Return the number of inputs for every n from `low` to `high`, none below 1."""
        n = np.arange(low, high - self.short + 1)
        found = self.times * ((n + self.add) // self.over) + self.plus
        return found[found >= 1]


SAME = LengthRule()
WITH_ANSWER = LengthRule(plus=-1)
"""n counts the answer too."""
ODD = LengthRule(times=2, add=1, over=2, plus=-1)
"""Even n are lowered by one."""
EVEN = LengthRule(times=2, add=1, over=2)
"""Odd n are raised by one."""
HALF = LengthRule(add=1, over=2)
"""n counts the word and its answer; odd n are raised by one."""
