"""Labels of the arithmetic tasks against Python's own parser and whole numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from krohn.generators.tasks import task

Answer = list[int | None] | None
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


# Rules that label any word that is given, and rules that are defined on the words they draw.
LABELLING: dict[str, Rule] = {
    "mod-ltr:5": plain(5, from_left=True),
    "mod-ltr:3:+-": plain(3, from_left=True),
    "mod-precedence:5": plain(5, from_left=False),
    "mod-precedence:4": plain(4, from_left=False),
    "binary-addition": binary(lambda a, b: a + b),
    "binary-multiplication": binary(lambda a, b: a * b),
    "square-root": square_root,
}
DRAWING: dict[str, Rule] = {
    "mod-brackets:5": brackets(5),
    "mod-brackets:2": brackets(2),
    "mod-brackets:6": brackets(6),
    "mod-brackets:128": brackets(128),
    "solve-equation:5": solution(5),
    "solve-equation:2": solution(2),
    "solve-equation:12": solution(12),
}


@pytest.mark.parametrize("name", LABELLING)
def test_drawn_words(name: str, check_drawn: Any) -> None:
    check_drawn(name, LABELLING[name], labelling=True)


@pytest.mark.parametrize("name", DRAWING)
def test_expressions_and_equations(name: str, check_drawn: Any) -> None:
    check_drawn(name, DRAWING[name], labelling=False)


@pytest.mark.parametrize("name", [name for name in LABELLING if task(name).model_inputs < 10])
def test_all_small_words(name: str, check_small: Any) -> None:
    check_small(name, LABELLING[name])


@pytest.mark.parametrize("name", ["binary-addition", "binary-multiplication", "square-root"])
def test_long_numbers(name: str, check_drawn: Any) -> None:
    check_drawn(name, LABELLING[name], labelling=True, batches=[(4, (3000, 3001))])


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
