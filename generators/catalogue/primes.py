"""The primes of Krohn and Rhodes: words over groups, counting, flip-flops."""

from __future__ import annotations

from ...automata.counters import counter
from ...automata.flipflops import flip_flop
from ...automata.group_automata import generators_of, group_automaton, swaps_of
from ...automata.group_names import group
from ...errors import RequestError
from ...names import lookup
from ..families import register_task
from ..task import Readout, Task, machine_task

LARGEST_MODULUS = 65_536
LARGEST_FLIP_FLOP = 4096


def _within(task: str, parameter: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise RequestError(f"task {task!r}: {parameter} is {value}: expected {low} to {high}")


@register_task("parity")
def parity() -> Task:
    """Bits; after every bit, the number of ones so far modulo 2."""
    return machine_task("parity", counter(2), Readout.PREFIX, version=2)


@register_task("parity-final")
def parity_final() -> Task:
    """Bits; after the last one, the number of ones modulo 2."""
    return machine_task("parity-final", counter(2), Readout.FINAL, version=2)


@register_task("count", example="count:5")
def count(M: int) -> Task:
    """Bits; after every bit, the number of ones so far modulo M (2 to 65,536)."""
    _within(f"count:{M}", "M", M, 2, LARGEST_MODULUS)
    return machine_task(f"count:{M}", counter(M), Readout.PREFIX, version=2)


@register_task("word", example="word:S5")
def word(G: str, SYMBOLS: str = "all") -> Task:
    """Elements of the group G; after every one, the product so far, the first element leftmost.

    ``word:G:generators`` draws from the group's generators only, ``word:G:swaps`` from the adjacent
    transpositions of a symmetric group.
    """
    elements = group(G)
    symbols = lookup(
        "choice of symbols",
        SYMBOLS,
        {"all": lambda _: None, "generators": generators_of, "swaps": swaps_of},
    )(elements)
    name = f"word:{elements.name}" + ("" if SYMBOLS == "all" else f":{SYMBOLS}")
    return machine_task(name, group_automaton(elements, symbols), Readout.PREFIX, version=2)


@register_task("flipflop", example="flipflop:2")
def flipflop(N: int) -> Task:
    """Symbol 0 keeps, symbol v + 1 sets the value v (0 to N - 1); after every symbol, the value; it starts at 0."""
    _within(f"flipflop:{N}", "N", N, 2, LARGEST_FLIP_FLOP)
    return machine_task(f"flipflop:{N}", flip_flop(N), Readout.PREFIX, version=2)
