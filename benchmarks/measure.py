"""Timing side by side: every contender once a round, the median of the rounds."""

from __future__ import annotations

import ctypes
import gc
import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
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


def seconds(
    contenders: Mapping[str, Callable[[], object]],
    rounds: int = 7,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the median time of each contender, after one call to warm up.

    Parameters
    ----------
    contenders : mapping of name to callable
    rounds : int
    clock : callable
        The wall's; `time.process_time` for what runs on one thread of a machine with other work to do.

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
            begin = clock()
            call()
            times[name].append(clock() - begin)
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


def keep_heap() -> None:
    """Let glibc keep freed memory for the next call, as a program that runs long does; elsewhere do nothing.

    Fresh memory costs a page fault every 4 KiB, ten times what it takes to write it: without this, every
    contender that returns a large tensor is timed by the kernel's zeroing of pages.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    mallopt(-4, 0)  # M_MMAP_MAX
    mallopt(-1, 1 << 30)  # M_TRIM_THRESHOLD


def peak_bytes(call: Callable[[], object]) -> float | None:
    """Return the most memory that the process held at once during a call, beyond what it held before.

    None where the kernel does not say (it is Linux that does).
    """
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
        before = _resident("VmRSS")
        call()
        return float(max(0, _resident("VmHWM") - before))
    except (OSError, AttributeError, TypeError):
        return None


def _resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def peak_rows(case: str, calls: Mapping[str, Callable[[], object]]) -> list[Row]:
    """Return one row for each reference: the peak of the contender called ``krohn`` over the reference's."""
    peaks = {name: peak_bytes(call) for name, call in calls.items()}
    own = peaks["krohn"]
    if own is None:
        return []
    return [
        Row(case, "peak_bytes", own, "B", name, own / peak if peak else None)
        for name, peak in peaks.items()
        if name != "krohn"
    ]


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    versions = {name: importlib.metadata.version(name) for name in ("torch", "numpy", "numba")}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"machine": platform.machine(), "cores": os.cpu_count(), "load": load, "threads": 1, **versions}


def document(rows: list[Row]) -> dict[str, Any]:
    """Return what ``krohn bench --json`` prints."""
    return {"machine": machine(), "rows": [asdict(row) for row in rows]}
