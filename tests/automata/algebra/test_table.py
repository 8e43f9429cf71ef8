"""The algebra of tasks of the field, from their rules: states, monoid, maximal subgroups, class."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import pytest

from krohn.automata import Machine, Semiautomaton, group, group_automaton
from krohn.automata.algebra.verdict import verdict

Step = Callable[[Any, Any], Any]


def explore(start: Hashable, symbols: Sequence[Any], step: Step, output: Callable[[Any], Any]) -> Machine:
    """Return the machine of a rule: the states that the step function reaches, found breadth-first."""
    number = {start: 0}
    queue = [start]
    rows = []
    for state in queue:
        row = []
        for symbol in symbols:
            target = step(state, symbol)
            if target not in number:
                number[target] = len(queue)
                queue.append(target)
            row.append(number[target])
        rows.append(row)
    values = [output(state) for state in queue]
    classes = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return Machine(Semiautomaton(rows), 0, [classes[value] for value in values])


def expressions(modulus: int, operators: str, precedence: bool) -> Machine:
    """digit (operator digit)*, the value modulo m; ``total + factor * digit`` is what the next digit makes."""

    def step(state: Any, symbol: Any) -> Any:
        if state == "error":
            return state
        kind, total, factor = state
        if isinstance(symbol, int):
            if kind == "value":
                return "error"
            term = factor * symbol % modulus
            return ("value", total, term) if precedence else ("value", 0, (total + term) % modulus)
        if kind != "value":
            return "error"
        if symbol == "*":
            return ("operator", total, factor)
        return ("operator", (total + factor) % modulus, 1 if symbol == "+" else modulus - 1)

    def output(state: Any) -> Any:
        return (state[1] + state[2]) % modulus if state[0] == "value" else "none"

    return explore(("operator", 0, 1), [*range(modulus), *operators], step, output)


def bits(step: Step, output: Callable[[Any], Any], start: Hashable = 0) -> Machine:
    return explore(start, (0, 1), step, output)


def tomita_3() -> Machine:
    """No run of zeros of odd length after a run of ones of odd length."""

    # (what the last run of ones was, what run is being read, its parity)
    def step(state: Any, x: int) -> Any:
        if state == "dead":
            return state
        after_odd_ones, run, odd = state
        if x == run:
            return (after_odd_ones, run, not odd)
        if x == 1:
            return "dead" if after_odd_ones and odd else (False, 1, True)
        return (odd, 0, True)

    def output(state: Any) -> bool:
        return state != "dead" and not (state[0] and state[1] == 0 and state[2])

    return bits(step, output, (False, 0, False))


def nested(depth: int) -> Machine:
    """D_n = (a D_{n-1} b)*: brackets of one kind, at most n deep."""

    def step(state: int, x: int) -> int:
        if state < 0:
            return state
        level = state + 1 if x == 0 else state - 1
        return level if 0 <= level <= depth else -1

    return bits(step, lambda state: state == 0)


TABLE: list[tuple[str, Machine, int, int, tuple[str, ...], str]] = [
    ("parity", bits(lambda q, x: q ^ x, lambda q: q), 2, 2, ("C2",), "abelian"),
    ("(aa)*", bits(lambda q, x: 2 if x or q == 2 else 1 - q, lambda q: q == 0), 3, 3, ("C2",), "abelian"),
    (
        "even pairs",
        bits(lambda q, x: (x, x) if q is None else (q[0], x), lambda q: q is None or q[0] == q[1], None),
        *(5, 5, (), "aperiodic"),
    ),
    (
        "cycle navigation",
        explore(0, (-1, 0, 1), lambda q, x: (q + x) % 5, lambda q: q),
        5,
        5,
        ("C5",),
        "abelian",
    ),
    (
        "flip-flop",
        explore(0, (0, 1, None), lambda q, x: q if x is None else x, lambda q: q),
        *(2, 3, (), "aperiodic"),
    ),
    ("left to right 3", expressions(3, "+-*", False), 11, 118, ("S3",), "solvable"),
    ("left to right 5", expressions(5, "+-*", False), 19, 518, ("F20",), "solvable"),
    ("left to right 7", expressions(7, "+-*", False), 27, 1398, ("F42",), "solvable"),
    ("precedence 3", expressions(3, "+-*", True), 19, 118, ("C2", "C3"), "abelian"),
    ("precedence 5", expressions(5, "+-*", True), 51, 518, ("C4", "C5"), "abelian"),
    ("plus and minus 3", expressions(3, "+-", False), 10, 38, ("C3",), "abelian"),
    ("plus and minus 5", expressions(5, "+-", False), 16, 92, ("C5",), "abelian"),
    ("Tomita 1", bits(lambda q, x: q and x == 1, lambda q: q, True), 2, 2, (), "aperiodic"),
    (
        "Tomita 2",
        bits(lambda q, x: {(0, 1): 1, (1, 0): 0}.get((q, x), 2), lambda q: q == 0),
        *(3, 6, (), "aperiodic"),
    ),
    ("Tomita 3", tomita_3(), 5, 26, ("C2",), "abelian"),
    (
        "Tomita 4",
        bits(lambda q, x: 3 if q == 3 else (0 if x else q + 1), lambda q: q < 3),
        *(4, 12, (), "aperiodic"),
    ),
    (
        "Tomita 5",
        bits(lambda q, x: (q[0] ^ (x == 0), q[1] ^ x), lambda q: q == (0, 0), (0, 0)),
        *(4, 4, ("C2xC2",), "abelian"),
    ),
    ("Tomita 6", bits(lambda q, x: (q + (1, 2)[x]) % 3, lambda q: q == 0), 3, 3, ("C3",), "abelian"),
    (
        # 0*1*0*1*: the number of changes, a word that begins with 1 having an empty run of zeros
        "Tomita 7",
        bits(lambda q, x: q if q % 2 == x or q == 4 else q + 1, lambda q: q < 4),
        *(5, 9, (), "aperiodic"),
    ),
    ("D_2", nested(2), 4, 15, (), "aperiodic"),
    ("D_4", nested(4), 6, 56, (), "aperiodic"),
    ("D_12", nested(12), 14, 820, (), "aperiodic"),
    (
        "gridworld 5",
        bits(lambda q, x: min(max(q + (-1, 1)[x], 0), 4), lambda q: q),
        *(5, 35, (), "aperiodic"),
    ),
    *(
        (name, group_automaton(group(name)), order, order, (name,), kind)
        for name, order, kind in [
            *[("S3", 6, "solvable"), ("A4", 12, "solvable"), ("S4", 24, "solvable")],
            *[("A5", 60, "nonsolvable"), ("S5", 120, "nonsolvable")],
        ]
    ),
]


@pytest.mark.parametrize(
    ("machine", "states", "monoid", "groups", "kind"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_tasks_of_the_field(
    machine: Machine, states: int, monoid: int, groups: tuple[str, ...], kind: str
) -> None:
    found = verdict(machine)
    assert (found.states, found.monoid, found.groups, found.kind) == (states, monoid, groups, kind)
    assert not found.limit_reached


@pytest.mark.parametrize("name", ["Tomita 3", "Tomita 7"])
def test_the_rules_above_are_those_of_the_languages(name: str) -> None:
    machine = next(row[1] for row in TABLE if row[0] == name)
    accepted = machine.outputs[machine.start]
    for length in range(1, 9):
        for word in itertools.product((0, 1), repeat=length):
            runs = [(x, len(list(items))) for x, items in itertools.groupby(word)]
            if name == "Tomita 3":
                expected = not any(a[0] == 1 and a[1] % 2 and b[1] % 2 for a, b in itertools.pairwise(runs))
            else:
                expected = len(runs) + (word[0] == 1) <= 4
            assert (machine.labels([word])[0, -1] == accepted) == expected
