"""Karuvally et al., "Bridging expressivity and scalability with adaptive unitary SSMs", NeurIPS 2025; code at 7b94b83.

`TABLE` has the vocabularies that the code has by default, and no defect. `RELEASED` is what the published numbers are
of: the released configuration gives every task a vocabulary of 12, the last operand without brackets is never written
(it is 0), and counts are no classes where they reach 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ...automata import catalogue
from ..kinds import Classes, Readout, Symbols
from ..rules.expressions import PlainExpressions
from ..source import Key, Words
from ..task import Task
from .brackets import expressions_task
from .cores import largest_count, smallest_of_most_frequent, uniform_task
from .lengths import WITH_ANSWER, LengthRule
from .row import Row, named

CYCLE = LengthRule(plus=-1, short=2)
TREE = LengthRule(times=4, add=-3, over=4, plus=1)
PLAIN = LengthRule(times=2, over=2, plus=-3)
SIDE = LengthRule(over=2, plus=-1)


@dataclass(frozen=True, eq=False)
class LastOperandZero(PlainExpressions):
    """Expressions whose last operand was never written."""

    def count(self, length: int) -> None:  # type: ignore[override]
        """See `Source`."""
        return

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        super().draw(key, first, words)
        words.symbols[np.arange(len(words)), words.lengths - 1] = 0
        self.label(words)


def _last_operand_zero(modulus: int) -> Task:
    machine = catalogue.mod_ltr(modulus)
    source = LastOperandZero(modulus, machine)
    return Task(
        f"mod-ltr:{modulus}", 1, Symbols(modulus + 3), Classes(modulus), Readout.PREFIX, source, machine
    )


def _parity(v: int) -> Row:
    return Row(
        named("parity"), (0, 1), v, (1, 0), v - 1, 1 / 2, "1 if the ones are even, else 0", WITH_ANSWER
    )


def _cycle(v: int) -> Row:
    places = tuple(range(v - 4))
    moves = (v - 3, v - 2, v - 4)
    told = f"+1 {v - 4}, -1 {v - 3}, stay {v - 2}; two of the longest n are never drawn"
    return Row(named(f"cycle:{v - 4}"), moves, v, places, v - 4, 1 / (v - 4), told, CYCLE)


def _brackets(v: int) -> Row:
    digits = tuple(range(v - 7))
    symbols = (*digits, v - 3, v - 4, v - 5, v - 6, v - 7)
    told = f"a tree grown leaf by leaf; + {v - 3}, - {v - 4}, x {v - 5}, ( {v - 6}, ) {v - 7}, = {v - 2}"
    return Row(
        partial(expressions_task, v - 7, ()), symbols, v, digits, v - 7, 1 / (v - 7), told, TREE, (v - 2,)
    )


def _plain(v: int, released: bool) -> Row:
    digits = tuple(range(v - 5))
    told = f"from left to right; + {v - 3}, - {v - 4}, x {v - 5}, = {v - 2}"
    told += "; the last operand is always 0" if released else ""
    inner = partial(_last_operand_zero, v - 5) if released else named(f"mod-ltr:{v - 5}")
    symbols = (*digits, v - 3, v - 4, v - 5)
    return Row(inner, symbols, v, digits, v - 5, 1 / (v - 5), told, PLAIN, (v - 2,))


def _majority(v: int) -> Row:
    tokens = tuple(range(v - 1))
    inner = partial(uniform_task, f"majority:{v - 1}", v - 1, v - 1, smallest_of_most_frequent)
    told = "the most frequent token, of several the smallest"
    return Row(inner, tokens, v, tokens, v - 1, 1 / (v - 1), told, WITH_ANSWER)


def _majority_count(v: int) -> Row:
    inner = partial(uniform_task, f"majority-count:{v - 1}", v - 1, v - 1, largest_count)
    told = "how often the most frequent token comes, whether it is a class or not"
    return Row(inner, tuple(range(v - 1)), v, None, v - 1, 1 / (v - 1), told, WITH_ANSWER)


def _sort(v: int) -> Row:
    tokens = tuple(range(v - 2))
    told = f"w {v - 2}, then w in order"
    return Row(
        named(f"bucket-sort:{v - 2}"), tokens, v, tokens, v - 2, 1 / (v - 2), told, SIDE, (v - 2,), "fed"
    )


def _repetition(v: int) -> Row:
    tokens = tuple(range(v - 2))
    inner = named(f"repetition:{v - 2}")
    return Row(inner, tokens, v, tokens, v - 2, 1 / (v - 2), f"w {v - 2} w", SIDE, (v - 2,), "fed")


TABLE = {
    "parity": _parity(3),
    "cycle:5": _cycle(9),
    "mod-brackets:5": _brackets(12),
    "mod-ltr:5": _plain(10, released=False),
    "majority:63": _majority(64),
    "majority-count:63": _majority_count(64),
    "bucket-sort:9": _sort(11),
    "repetition:10": _repetition(12),
}

RELEASED = {
    "parity": _parity(12),
    "cycle:8": _cycle(12),
    "mod-brackets:5": _brackets(12),
    "mod-ltr:7": _plain(12, released=True),
    "majority:11": _majority(12),
    "majority-count:11": _majority_count(12),
    "bucket-sort:10": _sort(12),
    "repetition:10": _repetition(12),
}
