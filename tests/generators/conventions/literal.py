"""Each peer's rule, told slowly and literally from its paper or code: from a word, under the peer's numbers, to labels.

A rule returns the labels of a word by position (after the last input, where it says so, counted on from there), or
None where the word is none that the peer would draw.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable

Word = list[int]
Labels = dict[int, int] | None
Rule = Callable[[Word], Labels]


def at_end(rule: Callable[[Word], int | None]) -> Rule:
    def labels(word: Word) -> Labels:
        label = rule(word)
        return None if label is None else {len(word) - 1: label}

    return labels


def after(rule: Callable[[Word], Word | None]) -> Rule:
    def labels(word: Word) -> Labels:
        answer = rule(word)
        return None if answer is None else {len(word) + t: x for t, x in enumerate(answer)}

    return labels


def every(rule: Callable[[Word], Word]) -> Rule:
    return lambda word: dict(enumerate(rule(word)))


def only(word: Word, *allowed: int) -> bool:
    return set(word) <= set(allowed)


# ---------------------------------------------------------------------------------------- arithmetic


def precedence(text: str) -> int | None:
    """Evaluate with Python's own precedence; None where it is no plain expression of single digits."""
    kinds = ("0123456789", "+-*")
    if len(text) % 2 == 0 or not all(c in kinds[i % 2] for i, c in enumerate(text)):
        return None
    return int(eval(text))


def left_to_right(text: str) -> int | None:
    if precedence(text) is None:
        return None
    value = int(text[0])
    for operator, digit in zip(text[1::2], text[2::2], strict=True):
        value = {"+": value + int(digit), "-": value - int(digit), "*": value * int(digit)}[operator]
    return value


def split_shape(text: str) -> int | None:
    """Value of an expression of Delétang et al.: d, -d, (d), (-d), (LoR)."""
    if text.isdigit() and len(text) == 1:
        return int(text)
    if len(text) == 2 and text[0] == "-" and text[1].isdigit():
        return -int(text[1])
    if len(text) < 3 or text[0] != "(" or text[-1] != ")":
        return None
    inside, depth = text[1:-1], 0
    if len(inside) <= 2:
        return split_shape(inside) if "(" not in inside else None
    for i, c in enumerate(inside):
        depth += (c == "(") - (c == ")")
        if depth == 0 and c in "+-*" and i > 0 and inside[i - 1] not in "+-*(":
            left, right = split_shape(inside[:i]), split_shape(inside[i + 1 :])
            if left is None or right is None:
                return None
            return {"+": left + right, "-": left - right, "*": left * right}[c]
    return None


def written(word: Word, names: str) -> str:
    """The text of a word, names[i] being symbol i's."""
    return "".join(names[x] if x < len(names) else "?" for x in word)


def dm_brackets(word: Word) -> int | None:
    value = split_shape(written(word, "01234+-*()"))
    return None if value is None else value % 5


def dm_equation(word: Word) -> int | None:
    text = written(word, "01234+-()x=")
    left, _, right = text.partition("=")
    fits = [
        d
        for d in range(5)
        if (v := split_shape(left.replace("x", str(d)))) is not None and v % 5 == int(right)
    ]
    return fits[0] if len(fits) == 1 and left.count("x") == 1 else None  # without products it is unique


def slice_brackets(word: Word) -> int | None:
    value = split_shape(written(word[:-1], "?01234+-*()"))
    return None if value is None or word[-1] != 11 else value % 5 + 1


def grown(text: str) -> bool:
    """Whether it is d or (t o t) all the way down."""
    while len(text) > 1:
        for i in range(len(text) - 4):
            t = text[i : i + 5]
            if t[0] == "(" and t[4] == ")" and t[1] == t[3] == "d" and t[2] in "+-*":
                text = text[:i] + "d" + text[i + 5 :]
                break
        else:
            return False
    return text == "d"


def aussm_brackets(word: Word) -> int | None:
    text = written(word, "01234)(*-+=")
    shape = "".join("d" if c.isdigit() else c for c in text[:-1])
    return int(eval(text[:-1])) % 5 if text[-1] == "=" and grown(shape) else None


# ---------------------------------------------------------------------------------------- sequences


def dm_stack(word: Word) -> Word | None:
    stack = list(itertools.takewhile(lambda x: x < 2, word))
    actions = word[len(stack) :]
    if not stack or not actions or not only(actions, 2, 3, 4):
        return None
    for action in actions:
        if action == 2:
            stack = stack[:-1]
        else:
            stack.append(action - 3)
    return [*reversed(stack), 2]


def dm_numbers(word: Word, product: bool) -> Word | None:
    cut = word.index(2)
    a, b = (int("".join(map(str, reversed(part))) or "0", 2) for part in (word[:cut], word[cut + 1 :]))
    if a == 0 or b == 0:
        return None
    return [*map(int, reversed(f"{a * b if product else a + b:b}")), 2]


def dm_root(word: Word) -> Word | None:
    x = int("".join(map(str, word)), 2)
    return list(map(int, f"{math.isqrt(x):b}".zfill((len(word) + 1) // 2))) if x else None


def dm_missing(word: Word) -> int | None:
    half = len(word) // 2
    if len(word) % 2 and word[-1] != 3:
        return None
    left, right = word[:half], word[half : 2 * half]
    found = [(x, y) for x, y in zip(left, right, strict=True) if x != y]
    if len(found) != 1 or 2 not in found[0]:
        return None
    return min(found[0])


def slice_missing(word: Word) -> Labels:
    half = len(word) // 2
    hidden = [i for i in range(half) if word[half + i] == 10]
    same = all(word[i] == word[half + i] for i in range(half) if i not in hidden)
    if len(word) % 2 or len(hidden) != 1 or not same or not only(word[:half], *range(1, 10)):
        return None
    return {half + hidden[0]: word[hidden[0]]}


def between(act: int, tokens: range, rule: Callable[[Word], Word], fed: bool) -> Rule:
    """w ACT, then all but the last of the answer (or zeros); labels from ACT on."""

    def labels(word: Word) -> Labels:
        if act not in word:
            return None
        n = word.index(act)
        answer = rule(word[:n])
        rest = answer[:-1] if fed else [0] * (n - 1)
        if not only(word[:n], *tokens) or word[n + 1 :] != rest:
            return None
        return {n + t: x for t, x in enumerate(answer)}

    return labels


# ---------------------------------------------------------------------------------------- counting


def smallest_majority(word: Word) -> int:
    counts = Counter(word)
    return min(x for x in counts if counts[x] == max(counts.values()))


def first_majority(word: Word) -> int:
    counts = Counter(word)
    return next(x for x in word if counts[x] == max(counts.values()))


def cycle(word: Word, plus: int, minus: int, stay: int, places: int) -> int | None:
    if not only(word, plus, minus, stay):
        return None
    return (word.count(plus) - word.count(minus)) % places


def ended(word: Word, names: str, rule: Callable[[str], int | None], modulus: int) -> int | None:
    """Value of an expression before the symbol called =."""
    text = written(word, names)
    value = rule(text[:-1]) if text[-1] == "=" else None
    return None if value is None else value % modulus


def plus(value: int | None, more: int) -> int | None:
    return None if value is None else value + more


def slice_numbers(word: Word, product: bool) -> Word:
    cut = word.index(3)
    assert word[cut - 1] == word[-1] == 2
    a, b = (int("".join(str(x - 1) for x in reversed(part)), 2) for part in (word[:cut], word[cut + 1 :]))
    found = [int(bit) + 1 for bit in reversed(f"{a * b if product else a + b:b}")]
    return found + [0] * (len(word) - len(found))


RULES: dict[tuple[str, str], Rule] = {
    ("deletang", "parity"): at_end(lambda w: w.count(1) % 2 if only(w, 0, 1) else None),
    ("deletang", "even-pairs"): at_end(lambda w: sum(a != b for a, b in itertools.pairwise(w)) % 2),
    ("deletang", "cycle:5"): at_end(lambda w: sum(x - 1 for x in w) % 5 if only(w, 0, 1, 2) else None),
    ("deletang", "mod-precedence:5"): at_end(lambda w: ended([*w, 8], "01234+-*=", precedence, 5)),
    ("deletang", "mod-brackets:5"): at_end(dm_brackets),
    ("deletang", "solve-equation:5"): at_end(dm_equation),
    ("deletang", "reverse"): after(lambda w: w[::-1]),
    ("deletang", "stack-manipulation"): after(dm_stack),
    ("deletang", "duplicate"): after(lambda w: w + w),
    ("deletang", "missing-duplicate"): at_end(dm_missing),
    ("deletang", "odds-first"): after(lambda w: w[1::2] + w[::2]),
    ("deletang", "binary-addition"): after(lambda w: dm_numbers(w, False)),
    ("deletang", "binary-multiplication"): after(lambda w: dm_numbers(w, True)),
    ("deletang", "square-root"): after(dm_root),
    ("deletang", "bucket-sort"): after(lambda w: sorted(w) if only(w, *range(5)) else None),
    ("xlstm", "parity"): at_end(lambda w: w.count(2) % 2 + 1 if only(w, 1, 2) else None),
    ("xlstm", "even-pairs"): at_end(lambda w: 1 if w[0] == w[-1] else 2),
    ("xlstm", "cycle:5"): at_end(lambda w: plus(cycle(w, 2, 3, 1, 5), 4)),
    ("xlstm", "mod-precedence:5"): at_end(lambda w: plus(ended(w, "?+-*=01234", precedence, 5), 5)),
    ("slice", "parity"): at_end(lambda w: 1 + w.count(2) % 2),
    ("slice", "even-pairs"): at_end(lambda w: 1 if w[0] == w[-1] else 2),
    ("slice", "cycle:5"): at_end(lambda w: plus(cycle(w, 2, 3, 1, 5), 4)),
    ("slice", "mod-precedence:5"): at_end(lambda w: plus(ended(w, "?+-*=01234", precedence, 5), 5)),
    ("slice", "mod-brackets:5"): at_end(slice_brackets),
    ("slice", "majority:63"): at_end(lambda w: first_majority(w) if min(w) >= 1 else None),
    ("slice", "majority-count:63"): at_end(lambda w: min(64, max(Counter(w).values()))),
    ("slice", "missing-duplicate:9"): slice_missing,
    ("slice", "reverse"): between(3, range(1, 3), lambda w: w[::-1], fed=False),
    ("slice", "odds-first"): between(3, range(1, 3), lambda w: w[::2] + w[1::2], fed=False),
    ("slice", "repetition:10"): between(11, range(1, 11), lambda w: w, fed=False),
    ("slice", "bucket-sort"): between(6, range(1, 6), sorted, fed=False),
    ("slice", "duplicate"): between(3, range(1, 3), lambda w: (w + w)[len(w) :], fed=False),
    ("slice", "set:126"): between(127, range(1, 127), lambda w: list(dict.fromkeys(w)), fed=False),
    ("slice", "binary-addition"): between(4, range(1, 4), lambda w: slice_numbers(w, False), fed=False),
    ("slice", "binary-multiplication"): between(4, range(1, 4), lambda w: slice_numbers(w, True), fed=False),
    ("aussm", "parity"): at_end(lambda w: int(sum(w) % 2 == 0) if only(w, 0, 1) else None),
    ("aussm", "cycle:5"): at_end(lambda w: cycle(w, 5, 6, 7, 5)),
    ("aussm", "mod-brackets:5"): at_end(aussm_brackets),
    ("aussm", "mod-ltr:5"): at_end(lambda w: ended(w, "01234*-+=", left_to_right, 5)),
    ("aussm", "majority:63"): at_end(lambda w: smallest_majority(w) if max(w) < 63 else None),
    ("aussm", "majority-count:63"): at_end(lambda w: max(Counter(w).values())),
    ("aussm", "bucket-sort:9"): between(9, range(9), sorted, fed=True),
    ("aussm", "repetition:10"): between(10, range(10), lambda w: w, fed=True),
    ("aussm-released", "parity"): at_end(lambda w: int(sum(w) % 2 == 0) if only(w, 0, 1) else None),
    ("aussm-released", "cycle:8"): at_end(lambda w: cycle(w, 8, 9, 10, 8)),
    ("aussm-released", "mod-brackets:5"): at_end(aussm_brackets),
    ("aussm-released", "mod-ltr:7"): at_end(
        lambda w: ended(w, "0123456*-+=", left_to_right, 7) if w[-2] == 0 else None
    ),
    ("aussm-released", "majority:11"): at_end(lambda w: smallest_majority(w) if max(w) < 11 else None),
    ("aussm-released", "majority-count:11"): at_end(lambda w: max(Counter(w).values())),
    ("aussm-released", "bucket-sort:10"): between(10, range(10), sorted, fed=True),
    ("aussm-released", "repetition:10"): between(10, range(10), lambda w: w, fed=True),
    ("grazzi", "parity"): at_end(lambda w: w.count(2) % 2 + 1),
    ("grazzi", "mod-precedence:5"): at_end(lambda w: plus(ended(w, "?+-*=01234", precedence, 5), 5)),
}
