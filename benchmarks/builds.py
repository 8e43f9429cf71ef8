"""A Triton kernel compiled ahead of time for an H100 (sm_90), without one: its registers and what it spills."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
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
    most : int, optional
        Registers a thread may have; otherwise the assembler trades them for occupancy.
    """

    name: str
    kernel: Any
    types: dict[str, str]
    constants: dict[str, Any]
    warps: int = 4
    most: int | None = None


@dataclass(frozen=True)
class Usage:
    """What ptxas says of a kernel: registers a thread, spilled bytes, bytes of stack."""

    registers: int
    spilled: int
    stack: int


def usage(build: Build) -> Usage:
    """Compile a kernel for sm_90 and ask ptxas what it uses."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    signature = {name: build.types.get(name, "constexpr") for name in build.kernel.arg_names}
    source = ASTSource(build.kernel, signature, constexprs=build.constants)
    options = {"num_warps": build.warps, **({"maxnreg": build.most} if build.most else {})}
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)
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
