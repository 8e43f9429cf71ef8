"""Walker et al., "Structured linear CDEs" (SLiCE); code at 76dd0dd (2025-05-26), PD-SSM uses four of its tasks.

In its brackets the operator is drawn out of four, the last two of which multiply.
"""

from __future__ import annotations

from functools import partial

from ..kinds import Classes, Readout, Symbols
from ..task import Task
from .brackets import equations_task, expressions_task
from .cores import OddDuplicates, distinct_in_order, first_of_most_frequent, largest_count, uniform_task
from .lengths import EVEN, HALF, ODD, LengthRule
from .row import Row, named
from .sums import padded_task
from .xlstm import DIGITS, POSITIONS

PRODUCTS_TWICE = (0, 1, 2, 2)
ONES = (1, 2)
FIVE = tuple(range(1, 6))
TEN = tuple(range(1, 11))
TOKENS = tuple(range(1, 64))
WORDS = tuple(range(1, 127))
WITH_END = LengthRule(plus=4)


def _missing_duplicate() -> Task:
    return Task(
        "missing-duplicate:9", 1, Symbols(11), Classes(9), Readout.PREFIX, OddDuplicates(9, second=True)
    )


TABLE = {
    "parity": Row(named("parity"), ONES, 3, ONES, 3, 1 / 2, "1 if the 2s are even, else 2"),
    "even-pairs": Row(named("even-pairs"), ONES, 3, (2, 1), 3, 1 / 2, "1 if first = last, else 2"),
    "cycle:5": Row(named("cycle:5"), (3, 1, 2), 9, POSITIONS, 9, 1 / 5, "1 stay, 2 +1, 3 -1; place + 4"),
    "mod-precedence:5": Row(
        named("mod-precedence:5"),
        (*DIGITS, 1, 2, 3),
        10,
        DIGITS,
        10,
        1 / 5,
        "digits + 5; + 1, - 2, x 3, = 4 at the end; odd n are raised by one",
        ODD,
        (4,),
    ),
    "mod-brackets:5": Row(
        partial(expressions_task, 5, PRODUCTS_TWICE),
        tuple(range(1, 11)),
        12,
        (1, 2, 3, 4, 5),
        12,
        1 / 5,
        "as Delétang et al., but x in half of the nodes; digits + 1, + 6, - 7, x 8, ( 9, ) 10, = 11",
        after=(11,),
    ),
    "solve-equation:5": Row(
        partial(equations_task, 5, PRODUCTS_TWICE, "any", (-2, -2, -1, -3)),
        (*range(1, 11), 12, 11, 13),
        14,
        (0, 1, 2, 3, 4),
        14,
        1 / 5,
        "a uniform digit becomes x 12; then = = value 13; with products a solution may be one of several",
        WITH_END,
    ),
    "majority:63": Row(
        partial(uniform_task, "majority:63", 63, 63, first_of_most_frequent),
        TOKENS,
        64,
        TOKENS,
        64,
        1 / 63,
        "the most frequent token, of several the one that came first",
    ),
    "majority-count:63": Row(
        partial(uniform_task, "majority-count:63", 63, 65, largest_count),
        TOKENS,
        64,
        (*range(64), 64),
        64,
        1 / 63,
        "how often the most frequent token comes, at most 64",
    ),
    "missing-duplicate:9": Row(
        _missing_duplicate,
        (*range(1, 10), 10, 0),
        11,
        tuple(range(1, 10)),
        11,
        1 / 9,
        "ww, one symbol of the second half hidden by 10, and named there",
        EVEN,
        answer="each",
    ),
    "reverse": Row(
        named("reverse"), ONES, 4, ONES, 4, 1 / 2, "w 3, then w from its end", HALF, (3,), "within"
    ),
    "odds-first": Row(
        named("odds-first"),
        ONES,
        4,
        ONES,
        4,
        1 / 2,
        "w 3, then symbols 1, 3, …, 2, 4, …",
        HALF,
        (3,),
        "within",
    ),
    "repetition:10": Row(
        named("repetition:10"),
        tuple(range(1, 11)),
        12,
        tuple(range(1, 11)),
        12,
        1 / 10,
        "w 11 w",
        HALF,
        (11,),
        "within",
    ),
    "duplicate": Row(
        named("repetition"), ONES, 4, ONES, 4, 1 / 2, "w 3, then the second w of ww", HALF, (3,), "within"
    ),
    "set:126": Row(
        partial(uniform_task, "set:126", 126, 126, distinct_in_order, True),
        WORDS,
        128,
        WORDS,
        128,
        1 / 126,
        "w 127, then its tokens in the order they first come in",
        HALF,
        (127,),
        "within",
    ),
    "binary-addition": Row(
        partial(padded_task, False),
        (1, 2, 3),
        5,
        (1, 2, 0),
        5,
        1 / 2,
        "a 3 b 4, least bit first, highest bits 1; the sum, then 0s",
        HALF,
        (4,),
        "within",
    ),
    "binary-multiplication": Row(
        partial(padded_task, True),
        (1, 2, 3),
        5,
        (1, 2, 0),
        5,
        1 / 2,
        "a 3 b 4, least bit first, highest bits 1; the product, then 0s",
        HALF,
        (4,),
        "within",
    ),
    "bucket-sort": Row(
        named("bucket-sort"),
        tuple(range(1, 6)),
        7,
        tuple(range(1, 6)),
        7,
        1 / 5,
        "w 6, then w in order",
        HALF,
        (6,),
        "within",
    ),
}
