"""Find what a blank in ``ww`` hides.

Rule: Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023. Their words of odd length end in
padding; here words have even lengths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np

from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..source import Key, Source, Words
from ..task import Task
from .draws import PLACES, draw_below
from .parameters import check_symbols, inside, named, refuse_where, within

LARGEST_ALPHABET = 65_535  # and the blank


@numba.njit(cache=True, nogil=True)
def hide(symbols, lengths, places, size, labels):  # type: ignore[no-untyped-def]
    """Double given first halves, put the blank at each place and write what it hides at the end."""
    for i in range(len(lengths)):
        n, word = lengths[i], symbols[i]
        side = n // 2
        for t in range(side):
            word[side + t] = word[t]
        labels[i, n - 1] = word[places[i]]
        word[places[i]] = size


@dataclass(frozen=True)
class Hidden(Source):
    """Words ``ww``, w uniform, with a blank at a uniform place, labelled with what it hides."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "what is hidden stands in the other half",
        "last": "what is hidden stands in the other half",
        "bag": "what is hidden comes an odd number of times",
    }
    size: int

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: even."""
        return range(low + low % 2, high + 1, 2)

    def chance(self, length: int) -> float:
        """See `Source`."""
        return 1 / self.size

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        hide(
            words.symbols,
            words.lengths,
            draw_below(key, first, words.lengths, PLACES),
            self.size,
            words.labels,
        )

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, self.size + 1)
        blanks = inside(words) & (words.symbols == self.size)
        refuse_where((blanks.sum(1) != 1) | (words.lengths % 2 == 1), words, "ww with one blank")
        rows, places, sides = np.arange(len(words)), blanks.argmax(1), words.lengths // 2
        hidden = words.symbols[rows, np.where(places < sides, places + sides, places - sides)]
        filled = np.where(blanks, hidden[:, None], words.symbols)
        at = np.arange(filled.shape[1])
        partner = np.take_along_axis(filled, np.minimum(at + sides[:, None], filled.shape[1] - 1), 1)
        refuse_where(((at < sides[:, None]) & (filled != partner)).any(1), words, "ww with one blank")
        words.labels[rows, words.lengths - 1] = hidden


@register_task("missing-duplicate")
def missing_duplicate(N: int = 2) -> Task:
    """Words ``ww`` over N symbols with the blank N at one place; at the end, the symbol it hides.

    w and the place (of both halves) are uniform.
    """
    name = named("missing-duplicate", N, 2)
    within(name, "N", N, 2, LARGEST_ALPHABET)
    return Task(name, 1, Symbols(N + 1), Classes(N), Readout.FINAL, Hidden(N))
