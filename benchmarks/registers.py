"""Compile every Triton kernel ahead of time for an H100 (sm_90), without one, and count registers and spills.

``python -m krohn.benchmarks.registers`` prints the table; its exit status is 1 where a kernel spills.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version

from . import launches
from .builds import Build, usage


def unitary_builds(N: int = 16, D: int = 64) -> Iterator[Build]:
    """Yield the unitary scan's kernels, with drive and as a rotor, in turns and on a lattice."""
    from ..kernels.unitary import triton_kernels as kernels
    from ..kernels.unitary.triton import tile

    BN, BD = tile(N, D)
    arrays = dict.fromkeys(
        ("theta", "x", "dy", "K", "P", "X", "Y", "y", "z", "g", "dtheta", "dx", "dK"), "*fp32"
    )
    arrays |= dict.fromkeys(("q", "P", "phase"), "*i32")
    numbers = dict.fromkeys(("T", "offset", "L", "N", "D", "chunk", "chunks", "M"), "i32")
    for lattice in (False, True):
        for flag in (True, False):
            constants = {
                "DRIVEN": flag, "SLOPES": flag, "BACK": flag, "LATTICE": lattice, "BN": BN, "BD": BD, "BM": 128
            }  # fmt: skip
            for name in ("totals", "join", "forward", "backward"):
                kernel = getattr(kernels, name)
                own = set(kernel.arg_names)
                types = {a: (arrays | numbers)[a] for a in kernel.arg_names if a not in constants}
                label = ("back" if flag else "forth") if name == "join" else "driven" if flag else "rotor"
                yield Build(
                    f"unitary {name} {label}{' lattice' if lattice else ''}",
                    kernel,
                    types,
                    {key: value for key, value in constants.items() if key in own},
                )


def main() -> int:
    """Print a row a kernel; return 1 where one spills."""
    print(f"Triton {version('triton')}, sm_90: registers a thread, bytes spilled, bytes of stack")
    worst = 0
    for build in (*unitary_builds(), *launches.builds(launches.QUICK)):
        found = usage(build)
        print(f"{build.name:40} {found.registers:4} {found.spilled:6} {found.stack:6}")
        worst = max(worst, found.spilled)
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
