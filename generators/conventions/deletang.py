"""Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023; code at 2b8eb4b (2024-04-12)."""

from __future__ import annotations

from functools import partial

from ..kinds import Classes, Readout, Symbols
from ..task import Task
from .brackets import equations_task, expressions_task
from .cores import BigRoots, OddDuplicates, second_fourth_first_third, uniform_task
from .lengths import ODD
from .row import Row, named
from .sums import results_task

BITS = (0, 1)
SIGNS = (0, 1, 2)
DIGITS = (0, 1, 2, 3, 4)


def _missing_duplicate() -> Task:
    return Task("missing-duplicate", 1, Symbols(4), Classes(2), Readout.FINAL, OddDuplicates(2))


def _square_root() -> Task:
    return Task("square-root", 1, Symbols(2), Classes(2), Readout.SEQUENCE, BigRoots())


TABLE = {
    "parity": Row(named("parity"), BITS, 2, BITS, 2, 1 / 2, "number of ones modulo 2"),
    "even-pairs": Row(
        named("even-pairs"), BITS, 2, (1, 0), 2, 1 / 2, "number of unequal neighbours modulo 2"
    ),
    "cycle:5": Row(named("cycle:5"), (0, 1, 2), 3, DIGITS, 5, 1 / 5, "sum of token - 1 modulo 5"),
    "mod-precedence:5": Row(
        named("mod-precedence:5"), tuple(range(8)), 9, DIGITS, 5, 1 / 5, "+ 5, - 6, x 7; x binds tighter", ODD
    ),
    "mod-brackets:5": Row(
        partial(expressions_task, 5, (0, 1, 2)),
        tuple(range(10)),
        11,
        DIGITS,
        5,
        1 / 5,
        "d, -d, (d), (-d) or (L o R), L's length uniform; + 5, - 6, x 7, ( 8, ) 9",
    ),
    "solve-equation:5": Row(
        partial(equations_task, 5, (0, 1), "next", (-2, -1)),
        (0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 10),
        11,
        DIGITS,
        5,
        1 / 5,
        "the first digit at or after a uniform place becomes x; + 5, - 6, ( 7, ) 8, x 9, = 10",
    ),
    "reverse": Row(named("reverse"), BITS, 2, BITS, 2, 1 / 2, "the word from its end", answer="after"),
    "stack-manipulation": Row(
        named("stack-manipulation"),
        (0, 1, 2, 3, 4),
        5,
        (0, 1, 2),
        3,
        1 / 2,
        "bits, then 2 pop, 3 and 4 push; the stack from its top, then 2",
        answer="after",
    ),
    "duplicate": Row(named("duplicate"), BITS, 2, BITS, 2, 1 / 2, "the word twice", answer="after"),
    "missing-duplicate": Row(
        _missing_duplicate, (0, 1, 2, 3), 4, BITS, 2, 1 / 2, "ww with the blank 2; 3 at the end of odd words"
    ),
    "odds-first": Row(
        partial(uniform_task, "odds-first", 2, 2, second_fourth_first_third, True),
        BITS,
        2,
        BITS,
        2,
        1 / 2,
        "symbols 1, 3, 5, … counted from 0, then 0, 2, 4, … (the text counts from 1)",
        answer="after",
    ),
    "binary-addition": Row(
        partial(results_task, False),
        (0, 1, 2),
        3,
        (0, 1, 2),
        3,
        1 / 2,
        "a 2 b, none 0; the sum, then 2",
        answer="after",
    ),
    "binary-multiplication": Row(
        partial(results_task, True),
        (0, 1, 2),
        3,
        (0, 1, 2),
        3,
        1 / 2,
        "a 2 b, none 0; the product, then 2",
        answer="after",
    ),
    "square-root": Row(
        _square_root,
        BITS,
        2,
        BITS,
        2,
        1 / 2,
        "not 0, most significant bit first (the text: least)",
        answer="after",
    ),
    "bucket-sort": Row(
        named("bucket-sort"), DIGITS, 5, DIGITS, 5, 1 / 5, "the symbols in order", answer="after"
    ),
}
