"""Krohn-Rhodes decompositions of random machines and of the catalogue: seconds and sizes."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from ..automata.decomposition import Cascade, decompose
from ..automata.languages.random_machines import random_machine
from ..automata.machine import Machine
from ..errors import RequestError
from ..generators.tasks import families
from ..generators.tasks import task as find_task
from .measure import Row

DRAWS = {3: 25, 4: 25, 5: 25, 6: 25, 7: 25, 8: 25, 12: 10, 16: 4}
"""Random connected machines of so many states, half with 2 and half with 3 symbols."""
ALONE = "no peer decomposes machines"


def _all_states(machine: Machine) -> Machine:
    """Return the machine that says its state: nothing is merged."""
    return Machine(machine.semiautomaton, machine.start, np.arange(machine.states))


def _timed(machine: Machine) -> tuple[float, Cascade | None]:
    begin = time.perf_counter()
    try:
        cascade = decompose(machine)
    except RequestError:  # past the limit: it said so
        cascade = None
    return time.perf_counter() - begin, cascade


def rows() -> list[Row]:
    """Measure seconds, primes, the product of coordinates and the largest dependency table."""
    found: list[Row] = []
    for states, draws in DRAWS.items():
        results = [_timed(_all_states(random_machine(states, 2 + i % 2, seed=i))) for i in range(draws)]
        done = [cascade for _, cascade in results if cascade is not None]
        figures = {
            "decomposition_seconds": np.array([seconds for seconds, _ in results]),
            "levels": np.array([len(cascade.levels) for cascade in done]),
            "primes": np.array([len(cascade.primes) for cascade in done]),
            "coordinates": np.array([float(cascade.product) for cascade in done]),
            "largest_table": np.array([cascade.largest_table for cascade in done]),
        }
        case = f"decompose:{len(done)} of {draws} random machines of {states} states"
        for metric, values in figures.items():
            found += _spread(case, metric, values)
    for family in families():
        machine = find_task(family.example).machine
        if machine is not None:
            seconds, _ = _timed(machine)
            found.append(
                Row(f"decompose:{family.example}", "decomposition_seconds", seconds, "s", "", None, ALONE)
            )
    return found


def _spread(case: str, metric: str, values: NDArray[np.float64]) -> list[Row]:
    unit = "s" if metric.endswith("seconds") else ""
    quantiles = {"median": 0.5, "90 %": 0.9, "maximum": 1.0}
    return [
        Row(f"{case}, {name}", metric, float(np.quantile(values, q)), unit, "", None, ALONE)
        for name, q in quantiles.items()
    ]
