"""Beck et al., "xLSTM", NeurIPS 2024: the tasks of its code at 032a6fb (2025-11-04), the cycle with the paper's places.

Its other tasks have no released code, so that their numbers are not known.
"""

from __future__ import annotations

from .lengths import WITH_ANSWER, LengthRule
from .row import Row, named

PAIRS = LengthRule(times=2, add=1, over=2, plus=-3)
"""n counts the equals sign and the answer; even n are lowered by one."""
POSITIONS = (4, 5, 6, 7, 8)
DIGITS = (5, 6, 7, 8, 9)

TABLE = {
    "parity": Row(named("parity"), (1, 2), 3, (1, 2), 3, 1 / 2, "number of 2s modulo 2, plus 1", WITH_ANSWER),
    "even-pairs": Row(
        named("even-pairs"), (1, 2), 3, (2, 1), 3, 1 / 2, "1 if first = last, else 2", WITH_ANSWER
    ),
    "cycle:5": Row(
        named("cycle:5"), (3, 1, 2), 9, POSITIONS, 9, 1 / 5, "1 stay, 2 +1, 3 -1; place + 4", WITH_ANSWER
    ),
    "mod-precedence:5": Row(
        named("mod-precedence:5"),
        (*DIGITS, 1, 2, 3),
        10,
        DIGITS,
        10,
        1 / 5,
        "digits + 5; + 1, - 2, x 3, = 4",
        PAIRS,
        (4,),
    ),
}
