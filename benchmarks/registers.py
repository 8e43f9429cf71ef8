"""Compile every Triton kernel ahead of time for an H100 (sm_90), without one, and count registers and spills.

``python -m krohn.benchmarks.registers`` prints the table; its exit status is 1 where a kernel spills.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Build:
    """A kernel with the types of its arguments and the values of its constants.

    Attributes
    ----------
    name : str
    kernel : triton.JITFunction
    types : dict
        Argument to Triton type, such as ``*fp32``.
    constants : dict
    warps : int
    """

    name: str
    kernel: Any
    types: dict[str, str]
    constants: dict[str, Any]
    warps: int = 4


@dataclass(frozen=True)
class Usage:
    """What ptxas says of a kernel: registers a thread, spilled bytes, bytes of stack."""

    registers: int
    spilled: int
    stack: int


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


def usage(build: Build) -> Usage:
    """Compile a kernel for sm_90 and ask ptxas what it uses."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    signature = {name: build.types.get(name, "constexpr") for name in build.kernel.arg_names}
    source = ASTSource(build.kernel, signature, constexprs=build.constants)
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"num_warps": build.warps})
    return _ptxas(str(compiled.asm["ptx"]))


def _ptxas(ptx: str) -> Usage:
    import triton

    program = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "ptxas"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_text(ptx)
        command = [
            str(program),
            "-v",
            "--gpu-name=sm_90a" if "sm_90a" in ptx else "--gpu-name=sm_90",
            str(path),
        ]
        done = subprocess.run(
            [*command, "-o", str(path.with_suffix(".cubin"))], capture_output=True, text=True, check=True
        )
    said = done.stderr + done.stdout
    stack, stores, loads = (
        max(int(value) for value in re.findall(rf"(\d+) bytes {what}", said))
        for what in ("stack frame", "spill stores", "spill loads")
    )
    registers = max(int(value) for value in re.findall(r"Used (\d+) registers", said))
    return Usage(registers, stores + loads, stack)


def main() -> int:
    """Print a row a kernel; return 1 where one spills."""
    print(f"Triton {version('triton')}, sm_90: registers a thread, bytes spilled, bytes of stack")
    worst = 0
    for build in unitary_builds():
        found = usage(build)
        print(f"{build.name:40} {found.registers:4} {found.spilled:6} {found.stack:6}")
        worst = max(worst, found.spilled)
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
