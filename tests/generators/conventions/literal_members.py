"""FLaRe's languages that no finite machine accepts, told slowly and literally: see `literal.py`."""

from __future__ import annotations

from collections.abc import Callable

Word = list[int]
Labels = dict[int, int]


def at_end(rule: Callable[[Word], int]) -> Callable[[Word], Labels]:
    return lambda word: {len(word) - 1: rule(word)}


def marked(word: Word, marker: int, follows: Callable[[Word], Word]) -> int:
    """Whether the word is w, the marker, and what follows from w."""
    if word.count(marker) != 1:
        return 0
    cut = word.index(marker)
    return int(word[cut + 1 :] == follows(word[:cut]))


def flare_missing(word: Word) -> int:
    half, odd = divmod(len(word), 2)
    whole = [1 if x == 2 else x for x in word]
    return int(not odd and word.count(2) == 1 and whole[:half] == whole[half:])


RULES: dict[tuple[str, str], Callable[[Word], Labels]] = {
    ("flare", "majority"): at_end(lambda w: int(w.count(1) > w.count(0))),
    ("flare", "marked-copy"): at_end(lambda w: marked(w, 2, lambda v: v)),
    ("flare", "marked-reversal"): at_end(lambda w: marked(w, 2, lambda v: v[::-1])),
    ("flare", "unmarked-reversal"): at_end(lambda w: int(len(w) % 2 == 0 and w == w[::-1])),
    ("flare", "missing-duplicate"): at_end(flare_missing),
    ("flare", "odds-first"): at_end(lambda w: marked(w, 2, lambda v: v[::2] + v[1::2])),
    ("flare", "bucket-sort"): at_end(lambda w: marked(w, 5, sorted)),
}
