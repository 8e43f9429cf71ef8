"""The launches of the scans, recorded instead of run, to be compiled for a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..kernels.rounding import parse_format
from .builds import Build

TYPES = {torch.float32: "*fp32", torch.int32: "*i32", torch.int64: "*i64"}


@contextmanager
def recorded(label: str) -> Iterator[list[Build]]:
    """Collect what is launched meanwhile, as builds; nothing runs, outputs stay unwritten."""
    from triton.runtime.jit import JITFunction

    found: list[Build] = []

    def record(kernel: Any, *arguments: Any, grid: Any, warmup: bool, **named: Any) -> None:
        values = dict(zip(kernel.arg_names, arguments, strict=False)) | named
        types, constants = {}, {}
        for parameter in kernel.params:
            value = values.pop(parameter.name)
            if parameter.is_constexpr:
                constants[parameter.name] = value
            elif isinstance(value, int):
                types[parameter.name] = "i64" if parameter.name in ("first", "seed") else "i32"
            else:
                types[parameter.name] = TYPES[value.dtype]
        warps, registers = values.get("num_warps", 4), values.get("maxnreg")
        build = Build(f"{label} {kernel.__name__}", kernel, types, constants, warps, registers)
        if build not in found:
            found.append(build)

    run = JITFunction.run
    JITFunction.run = record
    try:
        yield found
    finally:
        JITFunction.run = run


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


def unitary(rounding: str, B: int = 1, L: int = 1024, D: int = 64, N: int = 16) -> None:
    """Launch the kernel of the unitary scan's direct form, driven and on a lattice, and as a rotor."""
    from ..kernels.unitary import triton_direct

    theta, drive, K, h = _zeros((B, L, N, D), (B, L, D), (2, N, D), (B, 2, N, D))
    lattice = torch.ones((N, D), dtype=torch.int32)
    triton_direct.direct(theta, drive, K, lattice, h, drive, rounding, 0)
    triton_direct.direct(theta, None, K, None, h, drive, rounding, 0)


CASES: Mapping[str, Callable[[], None]] = {
    f"{case.__name__}{' ' if text else ''}{text}": partial(
        case, parse_format(*text.split()).text if text else ""
    )
    for case in (unitary, selective, diagonal, delta, shift)
    for text in ("", "bf16", "e4m3 stochastic", "q3.4 stochastic")
    if text or case is not unitary
}
"""What launches the kernels of an operation, by its name and the rounding."""

QUICK = ["selective", "diagonal", "delta", "shift"]
"""The cases without rounding."""


def builds(names: list[str] | None = None) -> Iterator[Build]:
    """Yield the kernels of the named cases, by default of all."""
    for name in CASES if names is None else names:
        with recorded(name) as found:
            CASES[name]()
        yield from found
