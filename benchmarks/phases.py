"""How far accumulated phases drift: the table of docs/phases.md. ``python -m krohn.benchmarks.phases`` prints it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import torch
from numpy.typing import NDArray

from ..kernels.unitary.phases import accumulate

LANES = 16
LENGTHS = (1_000, 100_000, 1_000_000)
Phases = NDArray[np.float32]


@numba.njit(cache=True, nogil=True)
def _wrapped(steps, every):  # type: ignore[no-untyped-def]
    # A float32 running sum taken modulo one turn after every so many steps.
    turn = np.float32(6.2831855)
    out = np.empty_like(steps)
    for lane in range(steps.shape[1]):
        total = np.float32(0)
        for t in range(steps.shape[0]):
            total = np.float32(total + steps[t, lane])
            if (t + 1) % every == 0:
                total = np.float32(total - turn * np.float32(np.rint(total / turn)))
            out[t, lane] = total
    return out


@numba.njit(cache=True, nogil=True)
def _kahan(steps):  # type: ignore[no-untyped-def]
    # Compensated summation (Kahan, 1965), wrapped at every step so that the sum stays small.
    turn = np.float32(6.2831855)
    out = np.empty_like(steps)
    for lane in range(steps.shape[1]):
        total, lost = np.float32(0), np.float32(0)
        for t in range(steps.shape[0]):
            step = np.float32(steps[t, lane] - lost)
            after = np.float32(total + step)
            lost = np.float32(np.float32(after - total) - step)
            total = np.float32(after - turn * np.float32(np.rint(after / turn)))
            out[t, lane] = total
    return out


def _fixed(turns: Phases) -> NDArray[np.float64]:
    steps = torch.from_numpy(np.ascontiguousarray(turns.T))
    phase, _ = accumulate(steps.double(), torch.zeros(LANES, dtype=torch.int32))
    return phase.numpy().T * (2 * math.pi)


FORMS: dict[str, Callable[[Phases], Any]] = {
    "float32 sum": lambda radians: np.add.accumulate(radians, dtype=np.float32),
    "float32, wrapped every 2,048 steps": lambda radians: _wrapped(radians, 2048),
    "float32, wrapped every 64 steps": lambda radians: _wrapped(radians, 64),
    "float32, wrapped every step": lambda radians: _wrapped(radians, 1),
    "float32, Kahan": _kahan,
    "fixed point, from float32 radians": lambda radians: _fixed(
        (radians * np.float32(1 / (2 * math.pi))).astype(np.float32)
    ),
}


def increments(kind: str) -> Phases:
    """Return phase increments in turns, shape (1,000,000, 16): spread evenly, or one a lane with a little noise."""
    generator = np.random.default_rng(0)
    if kind == "uniform":
        return generator.uniform(-0.5, 0.5, (LENGTHS[-1], LANES)).astype(np.float32)
    bias = generator.uniform(-0.5, 0.5, LANES)
    return (bias + 0.01 * generator.standard_normal((LENGTHS[-1], LANES))).astype(np.float32)


def drift(found: Any, exact: Any) -> list[float]:
    """Return the largest phase error of any lane, in radians, at each length.

    Examples
    --------
    >>> phases = np.zeros((1_000_000, 1))
    >>> drift(phases + 2 * math.pi, phases)
    [0.0, 0.0, 0.0]
    """
    errors = []
    for length in LENGTHS:
        off = (found[length - 1].astype(np.longdouble) - exact[length - 1]) / (2 * np.longdouble(math.pi))
        errors.append(float(np.abs(off - np.rint(off)).max() * 2 * math.pi))
    return errors


def table() -> dict[str, list[float]]:
    """Return, for every way to accumulate, the errors with uniform and with biased increments at each length."""
    rows: dict[str, list[float]] = {}
    for kind in ("uniform", "biased"):
        turns = increments(kind)
        radians = (turns * np.float32(2 * math.pi)).astype(np.float32)
        # The exact sum of the float32 increments that the form is given.
        exact = np.add.accumulate(radians.astype(np.longdouble))
        for name, form in FORMS.items():
            rows.setdefault(name, []).extend(drift(form(radians), exact))
        exact = np.add.accumulate(turns.astype(np.longdouble))
        exact = (exact - np.rint(exact)) * 2 * np.longdouble(math.pi)
        rows.setdefault("**fixed point, from float32 turns**", []).extend(drift(_fixed(turns), exact))
    return rows


def main() -> int:
    """Print the table in Markdown."""
    print(
        "| accumulator | uniform: 1e3 | 1e5 | 1e6 | biased: 1e3 | 1e5 | 1e6 |\n|---|---|---|---|---|---|---|"
    )
    for name, errors in table().items():
        print(f"| {name} | " + " | ".join(f"{error:.1e}" for error in errors) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
