"""Solvable groups as layers of counters: one rotor for each abelian factor of the derived series, lookups between.

The product is p_t = p_{t-1} g_t. In the normal form p = τ_k(e_k) ⋯ τ_1(e_1), with the upper coordinates on the
right, level i adds the class of what it is carried, c_i, to its residues, and carries down
c_{i+1} = τ_i(e_i) c_i τ_i(e_i')^{-1}: an element of the next group, multiplied on the right again. As e_i is
e_i' - [c_i], the residues after the symbol are enough, and no layer has to look back.

Source: Shakerinava, Khavari, Ravanbakhsh and Chandar, arXiv 2603.01959: k diagonal layers for a series of k abelian
factors; Karuvally et al., arXiv 2507.05238.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...automata.decomposition.abelian import AbelianSeries
from .lookup import Feature, together
from .rotor import Mode
from .stream import OneHot, Stream

Table = NDArray[np.int32]
Entries = list[tuple[tuple[Feature, ...], int]]


@dataclass(frozen=True)
class Product:
    """A running product to compute.

    Attributes
    ----------
    series : AbelianSeries
        Of its group.
    factors : OneHot
        What says which element is multiplied.
    elements : dict
        By value of `factors`, the element; others multiply by the identity.
    """

    series: AbelianSeries
    factors: OneHot
    elements: Mapping[int, int]


def multiply(stream: Stream, products: Sequence[Product]) -> list[tuple[Mode, ...]]:
    """Add the layers of running products side by side; return the modes of each, as `AbelianSeries.grid` has axes."""
    modes: list[tuple[Mode, ...]] = [() for _ in products]
    carried = [(product.factors, dict(product.elements)) for product in products]
    for level in range(max(len(product.series.factors) for product in products)):
        active = [i for i, product in enumerate(products) if level < len(product.series.factors)]
        steps = []
        for i in active:
            block, elements = carried[i]
            factor = products[i].series.factors[level]
            for axis, order in enumerate(factor.orders):
                residues = {block.channel(v): int(factor.residues[c, axis]) for v, c in elements.items()}
                steps.append((order, {channel: step for channel, step in residues.items() if step}))
        rotated = iter(stream.rotate(steps))
        here = {i: tuple(next(rotated) for _ in products[i].series.factors[level].orders) for i in active}
        for i, own in here.items():
            modes[i] += own
        deeper = [i for i in active if level + 1 < len(products[i].series.factors)]
        if deeper:
            found = [_carry(products[i].series, level, *carried[i], here[i]) for i in deeper]
            blocks = stream.look_up(*((len(below), entries) for below, entries in found))
            for i, block, (below, _) in zip(deeper, blocks, found, strict=True):
                carried[i] = (block, dict(enumerate(below)))
    return modes


def _carry(
    series: AbelianSeries, level: int, block: OneHot, elements: Mapping[int, int], modes: tuple[Mode, ...]
) -> tuple[list[int], Entries]:
    """Return the elements that are carried to the next level, and the entries that look them up."""
    values: dict[int, list[int]] = {}  # by what each element becomes, whatever the residues are
    tables: dict[int, Table] = {}
    for value in range(block.size):
        c = elements.get(value, 0)
        values.setdefault(c, []).append(value)
        if c not in tables:
            tables[c] = series.below(level, c)
    below = sorted({int(c) for table in tables.values() for c in np.unique(table)})
    carry = np.stack([np.searchsorted(below, table) for table in tables.values()]).astype(np.int32)
    return below, cheapest(carry, [block.feature(*own) for own in values.values()], modes)


def cheapest(carry: Table, features: Sequence[Feature], modes: Sequence[Mode]) -> Entries:
    """Return the entries of a function of a value and residues, whichever way of joining them makes fewer.

    Parameters
    ----------
    carry : int array, shape (values, *orders of the modes)
    features : sequence of Feature
        What says each value; they exclude each other.
    modes : sequence of Mode
    """
    by_value = [
        ((own, *more), target)
        for own, table in zip(features, carry, strict=True)
        for more, target in by_residues(table, modes)
    ]
    joined: Entries = []  # for each vector of residues, values with one target
    carry, needed = dependent(carry, modes, first=1)
    for residues in np.ndindex(carry.shape[1:]):
        column = carry[(slice(None), *residues)]
        more = tuple(mode.feature(e) for mode, e in zip(needed, residues, strict=True))
        for target in np.unique(column):
            forms = [own.form for own, found in zip(features, column, strict=True) if found == target]
            joined.append(((Feature(together(*forms)), *more), int(target)))
    return min(by_value, joined, key=len)


def by_residues(table: Table, modes: Sequence[Mode]) -> Entries:
    """Return the entries of a function of residues: features only of those that it depends on.

    Parameters
    ----------
    table : int array, an axis for each mode
        -1 where there is no entry.
    """
    table, needed = dependent(table, modes)
    return [
        (tuple(mode.feature(e) for mode, e in zip(needed, residues, strict=True)), int(value))
        for residues, value in np.ndenumerate(table)
        if value >= 0
    ]


def dependent(table: Table, modes: Sequence[Mode], first: int = 0) -> tuple[Table, tuple[Mode, ...]]:
    """Return a function of residues as one of those that it depends on, with their modes.

    Axes before `first` are none of residues.
    """
    kept = []
    for axis, mode in reversed(list(enumerate(modes, first))):
        if (np.ptp(table, axis=axis) == 0).all():
            table = np.take(table, 0, axis)
        else:
            kept.append(mode)
    return table, tuple(reversed(kept))


def score(modes: Sequence[Mode], residues: Sequence[int]) -> dict[int, float]:
    """Return the form that is largest at given residues: the sum of their features."""
    return together(*(mode.form(e) for mode, e in zip(modes, residues, strict=True)))
