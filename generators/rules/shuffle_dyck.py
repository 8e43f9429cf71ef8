"""Shuffled balanced words: K types of brackets, each balanced by itself, whatever the others do.

Language: Bhattamishra, Ahuja and Goyal, "On the ability and limitations of transformers to recognize formal
languages", EMNLP 2020.
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
from .draws import Rows, Tape, draw_below, write_from_tapes
from .parameters import check_symbols, refuse_where, within

LARGEST_TYPES = 8


@numba.njit(cache=True, nogil=True)
def _write_shuffle(numbers, shallow, pairs, heights, rests, word, label):  # type: ignore[no-untyped-def]
    """Write a word from the types of its pairs; return False at the tape's end.

    A uniform balanced word with r symbols to come at height h opens with probability
    (r - h) / r * (h + 2) / (2h + 2): two independent draws. In a shallow one 1/4 takes the second's place (1 where
    h is 0).
    """
    low, half, limit = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1 << 32)
    zero, one, two, four = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4)
    n, types = len(word), len(heights)
    most = np.uint64(n + 2)
    heights[:], rests[:] = 0, 0
    for t in range(n // 2):
        rests[pairs[t]] += two
    read, t, mask = 0, 0, np.uint64(0)
    while t < n:
        if read == len(numbers):
            return False
        number = numbers[read]
        read += 1
        places = np.uint64(n - t)
        place = (number & low) * places
        at, kind, begin, end = place >> half, zero, zero, rests[0]
        for k in range(1, types):
            begin = end if at >= end else begin
            kind += np.uint64(at >= end)
            end += rests[np.uint64(k)]
        rest, height = rests[kind], heights[kind]
        choices, enough = height + height + two, height + two
        if shallow:
            choices, enough = four, one if height else four
        room = (number >> half) * choices
        # Lemire's rejection for both; only numbers this small can be over-represented.
        small = min(place & low, room & low) < most
        if small and ((place & low) < limit % places or (room & low) < limit % choices):
            continue
        # Within its type's share the place is uniform again: it is the first of the two draws.
        opens = np.uint64(at - begin < rest - height) & np.uint64((room >> half) < enough)
        height += opens + opens - one
        rests[kind] = rest - one
        heights[kind] = height
        mask = (mask & ~(one << kind)) | (np.uint64(height > 0) << kind)
        word[t] = kind + np.uint64(types) * (one - opens)
        label[t] = mask
        t += 1
    return True


@numba.njit(cache=True, nogil=True)
def write_shuffles(tape, rows, lengths, shallow, types, pairs, symbols, labels):  # type: ignore[no-untyped-def]
    """Write words from the types of their pairs; return the rows whose tape came to its end."""
    heights, rests = np.empty(types, np.uint64), np.empty(types, np.uint64)
    unfinished = rows.copy()
    stopped = 0
    for j in range(len(rows)):
        i = rows[j]
        if not _write_shuffle(
            tape[j], shallow[i], pairs[i], heights, rests, symbols[i, : lengths[i]], labels[i]
        ):
            unfinished[stopped] = i
            stopped += 1
    return unfinished[:stopped]


@numba.njit(cache=True, nogil=True)
def may_close(symbols, lengths, types, labels):  # type: ignore[no-untyped-def]
    """Write the mask of types that may close after each symbol; return the first word that is wrong, or -1."""
    heights = np.empty(types, np.int64)
    for i in range(len(lengths)):
        heights[:] = 0
        mask = 0
        for t in range(lengths[i]):
            symbol = np.int64(symbols[i, t])
            kind = symbol % types
            heights[kind] += 1 if symbol < types else -1
            if heights[kind] < 0:
                return i
            mask = (mask & ~(1 << kind)) | (np.int64(heights[kind] > 0) << kind)
            labels[i, t] = mask
        if mask:
            return i
    return -1


@dataclass(frozen=True)
class Shuffles(Source):
    """Uniform shuffles of balanced words, uniform or shallow, labelled with the types that may close next."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "a word ends with all brackets closed",
        "first": "a word begins with no bracket open",
        "last": "a word ends with all brackets closed",
        "bag": "a word ends with all brackets closed",
    }
    types: int

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: even."""
        return range(low + low % 2, high + 1, 2)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        halves = words.lengths // 2
        pairs = draw_symbols(key, first, halves, int(halves.max()), self.types)
        shallow = draw_below(key, first, np.full(len(words), 2))

        def write(tape: Tape, rows: Rows) -> Rows:
            given = words.lengths, shallow, self.types, pairs, words.symbols, words.labels
            left: Rows = write_shuffles(tape, rows, *given)
            return left

        write_from_tapes(write, key, first, len(words), int(words.lengths.max()) + 2)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, 2 * self.types)
        row = may_close(words.symbols, words.lengths, self.types, words.labels)
        refuse_where(np.arange(len(words)) == row, words, "brackets of which each type is balanced")


@register_task("shuffle-dyck", example="shuffle-dyck:2")
def shuffle_dyck(K: int) -> Task:
    """K types of brackets (1 to 8), each type balanced by itself; after each symbol, which types may close.

    Symbols: openings 0 to K - 1, closings K to 2K - 1. Labels: a mask, bit k set where type k is open. Each pair's
    type is uniform, and the types' words are shuffled uniformly. In half of the words each type's is uniform among
    the balanced ones: deep, so that almost always all types are open. In the others a bracket that comes while its
    type is open opens with probability 1/4 only, times (r - h) / r with r to come at depth h: shallow.
    """
    name = f"shuffle-dyck:{K}"
    within(name, "K", K, 1, LARGEST_TYPES)
    return Task(name, 1, Symbols(2 * K), Classes(1 << K), Readout.PREFIX, Shuffles(K))
