"""Labels of the rule tasks against the published rules in plain Python, on drawn words and on all small ones."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from krohn.errors import RequestError
from krohn.generators.task import Readout
from krohn.generators.tasks import task

Answer = list[int | None] | None
"""The labels in order, None for a position that has none; None for a word that the rule is not defined on."""

Rule = Callable[[list[int]], Answer]

SIGNS = "+-*()x="


def text(word: list[int], modulus: int) -> str:
    return "".join(str(s) if s < modulus else SIGNS[s - modulus] for s in word)


def value(expression: str, modulus: int) -> int:
    """Let Python's own parser and arithmetic decide."""
    return int(eval(expression, {"__builtins__": {}})) % modulus


def brackets(modulus: int) -> Rule:
    return lambda word: [value(text(word, modulus), modulus)]


def solution(modulus: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        left, right = text(word, modulus).split("=")
        assert left.count("x") == 1
        found = [d for d in range(modulus) if value(left.replace("x", f"({d})"), modulus) == int(right)]
        assert len(found) == 1, f"{left} = {right} has the solutions {found}"
        return [*found]

    return rule


def plain(modulus: int, from_left: bool) -> Rule:
    def rule(word: list[int]) -> Answer:
        answer: list[int | None] = []
        for t in range(len(word)):
            prefix = word[: t + 1]
            turns = all((s < modulus) == (i % 2 == 0) for i, s in enumerate(prefix))
            if not turns or t % 2:
                answer.append(None)
                continue
            shown = text(prefix, modulus)
            if from_left:
                shown = "(" * (t // 2) + shown[0] + "".join(f"{shown[i : i + 2]})" for i in range(1, t, 2))
            answer.append(value(shown, modulus))
        return answer

    return rule


def number(bits: list[int]) -> int:
    return sum(bit << i for i, bit in enumerate(bits))


def digits(n: int, places: int) -> list[int | None]:
    shown: list[int | None] = [int(bit) for bit in reversed(f"{n:b}")]
    return [*shown, 2, *[None] * (places - len(shown) - 1)]


def binary(operation: Callable[[int, int], int]) -> Rule:
    def rule(word: list[int]) -> Answer:
        if word.count(2) != 1 or 2 in (word[0], word[-1]):
            return None
        at = word.index(2)
        return digits(operation(number(word[:at]), number(word[at + 1 :])), len(word))

    return rule


def square_root(word: list[int]) -> Answer:
    found = math.isqrt(number(word))
    return [found >> i & 1 for i in range((len(word) + 1) // 2)]


def distinct(size: int) -> Rule:
    def rule(word: list[int]) -> Answer:
        found = list(dict.fromkeys(word))
        return [*found, size, *[None] * (min(size, len(word)) - len(found))]

    return rule


def majority(word: list[int]) -> Answer:
    ranked = Counter(word).most_common()
    return [ranked[0][0]] if len(ranked) == 1 or ranked[0][1] > ranked[1][1] else None


def majority_count(word: list[int]) -> Answer:
    return digits(max(Counter(word).values()), len(f"{len(word):b}") + 1)


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


# Rules that label any word that is given.
LABELLING: dict[str, Rule] = {
    "mod-ltr:5": plain(5, from_left=True),
    "mod-ltr:3:+-": plain(3, from_left=True),
    "mod-precedence:5": plain(5, from_left=False),
    "mod-precedence:4": plain(4, from_left=False),
    "binary-addition": binary(lambda a, b: a + b),
    "binary-multiplication": binary(lambda a, b: a * b),
    "square-root": square_root,
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
    "dyck:3:64": dyck(3, 64),
    "shuffle-dyck:1": shuffle(1),
    "shuffle-dyck:3": shuffle(3),
    "mqar:2": recall(2),
    "mqar": recall(32),
    "flipflop-lm": flip_flop,
    "flipflop-lm:sparse": flip_flop,
    "flipflop-lm:dense": flip_flop,
}
# Rules that are defined on the words they draw.
DRAWING: dict[str, Rule] = {
    "mod-brackets:5": brackets(5),
    "mod-brackets:2": brackets(2),
    "mod-brackets:6": brackets(6),
    "solve-equation:5": solution(5),
    "solve-equation:2": solution(2),
    "solve-equation:9": solution(9),
}


def answers(name: str, labels: np.ndarray, length: int) -> list[int | None]:
    """Return the labels that the readout has of one word; all others must be -100."""
    made = task(name)
    places = {
        Readout.PREFIX: (0, length),
        Readout.FINAL: (length - 1, length),
        Readout.SEQUENCE: (length, length + int(made.source.answers(np.array([length]))[0])),
    }
    begin, end = places[made.readout]
    assert (labels[:begin] == -100).all()
    assert (labels[end:] == -100).all()
    return [None if label == -100 else int(label) for label in labels[begin:end]]


@pytest.mark.parametrize("name", [*LABELLING, *DRAWING])
def test_drawn_words_carry_the_labels_of_the_rule(name: str) -> None:
    rule = (LABELLING | DRAWING)[name]
    made = task(name)
    shortest = int(made.lengths(1, 64)[0])
    for count, lengths in [(50, (shortest, shortest)), (1000, (1, 40)), (4, (250, 300))]:
        words = made.sample(count, lengths, seed=5)
        for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
            word = symbols[:length].tolist()
            assert rule(word) == answers(name, labels, int(length)), word
        if name in LABELLING:
            again = made.label(words.symbols, words.lengths)
            assert np.array_equal(again, words.labels)


@pytest.mark.parametrize("name", [name for name in LABELLING if task(name).model_inputs < 12])
def test_all_small_words(name: str) -> None:
    rule, made = LABELLING[name], task(name)
    size = made.model_inputs - (made.readout is Readout.SEQUENCE)
    lengths = [length for length in range(1, 12) if size**length <= 3000]
    assert len(lengths) >= 3
    for length in lengths:
        everything = [list(word) for word in itertools.product(range(size), repeat=length)]
        expected = [rule(word) for word in everything]
        good = [word for word, answer in zip(everything, expected, strict=True) if answer is not None]
        if good:
            labels = made.label(np.array(good), np.full(len(good), length))
            found = [answers(name, row, length) for row in labels]
            assert found == [answer for answer in expected if answer is not None]
        bad = [word for word, answer in zip(everything, expected, strict=True) if answer is None]
        for word in bad[:: max(1, len(bad) // 200)]:
            with pytest.raises(RequestError, match=r"^word 0 is "):
                made.label(np.array([word]), np.array([length]))


@pytest.mark.parametrize("name", [name for name in LABELLING if task(name).machine is not None])
def test_the_machine_behind_a_task_gives_its_labels(name: str) -> None:
    made = task(name)
    assert made.machine is not None
    words = made.sample(300, (1, 60), seed=2)
    outputs = made.machine.labels(words.symbols, words.lengths)
    known = words.labels != -100
    assert (outputs[known] == words.labels[known]).all()


def test_long_numbers() -> None:
    for name, rule in [
        ("binary-multiplication", LABELLING["binary-multiplication"]),
        ("square-root", square_root),
    ]:
        words = task(name).sample(4, (3000, 3001), seed=1)
        for symbols, labels, length in zip(words.symbols, words.labels, words.lengths, strict=True):
            assert rule(symbols[:length].tolist()) == answers(name, labels, int(length))


@pytest.mark.parametrize("bits", [23, 24, 25, 47, 48, 49, 95, 96, 97, 144, 481, 1000])
def test_roots_of_squares_and_their_neighbours(bits: int) -> None:
    # Remainders of 0, of 1 and of the most that a root leaves: where an estimated digit is wrong by one.
    rng = np.random.default_rng(bits)
    roots = [0, 1, (1 << bits // 2) - 1, 1 << (bits // 2 - 1)]
    roots += [int.from_bytes(rng.bytes(bits), "little") % (1 << n) for n in range(1, bits // 2 + 1)]
    numbers = {max(r * r + d, 0) for r in roots for d in (-1, 0, 1, 2 * r)} | {(1 << bits) - 1}
    numbers = {n for n in numbers if n < 1 << bits}
    words = np.array([[n >> i & 1 for i in range(bits)] for n in numbers])
    labels = task("square-root").label(words, np.full(len(words), bits))
    for n, row in zip(numbers, labels, strict=True):
        assert number(row[bits:].tolist()) == math.isqrt(n)
