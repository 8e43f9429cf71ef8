"""Liu et al., "Transformers learn shortcuts to automata", ICLR 2023, and "Exposing attention glitches with flip-flop
language modeling", NeurIPS 2023: states of automata after every symbol.

In the flip-flop half of the symbols keep the value.
"""

from __future__ import annotations

from functools import partial

from ...automata.flipflops import flip_flop
from ...automata.machine import Machine
from ...automata.semiautomaton import Semiautomaton
from ..kinds import Readout
from ..task import Task, machine_task
from ..tasks import task as find_task
from .row import Row, named

FAMILIES = {
    "parity": "bits; the number of ones modulo 2",
    "cycle": "steps; the place",
    "gridworld": "left and right between walls; the place",
    "dihedral": "toggle, drive; place and direction",
    "quaternion": "1, i, j, k; the product so far",
    "abab": "how far the word has followed 0101…, or 4",
    "adder": "pairs of bits; the bit of the sum and the carry",
    "permutation-reset": "resets and generators; the element",
    "word": "elements or generators; the product so far",
    "flipflop-lm": "instructions and bits; at each read, the bit",
}


def _row(name: str) -> Row:
    task = find_task(name)
    symbols, classes = tuple(range(task.model_inputs)), tuple(range(task.model_outputs))
    told = FAMILIES[name.partition(":")[0]]
    n, m = len(symbols), len(classes)
    return Row(named(task.name), symbols, n, classes, m, 1 / m, told, answer="each")


def _half_keep(values: int) -> Task:
    machine = flip_flop(values)
    delta = machine.delta[:, [0] * values + list(range(1, values + 1))]
    return machine_task(
        f"flipflop:{values}", Machine(Semiautomaton(delta), machine.start, machine.outputs), Readout.PREFIX
    )


def _flipflop(name: str) -> Row:
    values = find_task(name).model_outputs
    symbols = (0,) * values + tuple(range(1, values + 1))
    told = "0 keeps (half of the symbols), v + 1 sets v; the value"
    classes = tuple(range(values))
    return Row(
        partial(_half_keep, values), symbols, values + 1, classes, values, 1 / values, told, answer="each"
    )


TABLE = {**dict.fromkeys(FAMILIES, _row), "flipflop": _flipflop}
