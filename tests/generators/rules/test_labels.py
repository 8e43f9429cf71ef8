"""Labels of the rule tasks (arithmetic aside) against the published rules in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from krohn.generators.tasks import task

Answer = list[int | None] | None
"""The labels in order, None for a position that has none; None for a word that the rule is not defined on."""

Rule = Callable[[list[int]], Answer]


def distinct(size: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        found = list(dict.fromkeys(word))
        return [*found, size, *[None] * (min(size, len(word)) - len(found))]

    return rule


def majority(word: list[int]) -> Answer:
    ranked = Counter(word).most_common()
    return [ranked[0][0]] if len(ranked) == 1 or ranked[0][1] > ranked[1][1] else None


def majority_count(word: list[int]) -> Answer:
    bits = [int(bit) for bit in reversed(f"{max(Counter(word).values()):b}")]
    return [*bits, 2, *[None] * (len(f"{len(word):b}") - len(bits))]


def marked(size: int, turned: bool) -> Rule:
    def rule(word: list[int]) -> Answer:
        side = len(word) // 2
        first, middle, second = word[:side], word[side], word[side + 1 :]
        right = first[::-1] if turned else first
        return [int(len(word) % 2 == 1 and middle == size and size not in first and second == right)]

    return rule


def missing(size: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        if len(word) % 2 or word.count(size) != 1:
            return None
        side, at = len(word) // 2, word.index(size)
        hidden = word[(at + side) % len(word)]
        full = [hidden if s == size else s for s in word]
        return [hidden] if full[:side] == full[side:] else None

    return rule


def stack(size: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        held: list[int] = []
        acted = False
        for symbol in word:
            if symbol < size:
                if acted:
                    return None
                held.append(symbol)
            elif symbol == size:
                acted = True
                held = held[:-1]
            else:
                acted = True
                held.append(symbol - size - 1)
        return [*held[::-1], size, *[None] * (len(word) - len(held))]

    return rule


def dyck(types: int, depth: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        answer: list[int | None] = []
        held: list[int] = []
        for symbol in word:
            if symbol < types:
                held.append(symbol)
            elif not held or held.pop() != symbol - types:
                return None
            if len(held) > depth:
                return None
            answer.append(held[-1] + 1 if held else 0)
        return answer if not held else None

    return rule


def shuffle(types: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        answer: list[int | None] = []
        for t in range(len(word)):
            heights = [word[: t + 1].count(k) - word[: t + 1].count(types + k) for k in range(types)]
            if min(heights) < 0:
                return None
            answer.append(sum(1 << k for k in range(types) if heights[k]))
        return answer if answer[-1] == 0 else None

    return rule


def recall(size: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        answer: list[int | None] = []
        known: dict[int, int] = {}
        for t, symbol in enumerate(word):
            after = word[t + 1] if t + 1 < len(word) else 2 * size
            asks = symbol < size and not size <= after < 2 * size
            if symbol < size and not asks:
                known[symbol] = after - size
            answer.append(known.get(symbol) if asks else None)
        return answer

    return rule


def flip_flop(word: list[int]) -> Answer:
    answer: list[int | None] = []
    memory = None
    if len(word) % 2:
        return None
    for kind, bit in zip(word[::2], word[1::2], strict=True):
        if kind > 2 or bit < 3:
            return None
        if kind == 0:
            memory = bit - 3
        if kind == 1 and memory != bit - 3:
            return None
        answer += [memory if kind == 1 else None, None]
    return answer


RULES: dict[str, Rule] = {
    "reverse": lambda word: [*word[::-1]],
    "reverse:300": lambda word: [*word[::-1]],
    "repetition:3": lambda word: [*word],
    "duplicate": lambda word: [*word, *word],
    "odds-first:3": lambda word: [*word[0::2], *word[1::2]],
    "bucket-sort": lambda word: [*sorted(word)],
    "bucket-sort:300": lambda word: [*sorted(word)],
    "set:4": distinct(4),
    "set": distinct(126),
    "majority": majority,
    "majority:5": majority,
    "majority-count:3": majority_count,
    "marked-copy": marked(2, turned=False),
    "marked-reversal:3": marked(3, turned=True),
    "missing-duplicate": missing(2),
    "missing-duplicate:7": missing(7),
    "stack-manipulation": stack(2),
    "stack-manipulation:5": stack(5),
    "dyck:2:3": dyck(2, 3),
    "dyck:1:1": dyck(1, 1),
    "dyck:3:200": dyck(3, 200),
    "shuffle-dyck:1": shuffle(1),
    "shuffle-dyck:3": shuffle(3),
    "mqar:2": recall(2),
    "mqar": recall(32),
    "flipflop-lm": flip_flop,
    "flipflop-lm:sparse": flip_flop,
    "flipflop-lm:dense": flip_flop,
}


@pytest.mark.parametrize("name", RULES)
def test_drawn_words_carry_the_labels_of_the_rule(name: str, check_drawn: Any) -> None:
    check_drawn(name, RULES[name], labelling=True)


@pytest.mark.parametrize("name", [name for name in RULES if task(name).model_inputs < 12])
def test_all_small_words(name: str, check_small: Any) -> None:
    check_small(name, RULES[name])


@pytest.mark.parametrize("name", ["dyck:2:3", "dyck:1:1", "flipflop-lm", "mod-ltr:5", "mod-precedence:4"])
def test_the_machine_behind_a_task_gives_its_labels(name: str) -> None:
    made = task(name)
    assert made.machine is not None
    words = made.sample(300, (1, 60), seed=2)
    outputs = made.machine.labels(words.symbols, words.lengths)
    known = words.labels[:, : outputs.shape[1]] != -100
    assert known.any(1).all()
    assert (outputs[known] == words.labels[known]).all()
