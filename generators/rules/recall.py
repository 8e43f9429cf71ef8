"""Multi-query associative recall: pairs of keys and values, then the keys again, among blanks.

Task: Arora et al., "Zoology: measuring and improving recall in efficient language models", ICLR 2024. There the
queries' places follow a power law; here they are uniform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np

from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..source import Key, Source, Words
from ..task import Task
from .draws import Rows, Tape, write_from_tapes
from .parameters import check_symbols, named, within

LARGEST_KEYS = 4096


@numba.njit(cache=True, nogil=True)
def _write_pairs(numbers, pairs, keys, values, word, label):  # type: ignore[no-untyped-def]
    """Write pairs of distinct keys and values; return the numbers read, or -1 at the tape's end."""
    low, half, limit = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1 << 32)
    size = len(keys)
    for key in range(size):
        keys[key] = key
    read, made = 0, 0
    while made < pairs:
        if read == len(numbers):
            return -1
        choices = np.uint64(size - made)
        pick, value = (numbers[read] & low) * choices, (numbers[read] >> half) * np.uint64(size)
        read += 1
        if (pick & low) < limit % choices or (value & low) < limit % np.uint64(size):  # Lemire's rejection
            continue
        other = made + np.int64(pick >> half)
        keys[made], keys[other] = keys[other], keys[made]
        values[made] = np.int64(value >> half)
        word[2 * made], word[2 * made + 1] = keys[made], size + values[made]
        label[2 * made], label[2 * made + 1] = -100, -100
        made += 1
    return read


@numba.njit(cache=True, nogil=True)
def _write_queries(numbers, pairs, keys, values, word, label):  # type: ignore[no-untyped-def]
    """Write the queries among blanks; return False at the tape's end."""
    low, half, limit = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1 << 32)
    n, blank = len(word), 2 * len(keys)
    read, t, left = 0, 2 * pairs, pairs
    while t < n:
        if read == len(numbers):
            return False
        choices = np.uint64(max(left, 1))
        place, pick = (numbers[read] & low) * np.uint64(n - t), (numbers[read] >> half) * choices
        read += 1
        # Lemire's rejection for both; only numbers this small can be over-represented.
        small = min(place & low, pick & low) < np.uint64(n)
        if small and ((place & low) < limit % np.uint64(n - t) or (pick & low) < limit % choices):
            continue
        asked = np.int64(np.int64(place >> half) < left)
        other = np.int64(pick >> half)
        word[t] = keys[other] if asked else blank
        label[t] = values[other] if asked else -100
        left -= asked
        last = left if asked else other
        keys[other], values[other] = keys[last], values[last]
        t += 1
    return True


@numba.njit(cache=True, nogil=True)
def write_recalls(tape, rows, lengths, size, symbols, labels):  # type: ignore[no-untyped-def]
    """Write words and their labels; return the rows whose tape came to its end."""
    keys, values = np.empty(size, np.int64), np.empty(size, np.int64)
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        word, label, pairs = symbols[i, : lengths[i]], labels[i], min(size, lengths[i] // 3)
        read = _write_pairs(tape[j], pairs, keys, values, word, label)
        if read < 0 or not _write_queries(tape[j, read:], pairs, keys, values, word, label):
            unfinished[stopped] = i
            stopped += 1
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def recall(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write, at each key that no value follows, the value that last followed it; -100 elsewhere."""
    values = np.empty(size, np.int64)
    for i in range(len(lengths)):
        n, word, label = lengths[i], symbols[i], labels[i]
        values[:] = -100
        for t in range(n):
            label[t] = -100
            if word[t] < size:
                if t + 1 < n and word[t + 1] >= size and word[t + 1] < 2 * size:
                    values[word[t]] = np.int64(word[t + 1]) - size
                else:
                    label[t] = values[word[t]]


@dataclass(frozen=True)
class Recalls(Source):
    """Pairs of distinct keys and uniform values, then each key once among blanks, labelled with its value."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "short words hold few pairs",
        "last": "short words hold few pairs",
        "bag": "what is recalled stands in the word",
    }
    size: int

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: a key, a value, a query."""
        return range(max(low, 3), high + 1)

    def chance(self, length: int) -> float:
        """See `Source`."""
        return 1 / self.size

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""

        def write(tape: Tape, rows: Rows) -> Rows:
            left: Rows = write_recalls(tape, rows, words.lengths, self.size, words.symbols, words.labels)
            return left

        write_from_tapes(write, key, first, len(words), int(words.lengths.max()) + 2)

    def label(self, words: Words) -> None:
        """See `Source`: any word."""
        check_symbols(words, 2 * self.size + 1)
        recall(words.symbols, words.lengths, self.size, words.labels)


@register_task("mqar")
def mqar(N: int = 32) -> Task:
    """Multi-query associative recall with N keys and N values (2 to 4096); at each query, the key's value.

    Symbols: keys 0 to N - 1, values N to 2N - 1, blank 2N. A word of length n is min(N, n // 3) pairs of a key and a
    value (keys distinct and uniform, values uniform), then each of these keys once, in uniform order, at uniform
    places among blanks.
    """
    name = named("mqar", N, 32)
    within(name, "N", N, 2, LARGEST_KEYS)
    return Task(name, 1, Symbols(2 * N + 1), Classes(N), Readout.PREFIX, Recalls(N))
