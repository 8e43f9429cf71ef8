"""Names of symbols, states and classes."""

from __future__ import annotations

import re

import pytest

from krohn.automata import Machine, Names, Semiautomaton, minimise
from krohn.errors import RequestError

LAMP = Semiautomaton([[0, 1], [1, 0], [2, 1]])


def test_names_follow_their_states() -> None:
    machine = Machine(
        LAMP, 1, [0, 1, 1], names=Names(("wait", "press"), ("off", "on", "lost"), ("dark", "light"))
    )
    trimmed = machine.trim()
    assert trimmed.names.states == ("on", "off")
    assert trimmed.names.symbols == ("wait", "press")
    assert trimmed.names.output(int(trimmed.outputs[0])) == "light"


def test_a_merged_state_keeps_the_first_name() -> None:
    six = Semiautomaton([[(q + 1) % 6] for q in range(6)])
    machine = Machine(six, 0, [0, 1, 2, 0, 1, 2], names=Names(states=tuple("abcdef")))
    assert minimise(machine).names.states == ("a", "b", "c")


def test_names_do_not_make_a_machine_another() -> None:
    plain = Machine(LAMP, 0, [0, 1, 1])
    named = Machine(LAMP, 0, [0, 1, 1], names=Names(symbols=("a", "b")))
    assert plain == named
    assert hash(plain) == hash(named)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (lambda: Names(symbols=("a", "a")), "symbols have the name 'a' twice: expected names of their own"),
        (
            lambda: Machine(LAMP, 0, [0, 1, 1], names=Names(states=("a",))),
            "1 names of states: expected one for each of 3, or none",
        ),
    ],
)
def test_refusals(names: object, message: str) -> None:
    assert callable(names)
    with pytest.raises(RequestError, match=re.escape(message)):
        names()
