"""Stack manipulation: a stack, actions on it, and what is left.

Rule: Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023.
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
from ..source import Key, Lengths, Source, Words
from ..task import Task
from .draws import PLACES, draw_below
from .parameters import check_symbols, inside, named, refuse_where, within

LARGEST_VALUES = 127


@numba.njit(cache=True, nogil=True)
def split_draws(draws, lengths, contents, size, symbols):  # type: ignore[no-untyped-def]
    """Turn draws below ``size * (size + 1)`` into contents, then actions."""
    values, actions = np.empty(size * (size + 1), np.uint8), np.empty(size * (size + 1), np.uint8)
    for number in range(size * (size + 1)):
        values[number] = number % size
        actions[number] = size + number // size
    for i in range(len(lengths)):
        k = contents[i]
        for t in range(k):
            symbols[i, t] = values[draws[i, t]]
        for t in range(k, lengths[i]):
            symbols[i, t] = actions[draws[i, t]]


@numba.njit(cache=True, nogil=True)
def work(symbols, lengths, size, labels):  # type: ignore[no-untyped-def]
    """Write the stack that is left, top first, its end, and -100 to the end of the answer."""
    stack = np.empty(lengths.max() + 1, np.uint8)
    for i in range(len(lengths)):
        n, word = lengths[i], symbols[i]
        height, t = 0, 0
        while t < n and word[t] < size:
            stack[t] = word[t]
            t += 1
        height = t
        while t < n:
            # A pop writes too, above the top, where nothing is read before it is overwritten.
            action = np.int64(word[t])
            pops = action == size
            stack[height] = action - size - 1
            height = max(height - 1, 0) if pops else height + 1
            t += 1
        answer = labels[i, n : 2 * n + 1]
        for t in range(height):
            answer[t] = stack[height - 1 - t]
        answer[height] = size
        answer[height + 1 :] = -100


@dataclass(frozen=True)
class Stacks(Source):
    """A stack of uniform height and contents, uniform actions, and what is left."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "every answer ends",
        "length": "a short word has a low stack",
        "first": "the lowest symbols stand first",
        "last": "the last pushes come out first",
        "bag": "pops and pushes tell the height",
    }
    size: int

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: one symbol on the stack, one action."""
        return range(max(low, 2), high + 1)

    def answers(self, lengths: Lengths) -> Lengths:
        """See `Source`: at most n symbols, and the end."""
        return lengths + 1

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        choices = self.size * (self.size + 1)
        draws = draw_symbols(key, first, words.lengths, int(words.lengths.max()), choices)
        contents = 1 + draw_below(key, first, words.lengths - 1, PLACES)
        split_draws(draws, words.lengths, contents, self.size, words.symbols)
        work(words.symbols, words.lengths, self.size, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, 2 * self.size + 1)
        action = inside(words) & (words.symbols >= self.size)
        back = action[:, :-1] & ~action[:, 1:] & inside(words)[:, 1:]
        refuse_where(back.any(1), words, f"the stack's symbols (below {self.size}), then actions")
        work(words.symbols, words.lengths, self.size, words.labels)


@register_task("stack-manipulation")
def stack_manipulation(N: int = 2) -> Task:
    """A stack from its bottom, then actions; the stack that is left from its top, then the class N (end).

    Symbols: N values (2 to 127), pop (N), and N pushes (N + 1 + value). A pop of the empty stack does nothing. The
    height of the first stack is uniform from 1 to n - 1, its symbols and the actions are uniform; n + 1 answer
    positions.
    """
    name = named("stack-manipulation", N, 2)
    within(name, "N", N, 2, LARGEST_VALUES)
    return Task(name, 1, Symbols(2 * N + 1), Classes(N + 1), Readout.SEQUENCE, Stacks(N))
