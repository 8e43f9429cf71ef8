"""The named machines against their rules, written literally, on every short word."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest
from sympy.combinatorics import Permutation

from krohn.automata import catalogue
from krohn.automata.group_names import group
from krohn.automata.machine import Machine
from krohn.automata.minimise import minimise

Rule = Callable[[tuple[str, ...]], str]


def member(rule: Callable[[str], bool]) -> Rule:
    return lambda word: "accept" if rule("".join(word)) else "reject"


def runs(word: str) -> list[str]:
    return [match[0] for match in re.finditer("0+|1+", word)]


def tomita_3(word: str) -> bool:
    return not any(
        x[0] == "1" and len(x) % 2 and len(y) % 2 for x, y in itertools.pairwise(runs(word)) if y[0] == "0"
    )


def tomita_7(word: str) -> bool:
    shape = "".join(run[0] for run in runs(word))
    return shape in ("", "0", "1", "01", "10", "010", "101", "0101")


def balanced(word: str, pairs: list[str], depth: int) -> bool:
    """Whether taking pairs off until none is left leaves nothing, in at most `depth` rounds of all."""
    heights = list(itertools.accumulate(1 if x in [pair[0] for pair in pairs] else -1 for x in word))
    if any(not 0 <= height <= depth for height in heights):
        return False
    while any(pair in word for pair in pairs):
        for pair in pairs:
            word = word.replace(pair, "")
    return word == ""


def flip_flop(word: tuple[str, ...]) -> str:
    """Read by the definition: each prefix of a right word is checked pair by pair."""
    written = None
    for i, symbol in enumerate(word):
        if i % 2 == 0:
            if symbol not in "wri" or (written is None and symbol != "w"):
                return "none"
            continue
        if symbol not in "01" or (word[i - 1] == "r" and symbol != written):
            return "none"
        written = symbol if word[i - 1] == "w" else written
    return written or "none" if word and word[-1] == "r" and len(word) % 2 else "none"


def expression(modulus: int, evaluate: Callable[[str], int]) -> Rule:
    def rule(word: tuple[str, ...]) -> str:
        text = "".join(word)
        return str(evaluate(text) % modulus) if re.fullmatch(r"\d([-+*]\d)*", text) else "none"

    return rule


def left_to_right(text: str) -> int:
    value = int(text[0])
    for sign, digit in zip(text[1::2], text[2::2], strict=True):
        value = {"+": value + int(digit), "-": value - int(digit), "*": value * int(digit)}[sign]
    return value


def python(text: str) -> int:
    return int(eval(text))  # digits and + - * only: checked by `expression`


def added(word: tuple[str, ...]) -> str:
    a, b = (sum(int(pair[i]) << k for k, pair in enumerate(word)) for i in (0, 1))
    bit, carry = (a + b) >> len(word) - 1 & 1, (a + b) >> len(word)
    return f"{bit} carry 1" if carry else str(bit)


def clamped(size: int) -> Rule:
    def rule(word: tuple[str, ...]) -> str:
        at = 0
        for symbol in word:
            at = min(at + 1, size - 1) if symbol == "R" else max(at - 1, 0)
        return str(at)

    return rule


def abab(word: tuple[str, ...]) -> str:
    followed = all(symbol == str(i % 2) for i, symbol in enumerate(word))
    return str((len(word) - 1) % 4) if followed else "sink"


def car(size: int) -> Rule:
    def rule(word: tuple[str, ...]) -> str:
        facing, at = 1, 0
        for symbol in word:
            facing, at = (-facing, at) if symbol == "toggle" else (facing, (at + facing) % size)
        return f"{at}{'+' if facing > 0 else '-'}"

    return rule


def hamilton(word: tuple[str, ...]) -> str:
    unit = {
        "1": np.eye(2),
        "i": np.array([[1j, 0], [0, -1j]]),
        "j": np.array([[0, 1], [-1, 0]]),
        "k": np.array([[0, 1j], [1j, 0]]),
    }
    product = np.eye(2)
    for symbol in word:
        product = product @ unit[symbol]
    for name, matrix in unit.items():
        for sign in ("", "-"):
            if np.array_equal(product, -matrix if sign else matrix):
                return sign + name
    raise AssertionError(word)


def reset_or_turn(word: tuple[str, ...]) -> str:
    state = Permutation(2)
    for symbol in word:
        verb, _, text = symbol.partition(" ")
        named = Permutation([list(map(int, c.split())) for c in re.findall(r"\(([^()]+)\)", text)], size=3)
        state = named if verb == "set" else state * named
    cycles = "".join(f"({' '.join(map(str, cycle))})" for cycle in state.cyclic_form)
    return cycles or "()"


TWO = ["()", "[]"]
RULES: list[tuple[str, Machine, int, Rule]] = [
    ("first", catalogue.first(), 8, member(lambda w: w[:1] == "1")),
    ("last", catalogue.last(), 8, member(lambda w: w[-1:] == "1")),
    (
        "even-pairs",
        catalogue.even_pairs(),
        10,
        member(lambda w: sum(a != b for a, b in itertools.pairwise(w)) % 2 == 0),
    ),
    ("flipflop-lm", catalogue.flip_flop_language(), 6, flip_flop),
    ("tomita:1", catalogue.tomita(1), 10, member(lambda w: "0" not in w)),
    ("tomita:2", catalogue.tomita(2), 10, member(lambda w: w == "10" * (len(w) // 2))),
    ("tomita:3", catalogue.tomita(3), 12, member(tomita_3)),
    ("tomita:4", catalogue.tomita(4), 10, member(lambda w: "000" not in w)),
    ("tomita:5", catalogue.tomita(5), 10, member(lambda w: w.count("0") % 2 == w.count("1") % 2 == 0)),
    ("tomita:6", catalogue.tomita(6), 10, member(lambda w: (w.count("0") - w.count("1")) % 3 == 0)),
    ("tomita:7", catalogue.tomita(7), 10, member(tomita_7)),
    ("repeat:aa", catalogue.repeat("aa"), 9, member(lambda w: "b" not in w and len(w) % 2 == 0)),
    ("repeat:abab", catalogue.repeat("abab"), 12, member(lambda w: w == "abab" * (len(w) // 4))),
    ("repeat:01", catalogue.repeat("01"), 9, member(lambda w: w == "01" * (len(w) // 2))),
    ("repeat:]-^", catalogue.repeat("]-^"), 7, member(lambda w: w == "]-^" * (len(w) // 3))),
    ("nested:1", catalogue.nested(1), 10, member(lambda w: w == "ab" * (len(w) // 2))),
    ("nested:3", catalogue.nested(3), 12, member(lambda w: balanced(w, ["ab"], 3))),
    ("dyck:1:2", catalogue.dyck(1, 2), 12, member(lambda w: balanced(w, ["()"], 2))),
    ("dyck:2:3", catalogue.dyck(2, 3), 8, member(lambda w: balanced(w, TWO, 3))),
    (
        "cycle:5",
        catalogue.cycle(5),
        8,
        lambda w: str(sum({"-1": -1, "0": 0, "+1": 1}[x] for x in w) % 5),
    ),
    ("gridworld:4", catalogue.gridworld(4), 12, clamped(4)),
    ("gridworld:1", catalogue.gridworld(1), 4, clamped(1)),
    ("abab", catalogue.abab(), 12, abab),
    ("dihedral:5", catalogue.dihedral(5), 12, car(5)),
    ("dihedral:2", catalogue.dihedral(2), 8, car(2)),
    ("quaternion", catalogue.quaternion(), 5, hamilton),
    ("permutation-reset:S3", catalogue.permutation_reset(group("S3")), 3, reset_or_turn),
    ("mod-ltr:2", catalogue.mod_ltr(2), 5, expression(2, left_to_right)),
    ("mod-ltr:3", catalogue.mod_ltr(3), 5, expression(3, left_to_right)),
    ("mod-ltr:3:+-", catalogue.mod_ltr(3, "-+"), 6, expression(3, left_to_right)),
    ("mod-ltr:4:*", catalogue.mod_ltr(4, "*"), 6, expression(4, left_to_right)),
    ("mod-precedence:2", catalogue.mod_precedence(2), 5, expression(2, python)),
    ("mod-precedence:3", catalogue.mod_precedence(3), 5, expression(3, python)),
    ("mod-precedence:3:+*", catalogue.mod_precedence(3, "+*"), 6, expression(3, python)),
    ("adder", catalogue.adder(), 6, added),
]


@pytest.mark.parametrize(
    ("machine", "longest", "rule"), [row[1:] for row in RULES], ids=[r[0] for r in RULES]
)
def test_the_machine_is_its_rule(machine: Machine, longest: int, rule: Rule) -> None:
    names = machine.names.symbols
    for length in range(1, longest + 1):
        for word in itertools.product(range(machine.symbols), repeat=length):
            if length > 3 and hash(word) % 5:  # a fifth of the longer words; numbers hash alike everywhere
                continue
            label = machine.labels([word])[0, -1]
            spelt = tuple(names[x] for x in word)
            assert machine.names.output(label) == rule(spelt), spelt


@pytest.mark.parametrize("machine", [row[1] for row in RULES], ids=[row[0] for row in RULES])
def test_the_machine_is_minimal_with_names_for_all(machine: Machine) -> None:
    assert minimise(machine) == machine.trim() == machine
    assert len(machine.names.symbols) == machine.symbols
    assert len(machine.names.classes) == machine.classes
    assert len(machine.names.states) in (0, machine.states)


def test_long_expressions_are_evaluated() -> None:
    rng = np.random.default_rng(5)
    for make, evaluate in ((catalogue.mod_ltr, left_to_right), (catalogue.mod_precedence, python)):
        machine = make(7)
        for _ in range(50):
            word = [int(rng.integers(7))]
            for _ in range(60):
                word += [7 + int(rng.integers(3)), int(rng.integers(7))]
            text = "".join(machine.names.symbols[x] for x in word)
            labels = machine.labels([word])[0]
            assert labels[1::2].tolist() == [7] * 60
            for end in (1, 3, 61, 121):
                assert labels[end - 1] == evaluate(text[:end]) % 7
