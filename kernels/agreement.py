"""Every scan but the unitary one as a function of standard normal numbers, for checks of one backend by another.

`make gpu` compares them on a GPU with their float64 references; the tests do so on the CPU and interpreted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from .delta import DeltaState, delta_scan
from .diagonal import DiagonalState, diagonal_scan
from .selective import SelectiveState, selective_scan
from .shift import ShiftState, attention_shift_scan, shift_scan


class Agreement(NamedTuple):
    """An operation on words of one length.

    Attributes
    ----------
    shapes : tuple of shapes
        Of its inputs, standard normal numbers.
    scan : callable
        ``scan(inputs, backend)`` returns the outputs and the last state.
    """

    shapes: tuple[tuple[int, ...], ...]
    scan: Callable[[list[Tensor], str | None], list[Tensor]]


def selective(length: int, signed: bool = False, B: int = 2, D: int = 5, N: int = 3) -> Agreement:
    """Return the selective scan; steps are positive, eigenvalues of either range."""

    def scan(inputs: list[Tensor], backend: str | None) -> list[Tensor]:
        x, delta, A, Bs, Cs, skip, h = inputs
        steps, rates = torch.nn.functional.softplus(delta - 2), -torch.exp(A)
        state = SelectiveState(h)
        y, state = selective_scan(x, steps, rates, Bs, Cs, skip, state, signed=signed, backend=backend)
        return [y, state.h]

    word, token = (B, length, D), (B, length, N)
    return Agreement((word, word, (D, N), token, token, (D,), (B, D, N)), scan)


def diagonal(length: int, varies: bool = False, B: int = 2, M: int = 37) -> Agreement:
    """Return the diagonal scan, with moduli below 0.95.

    They are made here, in the dtype of the inputs: nearer 1, the last bit of a modulus would decide.
    """

    def scan(inputs: list[Tensor], backend: str | None) -> list[Tensor]:
        drive, place, h = inputs
        size = torch.linalg.vector_norm(place, dim=-1, keepdim=True)
        eigenvalues = 0.95 * place / size * (1 - torch.exp(-2 * size))
        states, state = diagonal_scan(drive, eigenvalues, DiagonalState(h), backend=backend)
        return [states, state.h]

    word = (B, length, M, 2)
    return Agreement((word, word if varies else (M, 2), (B, M, 2)), scan)


def delta(length: int, J: int = 2, B: int = 2, H: int = 2, K: int = 5, V: int = 7) -> Agreement:
    """Return the delta scan, with unit keys and strengths from 0 to 2."""

    def scan(inputs: list[Tensor], backend: str | None) -> list[Tensor]:
        query, key, value, beta, S = inputs
        unit = torch.nn.functional.normalize(key, dim=-1)
        y, state = delta_scan(query, unit, value, 2 * torch.sigmoid(beta), DeltaState(S), backend=backend)
        return [y, state.S]

    token = (B, length, H, J)
    return Agreement(((B, length, H, K), (*token, K), (*token, V), token, (B, H, K, V)), scan)


def shift(length: int, B: int = 2, s: int = 5, d: int = 3) -> Agreement:
    """Return the shift scan with a linear boundary that keeps the waves' size."""

    def scan(inputs: list[Tensor], backend: str | None) -> list[Tensor]:
        x, weights, columns = inputs
        y, state = shift_scan(x, weights / (2 * s * d) ** 0.5, ShiftState(columns), backend=backend)
        return [y, state.columns]

    return Agreement(((B, length, d), (s, d, d), (B, s, d)), scan)


def attention(length: int, B: int = 2, s: int = 5, d: int = 3) -> Agreement:
    """Return the shift scan with an attention boundary; steep ones would make it chaotic, and any error grow."""

    def scan(inputs: list[Tensor], backend: str | None) -> list[Tensor]:
        x, key, query, value, columns = inputs
        matrices = (0.3 * key, 0.3 * query, 0.3 * value)
        y, state = attention_shift_scan(x, *matrices, state=ShiftState(columns), backend=backend)
        return [y, state.columns]

    return Agreement(((B, length, d), *[(d, d)] * 3, (B, s, d)), scan)


AGREEMENTS: Mapping[str, Callable[[int], Agreement]] = {
    "selective": selective,
    "selective signed": lambda length: selective(length, signed=True),
    "diagonal": diagonal,
    "diagonal varying": lambda length: diagonal(length, varies=True),
    "delta": delta,
    "shift linear": shift,
    "shift attention": attention,
}
"""Every operation, by the length of its words."""


def odd_shapes() -> dict[str, Agreement]:
    """Return every operation at lengths and sizes that fill no block of a GPU kernel evenly."""
    found = {
        f"{name} L{length}": make(length)
        for name, make in AGREEMENTS.items()
        for length in (1, 2, 63, 100, 999)
    }
    return found | {
        "selective B40 L130 D70 N17": selective(130, B=40, D=70, N=17),
        "diagonal B40 L130 M300": diagonal(130, B=40, M=300),
        "delta B7 L130 J3 H3 K33 V70": delta(130, J=3, B=7, H=3, K=33, V=70),
        "shift linear B7 L130 s9 d33": shift(130, B=7, s=9, d=33),
        "shift attention B7 L130 s9 d33": attention(130, B=7, s=9, d=33),
    }


def everything(agreement: Agreement, dtype: torch.dtype, backend: str | None) -> list[Tensor]:
    """Return the outputs, the last state and the gradients of a random sum of both, on the CPU."""
    generator = torch.Generator().manual_seed(7)
    leaves = [
        torch.randn(shape, generator=generator).to(dtype).requires_grad_() for shape in agreement.shapes
    ]
    outputs = agreement.scan(leaves, backend)
    slopes = [torch.randn(output.shape, generator=generator).to(dtype) for output in outputs]
    return [*(output.detach() for output in outputs), *torch.autograd.grad(outputs, leaves, slopes)]


def largest_error(agreement: Agreement, backend: str | None) -> float:
    """Return the largest RMS(error) / RMS(value) in float32 of what `everything` returns, against the reference.

    Examples
    --------
    >>> largest_error(AGREEMENTS["diagonal"](63), "cpu") < 5e-6
    True
    """
    found = everything(agreement, torch.float32, backend)
    expected = everything(agreement, torch.float64, "reference")
    return max(
        float((a.double() - b).square().mean().sqrt() / b.square().mean().sqrt())
        for a, b in zip(found, expected, strict=True)
    )
