"""Triton kernels compiled ahead of time for a GPU that need not be here: registers a thread, and what spills.

``python -m krohn.benchmarks.registers`` prints the table.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..kernels.rounding import parse_format

TYPES = {torch.float32: "*fp32", torch.int32: "*i32", torch.int64: "*i64"}


class Launch(NamedTuple):
    """A kernel that would have been launched, and what one of its threads takes.

    Attributes
    ----------
    kernel : str
    warps : int
    registers : int
        Of 255.
    spilled : int
        Bytes of registers that have to be kept in memory.
    """

    kernel: str
    warps: int
    registers: int
    spilled: int


@contextmanager
def recorded(capability: int = 90) -> Iterator[list[Launch]]:
    """Compile for a GPU what is launched meanwhile, instead of running it.

    Parameters
    ----------
    capability : int
        Of the GPU: 90 is an H100.

    Returns
    -------
    launches : context of a list of Launch
    """
    from triton.runtime.jit import JITFunction

    found: list[Launch] = []

    def record(kernel: Any, *arguments: Any, grid: Any, warmup: bool, **named: Any) -> None:
        found.append(_compile(kernel, arguments, named, capability))

    run = JITFunction.run
    JITFunction.run = record
    try:
        yield found
    finally:
        JITFunction.run = run


def _compile(kernel: Any, arguments: tuple[Any, ...], named: dict[str, Any], capability: int) -> Launch:
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    values = dict(zip(kernel.arg_names, arguments, strict=False)) | named
    signature: dict[str, str] = {}
    constants: dict[tuple[int, ...], Any] = {}
    attributes: dict[tuple[int, ...], Any] = {}
    for place, parameter in enumerate(kernel.params):
        value = values.pop(parameter.name)
        if parameter.is_constexpr:
            signature[parameter.name], constants[(place,)] = "constexpr", value
            continue
        whole = isinstance(value, int)
        signature[parameter.name] = ("i32" if abs(value) < 2**31 else "i64") if whole else TYPES[value.dtype]
        if not whole or value % 16 == 0:  # which Triton specialises on
            attributes[(place,)] = [["tt.divisibility", 16]]
    source = ASTSource(kernel, signature=signature, constexprs=constants, attrs=attributes)
    compiled = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=values)
    assembler = next(Path(triton.__file__).parent.rglob("bin/ptxas"))
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as file:
        file.write(compiled.asm["ptx"])
        file.flush()
        command = [str(assembler), "-v", f"--gpu-name=sm_{capability}a", file.name, "-o", "/dev/null"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    used, spilled = re.search(r"Used (\d+) registers", told), re.search(r"(\d+) bytes spill stores", told)
    assert used is not None, told
    assert spilled is not None, told
    return Launch(kernel.__name__, values.get("num_warps", 4), int(used[1]), int(spilled[1]))


def _zeros(*shapes: tuple[int, ...]) -> list[Tensor]:
    return [torch.zeros(shape) for shape in shapes]


def selective(rounding: str = "", B: int = 1, L: int = 1024, D: int = 64, N: int = 16) -> None:
    """Launch the kernels of the selective scan."""
    from ..kernels.selective import triton

    x, A, C, h = _zeros((B, L, D), (N, D), (B, L, N), (B, N, D))
    y, last, kept = triton.selective_forward(x, x, A, C, C, h, False, rounding, 0)
    triton.selective_backward(x, x, A, C, C, kept, y, last, False, rounding, 0)


def diagonal(rounding: str = "", B: int = 1, L: int = 1024, M: int = 256) -> None:
    """Launch the kernels of the diagonal scan, with eigenvalues of both kinds."""
    from ..kernels.diagonal import triton

    drive, constant, h = _zeros((B, L, M, 2), (1, 1, M, 2), (B, M, 2))
    for factors in (constant, drive):
        states = triton.diagonal_forward(drive, factors, h, rounding, 0)
        triton.diagonal_backward(factors, h, states, states)


def delta(rounding: str = "", B: int = 1, L: int = 128, H: int = 2, J: int = 2, K: int = 64) -> None:
    """Launch the kernels of the delta scan."""
    from ..kernels.delta import triton

    query, key, beta, S = _zeros((B, L, H, K), (B, L, H, J, K), (B, L, H, J), (B, H, K, K))
    y, last, kept = triton.delta_forward(query, key, key, beta, S, rounding, 0)
    triton.delta_backward(query, key, key, beta, kept, y, last, rounding, 0)


def shift(rounding: str = "", B: int = 1, L: int = 128, s: int = 16, d: int = 64) -> None:
    """Launch the kernels of the shift scan, with boundaries of both kinds."""
    from ..kernels.shift import triton

    x, F, K, columns = _zeros((B, L, d), (s, d, d), (d, d), (B, s, d))
    triton.linear_forward(x, F, columns, rounding, 0)
    history = triton.attention_forward(x, K, K, K, columns, rounding, 0)
    triton.attention_backward(history, history, history, K, K, K, x)


CASES: Mapping[str, Callable[[], None]] = {
    f"{case.__name__}{' ' if text else ''}{text}": partial(
        case, parse_format(*text.split()).text if text else ""
    )
    for case in (selective, diagonal, delta, shift)
    for text in ("", "bf16", "e4m3 stochastic", "q3.4 stochastic")
}
"""What launches the kernels of an operation, by its name and the rounding."""


def table() -> Iterator[str]:
    """Yield a line a kernel."""
    for name, launch in CASES.items():
        with recorded() as launches:
            launch()
        for found in dict.fromkeys(launches):
            used = f"{found.warps:2} warps {found.registers:4} registers {found.spilled:4} spilled"
            yield f"{name:28} {found.kernel:16} {used}"


if __name__ == "__main__":
    for line in table():
        print(line, flush=True)
