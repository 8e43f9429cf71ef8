"""Machines of the user's: regular expressions, and random ones."""

from __future__ import annotations

from ...automata.languages.random_machines import random_machine
from ...automata.languages.regex import regex_machine
from ..families import Rest, register_task
from ..regular import language_task
from ..task import Readout, Task, machine_task


@register_task("regex", example="regex:(ab|ba)*")
def regex(R: Rest) -> Task:
    """The letters that stand in R; after every one, whether the word so far matches R (b{0} only names a letter)."""
    return language_task(f"regex:{R}", regex_machine(R))


@register_task("random", example="random:8:2")
def random(S: int, A: int, SEED: int = 0) -> Task:
    """A symbols; after each, the output (0 or 1) of a random minimal machine of S states, all within reach."""
    name = f"random:{S}:{A}" + (f":{SEED}" if SEED else "")
    return machine_task(name, random_machine(S, A, SEED, minimal=True), Readout.PREFIX)
