"""Arithmetic that a finite machine does."""

from __future__ import annotations

from ...automata import catalogue
from ..families import register_task
from ..task import Readout, Task, machine_task


@register_task("adder")
def adder() -> Task:
    """Pairs of bits 00, 01, 10, 11, the lowest first; after each, the bit of the sum plus twice the carry."""
    return machine_task("adder", catalogue.adder(), Readout.PREFIX)
