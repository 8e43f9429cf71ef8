"""Words that are uniform, labelled by rules of peers' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numba
import numpy as np
from numpy.typing import NDArray

from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..rules.draws import PLACES, Rows, Tape, draw_below, write_from_tapes
from ..rules.square_root import root
from ..source import Key, Lengths, Source, Words
from ..task import Task

Labelling = Callable[[NDArray[Any], Lengths, int, NDArray[Any]], None]
SEEN = "every symbol counts; short words are seen whole"


@numba.njit(nogil=True)
def _count(word, counts):  # type: ignore[no-untyped-def]
    counts[:] = 0
    for symbol in word:
        counts[symbol] += 1


@numba.njit(cache=True, nogil=True)
def smallest_of_most_frequent(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the most frequent symbol, of several the smallest."""
    counts = np.empty(size, np.int64)
    for i in range(len(lengths)):
        _count(symbols[i, : lengths[i]], counts)
        labels[i, lengths[i] - 1] = counts.argmax()


@numba.njit(cache=True, nogil=True)
def first_of_most_frequent(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the most frequent symbol, of several the one that came first."""
    counts = np.empty(size, np.int64)
    for i in range(len(lengths)):
        _count(symbols[i, : lengths[i]], counts)
        best = counts.max()
        for t in range(lengths[i]):
            if counts[symbols[i, t]] == best:
                labels[i, lengths[i] - 1] = symbols[i, t]
                break


@numba.njit(cache=True, nogil=True)
def largest_count(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write how often the most frequent symbol comes."""
    counts = np.empty(size, np.int64)
    for i in range(len(lengths)):
        _count(symbols[i, : lengths[i]], counts)
        labels[i, lengths[i] - 1] = counts.max()


@numba.njit(cache=True, nogil=True)
def second_fourth_first_third(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the second, fourth, … symbol, then the first, third, ….

    The text of Delétang et al. has the first, third, … in front; their code counts from 0.
    """
    for i in range(len(lengths)):
        n = lengths[i]
        labels[i, n : n + n // 2] = symbols[i, 1:n:2]
        labels[i, n + n // 2 : 2 * n] = symbols[i, 0:n:2]


@numba.njit(cache=True, nogil=True)
def distinct_in_order(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the symbols of each word in the order they first come in, then -100."""
    seen = np.empty(size, np.bool_)
    for i in range(len(lengths)):
        n = lengths[i]
        seen[:] = False
        at = n
        for t in range(n):
            if not seen[symbols[i, t]]:
                seen[symbols[i, t]] = True
                labels[i, at] = symbols[i, t]
                at += 1
        labels[i, at : 2 * n] = -100


@dataclass(frozen=True)
class UniformRule(Source):
    """Uniform words, labelled after the last symbol or with an answer as long as the word."""

    hints: ClassVar[Mapping[str, str]] = dict.fromkeys(("first", "last", "bag"), SEEN)
    size: int
    rule: Labelling
    sequence: bool = False

    def count(self, length: int) -> int:
        """See `Source`."""
        return int(self.size**length)

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`."""
        return lengths if self.sequence else np.zeros_like(lengths)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        self.rule(words.symbols, words.lengths, self.size, words.labels)


def uniform_task(name: str, size: int, classes: int, rule: Labelling, sequence: bool = False) -> Task:
    """Return the task of uniform words with a label by a rule."""
    readout = Readout.SEQUENCE if sequence else Readout.FINAL
    return Task(name, 1, Symbols(size), Classes(classes), readout, UniformRule(size, rule, sequence))


@dataclass(frozen=True)
class OddDuplicates(Source):
    """Words ww over N symbols with the blank N at one place, and N + 1 at the end of odd ones (Delétang et al.).

    Where `second`, the blank is in the second half, lengths are even, and the label stands at the blank (SLiCE).
    """

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("first", "last", "bag"), "what is hidden stands in the other half")
    }
    size: int
    second: bool = False

    def lengths(self, low: int, high: int) -> range:
        """See `Source`."""
        return range(low + low % 2, high + 1, 2) if self.second else range(max(low, 2), high + 1)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_symbols(key, first, words.lengths, words.symbols.shape[1], self.size, words.symbols)
        halves = words.lengths // 2
        places = draw_below(key, first, halves if self.second else 2 * halves, PLACES)
        hide(words.symbols, words.lengths, places, self.size, self.second, words.labels)


@numba.njit(cache=True, nogil=True)
def hide(symbols, lengths, places, size, second, labels):  # type: ignore[no-untyped-def]
    """Double first halves, put the blank at each place, write what it hides."""
    for i in range(len(lengths)):
        n, word = lengths[i], symbols[i]
        half = n // 2
        for t in range(half):
            word[half + t] = word[t]
        if n % 2:
            word[n - 1] = size + 1
        place = places[i] + (half if second else 0)
        if second:
            labels[i, :n] = -100
        labels[i, place if second else n - 1] = word[place]
        word[place] = size


@numba.njit(cache=True, nogil=True)
def write_numbers(tape, rows, lengths, splits, symbols):  # type: ignore[no-untyped-def]
    """Write fair bits with no number 0 before or after each split; return the rows whose tape came to its end."""
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        read = 0
        for side in range(2):
            begin = 0 if side == 0 else splits[i] + 1
            end = splits[i] if side == 0 else lengths[i]
            ones = np.int64(begin >= end)
            while not ones and read + (end - begin + 63) // 64 <= len(tape[j]):
                for t in range(begin, end):
                    bit = (tape[j, read + ((t - begin) >> 6)] >> np.uint64((t - begin) & 63)) & np.uint64(1)
                    symbols[i, t] = bit
                    ones += np.int64(bit)
                read += (end - begin + 63) // 64
            if not ones:
                unfinished[stopped] = i
                stopped += 1
                break
    return unfinished[:stopped]


def draw_numbers(key: Key, first: int, words: Words, splits: Lengths) -> None:
    """Write two numbers of at least 1 around each split (or one, where the split is the word's end)."""

    def write(tape: Tape, rows: Rows) -> Rows:
        left: Rows = write_numbers(tape, rows, words.lengths, splits, words.symbols)
        return left

    write_from_tapes(write, key, first, len(words), int(words.lengths.max()) // 64 + 4)


@dataclass(frozen=True)
class BigRoots(Source):
    """Numbers of at least 1, the most significant bit first, and their whole roots likewise."""

    hints: ClassVar[Mapping[str, str]] = dict.fromkeys(("first", "last", "bag", "constant", "length"), SEEN)

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`."""
        return (lengths + 1) // 2

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_numbers(key, first, words, words.lengths)
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`."""
        turned = words.symbols.copy()
        turn(words.symbols, words.lengths, turned)
        root(turned, words.lengths, words.labels)
        turn_answers(words.lengths, words.labels)


@numba.njit(cache=True, nogil=True)
def turn(symbols, lengths, out):  # type: ignore[no-untyped-def]
    """Write each word from its end."""
    for i in range(len(lengths)):
        for t in range(lengths[i]):
            out[i, t] = symbols[i, lengths[i] - 1 - t]


@numba.njit(cache=True, nogil=True)
def turn_answers(lengths, labels):  # type: ignore[no-untyped-def]
    """Turn the answers of (n + 1) // 2 bits round."""
    for i in range(len(lengths)):
        answer = labels[i, lengths[i] : lengths[i] + (lengths[i] + 1) // 2]
        answer[:] = answer[::-1].copy()
