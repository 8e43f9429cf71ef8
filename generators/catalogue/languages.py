"""Regular languages with a name: after every symbol, whether the word so far is in the language."""

from __future__ import annotations

from ...automata import catalogue
from ..families import Rest, register_task
from ..regular import language_task
from ..task import Readout, Task, machine_task


@register_task("even-pairs")
def even_pairs() -> Task:
    """Bits; after every bit, 1 where the pairs 01 and 10 so far are even in number: the first bit is the last."""
    return machine_task("even-pairs", catalogue.even_pairs(), Readout.PREFIX)


@register_task("first")
def first() -> Task:
    """Bits; after every bit, the first one."""
    return machine_task("first", catalogue.first(), Readout.PREFIX)


@register_task("last")
def last() -> Task:
    """Bits; after every bit, that bit."""
    return machine_task("last", catalogue.last(), Readout.PREFIX)


@register_task("tomita", example="tomita:3")
def tomita(K: int) -> Task:
    """Bits; after every bit, whether the word so far is in Tomita's language K (1 to 7)."""
    return language_task(f"tomita:{K}", catalogue.tomita(K))


@register_task("repeat", example="repeat:aa")
def repeat(WORD: Rest) -> Task:
    """Letters; after every one, whether the word so far is WORD a number of times: (WORD)*."""
    return language_task(f"repeat:{WORD}", catalogue.repeat(WORD))


@register_task("abab")
def abab() -> Task:
    """Bits; after every bit, how far the word has followed 0101…, modulo 4, or 4: it has left it."""
    return language_task("abab", catalogue.abab())


@register_task("nested", example="nested:4")
def nested(N: int) -> Task:
    """Letters a, b; after every one, whether the word so far is in D_N: balanced, and at most N deep."""
    return language_task(f"nested:{N}", catalogue.nested(N))
