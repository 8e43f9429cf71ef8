"""Enumerating all maps of 6 and of 7 points from three of them, with both Cayley graphs."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import numpy as np

from ..automata.algebra.monoid import TransitionMonoid
from ..automata.semiautomaton import Semiautomaton
from .measure import Row, seconds, time_rows

METRIC = "enumeration_seconds"


def all_maps(points: int) -> Semiautomaton:
    """Return three generators of the full transformation monoid: a swap, a cycle, and a map that merges two points.

    Examples
    --------
    >>> all_maps(3).delta.tolist()
    [[1, 1, 0], [0, 2, 0], [2, 0, 2]]
    """
    identity = np.arange(points)
    swap, merge = identity.copy(), identity.copy()
    swap[:2] = 1, 0
    merge[1] = 0
    return Semiautomaton(np.stack([swap, np.roll(identity, -1), merge], axis=1))


def _own(semiautomaton: Semiautomaton) -> int:
    monoid = TransitionMonoid.of(semiautomaton)
    return len(monoid.left)


def _python(semiautomaton: Semiautomaton) -> int:
    # What a user writes first: tuples in a dictionary, the right graph only.
    maps = [tuple(column) for column in semiautomaton.delta.T.tolist()]
    number = {tuple(range(semiautomaton.states)): 0}
    right = []
    for element in (queue := list(number)):
        row = []
        for image in maps:
            product = tuple([image[p] for p in element])
            if product not in number:
                number[product] = len(queue)
                queue.append(product)
            row.append(number[product])
        right.append(row)
    return len(right)


def _libsemigroups(semiautomaton: Semiautomaton) -> Callable[[], int]:
    from libsemigroups_pybind11 import FroidurePin, ReportGuard, Transf

    generators = [Transf(column) for column in semiautomaton.delta.T.tolist()]

    def enumerate_it() -> int:
        silent = ReportGuard(False)
        size = int(FroidurePin(generators).size())
        del silent
        return size

    return enumerate_it


def rows() -> list[Row]:
    """Measure the time to enumerate against libsemigroups and against plain Python."""
    found: list[Row] = []
    for points, rounds in ((6, 7), (7, 5)):
        case, maps = f"monoid:T{points}", all_maps(points)
        size = points**points
        contenders: dict[str, Callable[[], int]] = {"krohn": lambda m=maps: _own(m)}  # type: ignore[misc]
        there = importlib.util.find_spec("libsemigroups_pybind11") is not None
        if there:
            contenders["libsemigroups"] = _libsemigroups(maps)
        for name, call in contenders.items():
            if call() != size:
                raise AssertionError(f"{name} found another number of maps than {size}")
        times = seconds(contenders, rounds)
        found += time_rows(case, METRIC, times)
        if not there:
            reason = "libsemigroups_pybind11 is not installed"
            found.append(Row(case, METRIC, times["krohn"], "s", "libsemigroups", None, reason))
        slow = seconds({"krohn": lambda m=maps: _own(m), "python": lambda m=maps: _python(m)}, rounds=1)  # type: ignore[misc]
        found += time_rows(case, METRIC, slow)
    return found
