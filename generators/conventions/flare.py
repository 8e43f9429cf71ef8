"""Butoi et al., "Training neural networks as recognizers of formal languages" (FLaRe), ICLR 2025; code at c93c1dc.

In regular languages half of the words are uniform members of their length; a quarter uniform words that are none; a
quarter members after one or more edits (their number geometric with parameter 1/2) that are members no more. Edits keep
the length here. The other languages are in `members.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...automata import catalogue
from ...automata.catalogue.rules import machine_of
from ...automata.languages.regex import regex_machine
from ...automata.machine import Machine
from ..kinds import Readout
from ..regular import recognition_task
from ..task import Task, machine_task
from . import members
from .members import members_task
from .row import Row

State = tuple[str, int]
PLACES = 5
ANSWERS = ("rejected", "accepted")


def _right(state: State) -> int:
    return int(state[0] == "right")


def _recognition(name: str, make: Callable[[], Machine]) -> Task:
    return recognition_task(name, machine_task(name, make(), Readout.PREFIX))


def even_pairs() -> Machine:
    """Return the machine of words whose first bit is the last, and the empty word."""
    return regex_machine("(0(0|1)*0|1(0|1)*1|0|1)?")


def starts_with_one() -> Machine:
    """Return the machine of words that start with 1."""
    return regex_machine("1(0|1)*")


def parity() -> Machine:
    """Return the machine of words with an odd number of ones."""
    return regex_machine("0*1(0|10*1)*")


def repeat_01() -> Machine:
    """Return the machine of (01)*."""
    return regex_machine("(01)*")


def cycle_navigation() -> Machine:
    """Return the machine of moves (0 right, 1 left, 2 stay), then the place's digit (3 to 7)."""

    def step(state: State, x: int) -> State:
        kind, place = state
        if kind != "moving":
            return "wrong", 0
        if x >= 3:
            return ("right", 0) if x - 3 == place else ("wrong", 0)
        return "moving", (place + (1, -1, 0)[x]) % PLACES

    start: State = ("moving", 0)
    return machine_of(start, "><=01234", step, _right, ANSWERS)


def modular_arithmetic() -> Machine:
    """Return the machine of digits (0 to 4) and operators (+ 5, - 6, x 7) from left to right, = 8, and the value."""
    machine = catalogue.mod_ltr(5)

    def step(state: State, x: int) -> State:
        kind, q = state
        if kind == "reading":
            if x < 8:
                return "reading", int(machine.delta[q, x])
            value = int(machine.outputs[q])
            return ("value", value) if value < 5 else ("wrong", 0)
        return ("right", 0) if kind == "value" and x == q else ("wrong", 0)

    return machine_of(("reading", machine.start), "01234+-*=", step, _right, ANSWERS)


def dyck_2_3() -> Machine:
    """Return the machine of balanced words of two kinds of brackets, at most 3 deep."""

    def step(stack: tuple[int, ...], x: int) -> tuple[int, ...]:
        if stack == (-1,):
            return stack
        kind, closing = divmod(x, 2)
        if not closing:
            return (*stack, kind) if len(stack) < 3 else (-1,)
        return stack[:-1] if stack and stack[-1] == kind else (-1,)

    empty: tuple[int, ...] = ()
    return machine_of(empty, "()[]", step, lambda stack: int(stack == ()), ANSWERS)


def _row(name: str, make: Callable[[], Machine], symbols: int, rule: str) -> Row:
    inner = partial(_recognition, name, make)
    return Row(inner, tuple(range(symbols)), symbols, (0, 1), 2, 1 / 2, rule)


def _irregular(name: str, kind: int, symbols: int, rule: str) -> Row:
    inner = partial(members_task, name, kind, symbols)
    return Row(inner, tuple(range(symbols)), symbols, (0, 1), 2, 1 / 2, rule)


TABLE = {
    "even-pairs": _row("even-pairs", even_pairs, 2, "first = last"),
    "repeat:01": _row("repeat:01", repeat_01, 2, "(01)*"),
    "parity": _row("parity", parity, 2, "an odd number of ones"),
    "cycle:5": _row("cycle:5", cycle_navigation, 8, "0 right, 1 left, 2 stay, then 3 + the place"),
    "mod-ltr:5": _row("mod-ltr:5", modular_arithmetic, 9, "+ 5, - 6, x 7 from left to right, = 8, the value"),
    "dyck:2:3": _row("dyck:2:3", dyck_2_3, 4, "( 0, ) 1, [ 2, ] 3, at most 3 deep"),
    "first": _row("first", starts_with_one, 2, "the first bit is 1"),
    "majority": _irregular("majority", members.MAJORITY, 2, "more ones than zeros"),
    "marked-copy": _irregular("marked-copy", members.COPY, 3, "w 2 w"),
    "marked-reversal": _irregular("marked-reversal", members.REVERSAL, 3, "w 2, then w from its end"),
    "unmarked-reversal": _irregular("unmarked-reversal", members.PALINDROME, 2, "w, then w from its end"),
    "missing-duplicate": _irregular(
        "missing-duplicate", members.HIDDEN, 3, "ww, one of its ones hidden by 2"
    ),
    "odds-first": _irregular("odds-first", members.ODDS_FIRST, 3, "w 2, then symbols 1, 3, …, 2, 4, …"),
    "bucket-sort": _irregular("bucket-sort", members.SORT, 6, "w 5, then w in order"),
}
