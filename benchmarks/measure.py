"""Timing side by side: every contender once a round, the median of the rounds."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measured figure beside a reference.

    Attributes
    ----------
    case : str
        What was measured, such as ``word:S5``.
    metric : str
        Such as ``tokens_per_second``.
    value : float
    unit : str
    against : str
        The reference.
    ratio : float or None
        `value` over the reference's, both measured in this run; None where the reference is missing.
    reason : str or None
        Why it is missing.
    """

    case: str
    metric: str
    value: float
    unit: str
    against: str
    ratio: float | None
    reason: str | None = None


def seconds(contenders: Mapping[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """Return the median wall time of each contender, after one call to warm up.

    Examples
    --------
    >>> sorted(seconds({"a": lambda: None, "b": lambda: None}, rounds=3))
    ['a', 'b']
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for call in contenders.values():
        call()
    for _ in range(rounds):
        for name, call in contenders.items():
            begin = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values) for name, values in times.items()}


def rate_rows(case: str, metric: str, unit: str, count: int, times: Mapping[str, float]) -> list[Row]:
    """Return one row for each reference: the rate of the contender called ``krohn`` over the reference's."""
    own = count / times["krohn"]
    return [
        Row(case, metric, own, unit, name, own / (count / value))
        for name, value in times.items()
        if name != "krohn"
    ]


def time_rows(case: str, metric: str, times: Mapping[str, float]) -> list[Row]:
    """Return one row for each reference: the seconds of the contender called ``krohn`` over the reference's."""
    own = times["krohn"]
    return [
        Row(case, metric, own, "s", name, own / value) for name, value in times.items() if name != "krohn"
    ]


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    versions = {name: importlib.metadata.version(name) for name in ("torch", "numpy", "numba")}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"machine": platform.machine(), "cores": os.cpu_count(), "load": load, "threads": 1, **versions}


def document(rows: list[Row]) -> dict[str, Any]:
    """Return what ``krohn bench --json`` prints."""
    return {"machine": machine(), "rows": [asdict(row) for row in rows]}
