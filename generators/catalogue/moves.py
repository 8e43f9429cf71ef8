"""Moving about: on a cycle, on a line, along a group."""

from __future__ import annotations

from ...automata import catalogue
from ...automata.group_names import group
from ..families import register_task
from ..task import Readout, Task, machine_task


@register_task("cycle", example="cycle:5")
def cycle(M: int) -> Task:
    """Steps of -1, 0, +1 (symbols 0, 1, 2); after each, the position on a cycle of M places (from 0)."""
    return machine_task(f"cycle:{M}", catalogue.cycle(M), Readout.PREFIX)


@register_task("gridworld", example="gridworld:5")
def gridworld(N: int) -> Task:
    """Steps to the left and to the right (symbols 0, 1); after each, the position between two walls, of N (from 0)."""
    return machine_task(f"gridworld:{N}", catalogue.gridworld(N), Readout.PREFIX)


@register_task("dihedral", example="dihedral:5")
def dihedral(N: int) -> Task:
    """Turning round (0) or driving on (1) on a cycle of N places; after each, the position, plus N where backwards."""
    return machine_task(f"dihedral:{N}", catalogue.dihedral(N), Readout.PREFIX)


@register_task("quaternion")
def quaternion() -> Task:
    """Symbols 1, i, j, k; after each, the product so far, one of 1, -1, i, -i, j, -j, k, -k."""
    return machine_task("quaternion", catalogue.quaternion(), Readout.PREFIX)


@register_task("permutation-reset", example="permutation-reset:S3")
def permutation_reset(G: str) -> Task:
    """Symbol g below the order of G sets the element g, the others multiply by a generator; after each, the element."""
    elements = group(G)
    machine = catalogue.permutation_reset(elements)
    return machine_task(f"permutation-reset:{elements.name}", machine, Readout.PREFIX)
