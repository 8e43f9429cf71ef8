"""Arithmetic that a finite machine does."""

from __future__ import annotations

from ...automata import catalogue
from ...automata.catalogue.arithmetic import OPERATORS
from ...automata.machine import Machine
from ..families import register_task
from ..task import Readout, Task, machine_task


def _task(family: str, M: int, machine: Machine) -> Task:
    signs = "".join(machine.names.symbols[M:])
    name = f"{family}:{M}" + ("" if signs == OPERATORS else f":{signs}")
    return machine_task(name, machine, Readout.PREFIX)


@register_task("mod-ltr", example="mod-ltr:5")
def mod_ltr(M: int, OPERATORS: str = OPERATORS) -> Task:
    """Digits 0 to M - 1, then operators; after a digit the value modulo M, left to right; otherwise M: none."""
    return _task("mod-ltr", M, catalogue.mod_ltr(M, OPERATORS))


@register_task("mod-precedence", example="mod-precedence:5")
def mod_precedence(M: int, OPERATORS: str = OPERATORS) -> Task:
    """Digits 0 to M - 1, then operators; after a digit the value modulo M, * before + and -; otherwise M: none."""
    return _task("mod-precedence", M, catalogue.mod_precedence(M, OPERATORS))


@register_task("adder")
def adder() -> Task:
    """Pairs of bits 00, 01, 10, 11, the lowest first; after each, the bit of the sum plus twice the carry."""
    return machine_task("adder", catalogue.adder(), Readout.PREFIX)
