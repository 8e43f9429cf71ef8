"""Merrill et al., "The illusion of state in state-space models", ICML 2024; code at 8f910f9 (2024-03-29).

Elements are drawn uniformly; after each, the product so far, the accumulator on the left. The elements of a cyclic
group are its numbers, those of a symmetric or alternating one its permutations in lexicographic order, so that the
identity is 0.
"""

from __future__ import annotations

from ...automata.group_names import group
from ...automata.groups import Group
from .row import Row, named


def row(name: str) -> Row:
    """Return the row of ``word:G``."""
    elements = group(name.split(":")[1])
    numbers = numbers_of(elements)
    told = "elements of the group; the product so far, the first leftmost"
    inner = named(f"word:{elements.name}")
    n = elements.order
    return Row(inner, numbers, n, numbers, n, 1 / n, told, answer="each")


def numbers_of(elements: Group) -> tuple[int, ...]:
    """Return the number of each element in lexicographic order of its permutation, the identity first.

    Examples
    --------
    >>> sorted(numbers_of(group("S3"))) == list(range(6))
    True
    """
    points = [tuple(int(p) for p in row) for row in elements.permutations]
    order = {point: number for number, point in enumerate(sorted(set(points)))}
    return tuple(order[point] for point in points)


TABLE = {"word": row}
