"""Where a task's words and labels come from: a batch of words, and what fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..automata.machine import Machine
from ..automata.runs import IGNORED
from ..errors import RequestError
from .philox import draw_symbols

Key = NDArray[np.uint32]
Lengths = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Words:
    """A batch of labelled words, padded to the longest.

    Attributes
    ----------
    symbols : uint8 or uint16 array, shape (B, W)
        W is the longest word with its answers. Padded with 0. For vectors: float64, shape (B, W, dimension).
        For the readout `sequence` the inputs are followed by `compute` symbols while the answer is read.
    lengths : int64 array, shape (B,)
        Inputs in each word.
    labels : int32 array, shape (B, W)
        -100 where a position has no label. For symbol sets: int8, shape (B, W, size), 1 for the symbols in
        the set. For vectors: float64, shape (B, W, dimension), NaN where a position has no label.
    delays : int64 or float64 array, shape (B, W), or None
        For timed symbols only: time units since the symbol before; padded with 0.
    """

    symbols: NDArray[Any]
    lengths: Lengths
    labels: NDArray[Any]
    delays: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which positions have a label, shape (B, W).

        Examples
        --------
        >>> Words(np.zeros((1, 3), np.uint8), np.array([3]), np.array([[-100, -100, 1]], np.int32)).labelled
        array([[False, False,  True]])
        """
        first = self.labels[..., 0] if self.labels.ndim == 3 else self.labels
        return np.asarray(~np.isnan(first) if first.dtype == np.float64 else first != IGNORED)


class Source:
    """What draws a task's words and labels them; a subclass says what differs from these defaults.

    Subclasses are frozen values that can be pickled. Their arrays are C-contiguous and hold anything when they
    are handed over; a source writes the inputs of each word, ``symbols[b, :lengths[b]]`` (and delays), and the
    labels where the readout has them:

    - prefix: ``labels[b, :lengths[b]]`` (-100 or NaN at a position that has none);
    - final: ``labels[b, lengths[b] - 1]``;
    - sequence: ``labels[b, lengths[b] : lengths[b] + answers]``.

    The task writes all else: padding, `compute` symbols, positions without a label.

    Attributes
    ----------
    nested : bool
        Whether word number i of length K begins word number i of every greater length, with the same labels
        (for `final`: those of each beginning), as where symbols are drawn one by one.
    regular : bool
        Whether a finite machine gives the labels even where the task has none, as it would be too large.
    walk : bool
        Whether the task's machine is meant for any word, so that other questions can be asked of it
        (`regular.py`).
    hints : dict of str
        What the rule itself lets be known of labels, or of words, without following it: checks of the audit
        (`constant`, `length`, `first`, `last`, `bag`, `duplicates`, `overlap`) and why.
    delimiters : tuple of int
        Symbols that may stand at one position of all words.
    """

    nested: ClassVar[bool] = False
    regular: ClassVar[bool] = False
    walk: ClassVar[bool] = False
    hints: ClassVar[Mapping[str, str]] = MappingProxyType({})
    delimiters: ClassVar[tuple[int, ...]] = ()

    def lengths(self, low: int, high: int) -> range | Lengths:
        """Return the lengths from `low` to `high` that words can have, ascending; all, unless said."""
        return range(low, high + 1)

    def answers(self, lengths: Lengths) -> Lengths:
        """Return how many answer symbols are read after words of these lengths: only for `sequence`."""
        return np.zeros_like(lengths)

    def chance(self, length: int) -> float | None:
        """Return the accuracy of the best constant answer to words of a length; None where it has to be measured."""
        return None

    def count(self, length: int) -> int | None:
        """Return how many words of a length there are to draw; None where the source cannot say."""
        return None

    def uniform(self) -> tuple[Machine, int] | None:
        """Return the machine that labels uniform words, and the inputs that follow each; None where there is none."""
        return None

    def draw(self, key: Key, first: int, words: Words) -> None:
        """Write words `first`, `first` + 1, … of a stream: their inputs and labels.

        A word depends on nothing but the key, its number and its length.

        Parameters
        ----------
        key : uint32 array, shape (2,)
            Of `philox`; its purposes 0 and 1 are symbols and lengths, those from 2 on are the source's own.
        first : int
            Number of the first word.
        words : Words
            Lengths are given, all else is written.
        """
        raise NotImplementedError

    def label(self, words: Words) -> None:
        """Write the labels of words that are given.

        Raises
        ------
        RequestError
            Where a word is none that the rule is defined on.
        """
        raise RequestError("this task labels the words that it draws only")


Rule = Callable[[NDArray[Any], Lengths], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class UniformWords(Source):
    """Symbols drawn uniformly, labelled by a function.

    Parameters
    ----------
    size : int
        Symbols in the alphabet.
    rule : callable
        ``rule(symbols (B, L), lengths (B,))`` returns labels (B, L) after every symbol; what stands past a
        word's end does not matter.

    Examples
    --------
    >>> words = Words(np.empty((2, 3), np.uint8), np.array([3, 2]), np.empty((2, 3), np.int32))
    >>> UniformWords(2, lambda symbols, lengths: 1 - symbols.astype(np.int32)).draw(np.zeros(2, np.uint32), 0, words)
    >>> bool((words.labels[0] == 1 - words.symbols[0]).all())
    True
    """

    nested: ClassVar[bool] = True
    size: int
    rule: Rule

    def count(self, length: int) -> int:
        """See `Source`."""
        return int(self.size**length)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        words.labels[:] = self.rule(words.symbols, words.lengths)
