"""Grazzi et al., "Unlocking state-tracking in linear RNNs through negative eigenvalues", ICLR 2025; code at df8f840.

Parity and arithmetic are xLSTM's; in words over S5 permutations are numbered in lexicographic order (0 the identity).
Of the swaps' task the symbols are the identity and the ten transpositions, adjacent or not.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ...automata.group_automata import group_automaton
from ...automata.group_names import group
from ..kinds import Readout
from ..task import Task, machine_task
from .row import Row
from .word_problem import numbers_of, row
from .xlstm import TABLE as XLSTM

MOVED = {"swaps": 2, "three": 3}


def _moving(name: str, most: int) -> Task:
    elements = group(name)
    return machine_task(f"word:{name}", group_automaton(elements, _few(name, most)), Readout.PREFIX)


def _few(name: str, most: int) -> list[int]:
    permutations = group(name).permutations
    moved = (permutations != np.arange(permutations.shape[1])).sum(1)
    return [int(g) for g in np.flatnonzero(moved <= most)]


def _subset(kind: str) -> Row:
    most = MOVED[kind]
    numbers = numbers_of(group("S5"))
    symbols = tuple(numbers[g] for g in _few("S5", most))
    told = f"permutations that move at most {most} points; the product so far, the first leftmost"
    return Row(partial(_moving, "S5", most), symbols, 120, numbers, 120, 1 / 120, told, answer="each")


TABLE = {
    "parity": XLSTM["parity"],
    "mod-precedence:5": XLSTM["mod-precedence:5"],
    "word:S5": row("word:S5"),
    "word:S5:swaps": _subset("swaps"),
    "word:S5:three": _subset("three"),
}
