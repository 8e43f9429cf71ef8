"""Flip-flop language modelling: write, read and ignore a bit; say what a read finds.

Language: Liu et al., "Exposing attention glitches with flip-flop language modeling", NeurIPS 2023. FFL(p) ignores
with probability p and splits the rest evenly between writes and reads; training there is FFL(0.8), the dense test
set FFL(0.1), the sparse one FFL(0.98), each of 256 instructions (512 symbols).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np

from ...automata import catalogue
from ...errors import RequestError
from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..source import Key, Source, Words
from ..task import Task
from .parameters import check_symbols, inside, refuse_where

WRITE, READ, IGNORE, ZERO = 0, 1, 2, 3
NAMED = {"dense": 10, "sparse": 98}
TRAINING = 80


@numba.njit(cache=True, nogil=True)
def write_instructions(draws, lengths, percent, symbols, labels):  # type: ignore[no-untyped-def]
    """Turn draws below 400 (an instruction of 200 parts, and a bit) into words and label their reads."""
    kinds = np.full(400, READ, np.int32)
    kinds[: 2 * (100 + percent)] = WRITE
    kinds[: 4 * percent] = IGNORE
    for i in range(len(lengths)):
        word, label, last = symbols[i], labels[i], lengths[i] // 2 - 1
        memory = np.int32(0)
        for j in range(last + 1):
            kind = WRITE if j == 0 else (READ if j == last else kinds[draws[i, j]])
            bit = np.int32(draws[i, j] & 1)
            memory = bit if kind == WRITE else memory
            word[2 * j] = kind
            word[2 * j + 1] = ZERO + (memory if kind == READ else bit)
            label[2 * j] = memory if kind == READ else np.int32(-100)
            label[2 * j + 1] = -100


@numba.njit(cache=True, nogil=True)
def answer_reads(symbols, lengths, labels):  # type: ignore[no-untyped-def]
    """Write the bit written last at each read, -100 elsewhere; return the first word that reads another, or -1."""
    for i in range(len(lengths)):
        memory = np.int64(-1)
        for t in range(0, lengths[i], 2):
            kind, bit = symbols[i, t], np.int64(symbols[i, t + 1]) - ZERO
            if kind == WRITE:
                memory = bit
            if kind == READ and memory != bit:
                return i
            labels[i, t] = memory if kind == READ else -100
            labels[i, t + 1] = -100
    return -1


@dataclass(frozen=True)
class FlipFlopLanguage(Source):
    """Words of FFL(percent / 100)."""

    hints: ClassVar[Mapping[str, str]] = {
        "first": "short words hold one write, the first",
        "last": "the last write decides",
        "bag": "few writes make few values",
    }
    delimiters: ClassVar[tuple[int, ...]] = (WRITE, READ)
    percent: int

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: even; a write and a read at least."""
        return range(max(low + low % 2, 4), high + 1, 2)

    def chance(self, length: int) -> float:
        """See `Source`."""
        return 0.5

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        instructions = words.lengths // 2
        draws = draw_symbols(key, first, instructions, int(instructions.max()), 400)
        write_instructions(draws, words.lengths, self.percent, words.symbols, words.labels)

    def label(self, words: Words) -> None:
        """See `Source`: instructions and bits in turn, no read before a write, each read shows the bit."""
        check_symbols(words, 5)
        odd = np.arange(words.symbols.shape[1]) % 2 == 1
        wrong = (inside(words) & ((words.symbols >= ZERO) != odd)).any(1) | (words.lengths % 2 == 1)
        expected = (
            "instructions (0 w, 1 r, 2 i) and bits (3, 4) in turn, each read showing the bit written last"
        )
        refuse_where(wrong, words, expected)
        row = answer_reads(words.symbols, words.lengths, words.labels)
        refuse_where(np.arange(len(words)) == row, words, expected)


@register_task("flipflop-lm")
def flipflop_lm(P: str = "0.8") -> Task:
    """Instructions (0 write, 1 read, 2 ignore), each with a bit (3, 4); at each read, the bit written last.

    An instruction ignores with probability P (0 to 1 in hundredths, ``dense`` for 0.1, ``sparse`` for 0.98) and is
    otherwise a write or a read, as likely; the first one is a write, the last a read. Bits written and ignored are
    fair coins; the bit after a read is the answer.
    """
    percent = NAMED.get(P)
    if percent is None:
        if not re.fullmatch(r"0(\.\d{1,2})?|1(\.00?)?", P):
            raise RequestError(
                f"task 'flipflop-lm:{P}': P is {P!r}: expected 0 to 1 in hundredths, dense or sparse"
            )
        percent = round(100 * float(P))
    names = {value: key for key, value in NAMED.items()} | {TRAINING: ""}
    suffix = names.get(percent, f"{percent / 100:g}")
    name = f"flipflop-lm:{suffix}".rstrip(":")
    return Task(
        name,
        1,
        Symbols(5),
        Classes(2),
        Readout.PREFIX,
        FlipFlopLanguage(percent),
        catalogue.flip_flop_language(),
    )
