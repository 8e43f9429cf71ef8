"""Balanced words of K types of brackets, at most M deep, exactly uniform among all of a length.

Such a word is a path of depths from 0 to 0 within 0 and M, and a type for each opening: the path is drawn as a word
of a machine that counts (`exact.py`), the types are uniform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numba
import numpy as np

from ...automata import catalogue
from ...automata.machine import Machine
from ..exact import ExactTable
from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..source import Key, Source, Words
from ..task import Task
from ..walk import draw_exactly
from .parameters import check_symbols, refuse_where, within

LARGEST_TYPES = 127
LARGEST_DEPTH = 1000
LARGEST_MACHINE = 4096


@numba.njit(cache=True, nogil=True)
def give_types(opened, lengths, types, depth, symbols, labels):  # type: ignore[no-untyped-def]
    """Turn openings (0) and closings (1) into those of types; write the type that may close next, 0 for none."""
    stack = np.empty(depth + 2, np.int64)  # of the types that are open, from place 1 on
    stack[0] = -1
    for i in range(len(lengths)):
        word, label, chosen = symbols[i], labels[i], opened[i]
        height = np.int64(0)
        for t in range(lengths[i]):
            closes = np.int64(word[t])
            opening = np.int64(chosen[t])
            stack[height + 1] = opening  # where it closes, this is above the top and read by nobody
            closing = stack[height] + types
            word[t] = opening ^ ((opening ^ closing) & -closes)
            height += 1 - closes - closes
            label[t] = stack[height] + 1


@numba.njit(cache=True, nogil=True)
def innermost(symbols, lengths, types, depth, labels):  # type: ignore[no-untyped-def]
    """Write the type that may close next after each symbol, 0 for none; return the first word that is wrong or -1."""
    stack = np.empty(depth + 1, np.int64)
    for i in range(len(lengths)):
        height = 0
        for t in range(lengths[i]):
            symbol = np.int64(symbols[i, t])
            if symbol < types:
                if height == depth:
                    return i
                stack[height] = symbol
                height += 1
            else:
                height -= 1
                if height < 0 or stack[height] != symbol - types:
                    return i
            labels[i, t] = stack[height - 1] + 1 if height else 0
        if height:
            return i
    return -1


@dataclass(frozen=True, eq=False)
class Balanced(Source):
    """Balanced words, uniform among those of a length, labelled with the type that may close next."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "a balanced word ends at depth 0",
        "first": "a word begins at depth 0",
        "last": "a balanced word ends at depth 0",
        "bag": "a balanced word ends at depth 0",
    }
    regular: ClassVar[bool] = True
    walk: ClassVar[bool] = True
    types: int
    depth: int
    _tables: list[ExactTable] = field(default_factory=list, repr=False)

    def table(self, longest: int) -> ExactTable:
        """Return the table of paths up to at least a length; made once."""
        if not self._tables or self._tables[0].longest < longest:
            counting = catalogue.nested(self.depth)
            self._tables[:] = [ExactTable(counting, counting.outputs == 1, max(longest, 64))]
        return self._tables[0]

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: even."""
        return range(low + low % 2, high + 1, 2)

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        longest = int(words.lengths.max())
        draw_exactly(self.table(longest), key, first, np.arange(len(words)), words)
        opened = draw_symbols(key, first, words.lengths, longest, self.types)
        give_types(opened, words.lengths, self.types, self.depth, words.symbols, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`."""
        check_symbols(words, 2 * self.types)
        row = innermost(words.symbols, words.lengths, self.types, self.depth, words.labels)
        wrong = np.arange(len(words)) == row
        refuse_where(wrong, words, f"a balanced word at most {self.depth} deep")


def machine_of(types: int, depth: int) -> Machine | None:
    """Return the machine behind the labels, K + 1 where no more makes a word balanced; None where it is too large."""
    if sum(types**open_ for open_ in range(depth + 1)) > LARGEST_MACHINE:
        return None
    acceptor = catalogue.dyck(types, depth)
    # The innermost open type is the one whose closing leads back to where its opening came from.
    delta = acceptor.semiautomaton.delta
    outputs = np.full(acceptor.states, types + 1, np.int32)
    outputs[acceptor.start] = 0
    reached = [acceptor.start]
    for state in reached:
        for kind in range(types):
            target = int(delta[state, kind])
            if delta[target, types + kind] == state and target != state:
                outputs[target] = kind + 1
                reached.append(target)
    return Machine(acceptor.semiautomaton, acceptor.start, outputs, types + 2)


@register_task("dyck", example="dyck:2:3")
def dyck(K: int, M: int) -> Task:
    """Balanced words of K types of brackets (1 to 127), at most M deep (1 to 1000); after each symbol, what may close.

    Symbols: openings 0 to K - 1, closings K to 2K - 1. Labels: 0 where nothing is open, else 1 + the innermost
    open type. Uniform among all words of the length.
    """
    name = f"dyck:{K}:{M}"
    within(name, "K", K, 1, LARGEST_TYPES)
    within(name, "M", M, 1, LARGEST_DEPTH)
    return Task(name, 1, Symbols(2 * K), Classes(K + 1), Readout.PREFIX, Balanced(K, M), machine_of(K, M))
