"""Addition and multiplication of numbers of at least 1, as Delétang et al. and SLiCE draw them."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..rules.addition import END, SEPARATOR, Sums, add
from ..rules.draws import PLACES, draw_below
from ..rules.multiplication import multiply
from ..source import Key, Lengths, Words
from ..task import Task
from .cores import draw_numbers


@dataclass(frozen=True)
class Results(Sums):
    """Numbers of at least 1, the first's length uniform from 1 to n - 2; n + 1 answer positions."""

    product: bool = False

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`."""
        return lengths + 1

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        splits = 1 + draw_below(key, first, words.lengths - 2, PLACES)
        draw_numbers(key, first, words, splits)
        words.symbols[np.arange(len(words)), splits] = SEPARATOR
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        at = np.arange(words.symbols.shape[1])
        separators = (words.symbols == SEPARATOR) & (at < words.lengths[:, None])
        (multiply if self.product else add)(words.symbols, words.lengths, separators.argmax(1), words.labels)
        words.labels[np.arange(len(words)), 2 * words.lengths] = -100


@dataclass(frozen=True)
class Padded(Sums):
    """Numbers whose highest bit is 1, the separator's place uniform; the result, then the class 2 up to n answers."""

    product: bool = False

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], 2, words.symbols)
        splits = 1 + draw_below(key, first, words.lengths - 2, PLACES)
        rows = np.arange(len(words))
        words.symbols[rows, words.lengths - 1] = 1
        words.symbols[rows, splits - 1] = 1
        words.symbols[rows, splits] = SEPARATOR
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        at = np.arange(words.symbols.shape[1])
        separators = (words.symbols == SEPARATOR) & (at < words.lengths[:, None])
        (multiply if self.product else add)(words.symbols, words.lengths, separators.argmax(1), words.labels)
        fill_up(words.lengths, words.labels)


@numba.njit(cache=True, nogil=True)
def fill_up(lengths, labels):  # type: ignore[no-untyped-def]
    """Write the class 2 to all that follows the end of each answer."""
    for i in range(len(lengths)):
        for t in range(lengths[i] + 1, 2 * lengths[i]):
            if labels[i, t - 1] == END:
                labels[i, t] = END


def padded_task(product: bool) -> Task:
    """Return the task of sums or of products with n answers."""
    name = "binary-multiplication" if product else "binary-addition"
    return Task(name, 1, Symbols(3), Classes(3), Readout.SEQUENCE, Padded(product))


def results_task(product: bool) -> Task:
    """Return the task of sums or of products."""
    name = "binary-multiplication" if product else "binary-addition"
    return Task(name, 1, Symbols(3), Classes(3), Readout.SEQUENCE, Results(product))
