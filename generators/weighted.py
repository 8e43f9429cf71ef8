"""Words whose symbols are not all equally likely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import RequestError
from .philox import draw_symbols
from .source import Key, Rule, Source, Words

MOST_TICKETS = 65_536


@dataclass(frozen=True, eq=False)
class WeightedWords(Source):
    """Symbols drawn one by one with whole-number weights, labelled by a function.

    Exactly: one of ``sum(weights)`` tickets is drawn uniformly, and symbol x has ``weights[x]`` of them.

    Parameters
    ----------
    weights : tuple of int
        One for each symbol, not negative; their sum is 1 to 65,536.
    rule : callable
        As for `UniformWords`.

    Raises
    ------
    RequestError
        For weights out of range.

    Examples
    --------
    >>> words = Words(np.empty((1, 8), np.uint8), np.array([8]), np.empty((1, 8), np.int32))
    >>> WeightedWords((0, 5), lambda symbols, lengths: symbols.astype(np.int32)).draw(np.zeros(2, np.uint32), 0, words)
    >>> words.symbols.tolist()
    [[1, 1, 1, 1, 1, 1, 1, 1]]
    """

    nested: ClassVar[bool] = True
    weights: tuple[int, ...]
    rule: Rule

    def __post_init__(self) -> None:
        if min(self.weights, default=-1) < 0 or not 1 <= sum(self.weights) <= MOST_TICKETS:
            raise RequestError(
                f"weights are {self.weights}: expected whole numbers whose sum is 1 to {MOST_TICKETS}"
            )

    @cached_property
    def _tickets(self) -> NDArray[Any]:
        kind = np.uint8 if len(self.weights) <= 256 else np.uint16
        return np.repeat(np.arange(len(self.weights), dtype=kind), self.weights)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        drawn = draw_symbols(key, first, words.lengths, words.symbols.shape[1], len(self._tickets))
        words.symbols[:] = self._tickets[drawn]
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        words.labels[:] = self.rule(words.symbols, words.lengths)
