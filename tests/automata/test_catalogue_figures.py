"""The algebra of the named machines, as computed by hand and in the literature; refusals of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from krohn.automata import catalogue
from krohn.automata.algebra.verdict import verdict
from krohn.automata.counters import parity
from krohn.automata.group_names import group
from krohn.automata.machine import Machine
from krohn.errors import RequestError

# Minimal states, size of the transition monoid, maximal subgroups, kind.
FIGURES: list[tuple[str, Machine, int, int, list[str], str]] = [
    ("parity", parity(), 2, 2, ["C2"], "abelian"),
    ("(aa)*", catalogue.repeat("aa"), 3, 3, ["C2"], "abelian"),
    ("even pairs", catalogue.even_pairs(), 5, 5, [], "aperiodic"),
    ("cycle 5", catalogue.cycle(5), 5, 5, ["C5"], "abelian"),
    ("mod-ltr 3", catalogue.mod_ltr(3), 11, 118, ["S3"], "solvable"),
    ("mod-ltr 5", catalogue.mod_ltr(5), 19, 518, ["F20"], "solvable"),
    ("mod-ltr 7", catalogue.mod_ltr(7), 27, 1398, ["F42"], "solvable"),
    ("mod-precedence 3", catalogue.mod_precedence(3), 19, 118, ["C2", "C3"], "abelian"),
    ("mod-precedence 5", catalogue.mod_precedence(5), 51, 518, ["C4", "C5"], "abelian"),
    ("mod-ltr 3, + -", catalogue.mod_ltr(3, "+-"), 10, 38, ["C3"], "abelian"),
    ("mod-ltr 5, + -", catalogue.mod_ltr(5, "+-"), 16, 92, ["C5"], "abelian"),
    ("mod-precedence 5, + -", catalogue.mod_precedence(5, "+-"), 16, 92, ["C5"], "abelian"),
    ("tomita 1", catalogue.tomita(1), 2, 2, [], "aperiodic"),
    ("tomita 2", catalogue.tomita(2), 3, 6, [], "aperiodic"),
    ("tomita 3", catalogue.tomita(3), 5, 26, ["C2"], "abelian"),
    ("tomita 4", catalogue.tomita(4), 4, 12, [], "aperiodic"),
    ("tomita 5", catalogue.tomita(5), 4, 4, ["C2xC2"], "abelian"),
    ("tomita 6", catalogue.tomita(6), 3, 3, ["C3"], "abelian"),
    ("tomita 7", catalogue.tomita(7), 5, 9, [], "aperiodic"),
    ("D_2", catalogue.nested(2), 4, 15, [], "aperiodic"),
    ("D_4", catalogue.nested(4), 6, 56, [], "aperiodic"),
    ("D_12", catalogue.nested(12), 14, 820, [], "aperiodic"),
    ("gridworld 5", catalogue.gridworld(5), 5, 35, [], "aperiodic"),
    # Left zeros and right zeros with an identity.
    ("first", catalogue.first(), 3, 3, [], "aperiodic"),
    ("last", catalogue.last(), 2, 3, [], "aperiodic"),
    ("quaternion", catalogue.quaternion(), 8, 8, ["Q8"], "solvable"),
    ("dihedral 5", catalogue.dihedral(5), 10, 10, ["D5"], "solvable"),
    # The group and as many constants.
    ("S3 with resets", catalogue.permutation_reset(group("S3")), 6, 12, ["S3"], "solvable"),
    ("A5 with resets", catalogue.permutation_reset(group("A5")), 60, 120, ["A5"], "nonsolvable"),
]


@pytest.mark.parametrize(
    ("machine", "states", "monoid", "groups", "kind"), [f[1:] for f in FIGURES], ids=[f[0] for f in FIGURES]
)
def test_the_algebra(machine: Machine, states: int, monoid: int, groups: list[str], kind: str) -> None:
    found = verdict(machine)
    assert (machine.states, found.states, found.monoid) == (states, states, monoid)
    assert (list(found.groups), found.kind) == (groups, kind)


def test_the_monoid_of_nested_brackets_is_that_of_partial_shifts() -> None:
    # A nonzero element moves an interval of the N + 1 depths: (N + 2 - k)^2 of them for intervals of k.
    for n in (1, 2, 3, 6):
        assert verdict(catalogue.nested(n)).monoid == 1 + sum(k * k for k in range(1, n + 2))


def test_the_size_of_bounded_dyck_machines() -> None:
    for types, depth in ((1, 4), (2, 3), (3, 2), (5, 1)):
        states = sum(types**level for level in range(depth + 1)) + 1
        assert catalogue.dyck(types, depth).states == states
    assert catalogue.dyck(1, 3).semiautomaton == catalogue.nested(3).semiautomaton
    assert catalogue.dyck(5, 1).names.symbols == (*"([{<", "(4", *")]}>", ")4")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: catalogue.tomita(0), "tomita: K is 0: expected 1 to 7"),
        (lambda: catalogue.tomita(8), "tomita: K is 8: expected 1 to 7"),
        (lambda: catalogue.nested(0), "nested: N is 0: expected 1 to 65536"),
        (lambda: catalogue.dyck(0, 3), "dyck:0:3: K is 0: expected 1 to 256"),
        (lambda: catalogue.dyck(2, 0), "dyck:2:0: M is 0: expected 1 to 1000"),
        (
            lambda: catalogue.dyck(2, 16),
            "dyck:2:16 has more than 65536 states: the limit; expected less depth",
        ),
        (
            lambda: catalogue.dyck(256, 1000),
            "dyck:256:1000 has more than 65536 states: the limit; expected less depth",
        ),
        (lambda: catalogue.repeat(""), "repeat: the word has 0 letters: expected 1 to 1000"),
        (lambda: catalogue.repeat("a" * 1001), "repeat: the word has 1001 letters: expected 1 to 1000"),
        (lambda: catalogue.cycle(0), "cycle: M is 0: expected 1 to 65536"),
        (lambda: catalogue.gridworld(65537), "gridworld: N is 65537: expected 1 to 65536"),
        (lambda: catalogue.dihedral(0), "dihedral: N is 0: expected 1 to 32768"),
        (
            lambda: catalogue.permutation_reset(group("S7")),
            "permutation-reset:S7: order is 5040: expected 1 to 4096",
        ),
        (lambda: catalogue.mod_ltr(1), "mod-ltr: M is 1: expected 2 to 512"),
        (lambda: catalogue.mod_precedence(65), "mod-precedence: M is 65: expected 2 to 64"),
        (lambda: catalogue.mod_ltr(5, "+/"), "mod-ltr: operators are '+/': expected some of +-*, each once"),
        (lambda: catalogue.mod_ltr(5, "++"), "mod-ltr: operators are '++': expected some of +-*, each once"),
        (
            lambda: catalogue.mod_precedence(5, ""),
            "mod-precedence: operators are '': expected some of +-*, each once",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
    assert caught.value.exit_status == 2
