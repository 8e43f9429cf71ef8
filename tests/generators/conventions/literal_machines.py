"""Rules of peers that a finite machine follows, told slowly and literally: see `literal.py`."""

from __future__ import annotations

import itertools
from collections.abc import Callable

Word = list[int]
Rule = Callable[[Word], dict[int, int]]


def at_end(rule: Callable[[Word], int]) -> Rule:
    return lambda word: {len(word) - 1: rule(word)}


def every(rule: Callable[[Word], Word]) -> Rule:
    return lambda word: dict(enumerate(rule(word)))


def left_to_right(word: Word) -> int | None:
    """Value of digits and operators (+ 5, - 6, x 7) in turn; None of anything else."""
    if len(word) % 2 == 0 or not all(x in (range(5), range(5, 8))[i % 2] for i, x in enumerate(word)):
        return None
    value = word[0]
    for operator, digit in zip(word[1::2], word[2::2], strict=True):
        value = {5: value + digit, 6: value - digit, 7: value * digit}[operator]
    return value


def product_of(word: Word) -> Word:
    """Products so far of permutations numbered in lexicographic order, the first acting first."""
    order = list(itertools.permutations(range(5)))
    state = order[0]
    found = []
    for x in word:
        state = tuple(order[x][p] for p in state)
        found.append(order.index(state))
    return found


def half_kept(word: Word) -> Word:
    value, found = 0, []
    for x in word:
        value = x - 1 if x else value
        found.append(value)
    return found


# ---------------------------------------------------------------------------------------- recognition


def nested(word: Word) -> int:
    stack: Word = []
    for x in word:
        if x % 2 == 0:
            stack.append(x)
        elif not stack or stack.pop() != x - 1:
            return 0
        if len(stack) > 3:
            return 0
    return int(not stack)


def flare_cycle(word: Word) -> int:
    moves, digit = word[:-1], word[-1]
    return int(set(moves) <= {0, 1, 2} and digit - 3 == (moves.count(0) - moves.count(1)) % 5)


def flare_arithmetic(word: Word) -> int:
    if len(word) < 3 or word[-2] != 8:
        return 0
    value = left_to_right(word[:-2])
    return int(value is not None and value % 5 == word[-1])


RULES: dict[tuple[str, str], Rule] = {
    ("grazzi", "word:S5"): every(product_of),
    ("grazzi", "word:S5:swaps"): every(product_of),
    ("grazzi", "word:S5:three"): every(product_of),
    ("word-problem", "word:S5"): every(product_of),
    ("word-problem", "word:C60"): every(lambda w: [x % 60 for x in itertools.accumulate(w)]),
    ("liu", "parity"): every(lambda w: [x % 2 for x in itertools.accumulate(w)]),
    ("liu", "flipflop:2"): every(half_kept),
    ("liu", "gridworld:5"): every(
        lambda w: list(itertools.accumulate(w, lambda p, x: min(4, max(0, p + 2 * x - 1)), initial=0))[1:]
    ),
    ("flare", "even-pairs"): at_end(lambda w: int(w[0] == w[-1])),
    ("flare", "repeat:01"): at_end(lambda w: int(w == [0, 1] * (len(w) // 2))),
    ("flare", "parity"): at_end(lambda w: w.count(1) % 2),
    ("flare", "cycle:5"): at_end(flare_cycle),
    ("flare", "mod-ltr:5"): at_end(flare_arithmetic),
    ("flare", "dyck:2:3"): at_end(nested),
    ("flare", "first"): at_end(lambda w: w[0]),
}
