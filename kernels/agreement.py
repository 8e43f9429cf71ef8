"""How far a scan is from its float64 reference on a device: outputs, the last state and every gradient.

`make gpu` runs these checks on a GPU; the tests run them with Triton's interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from .delta import DeltaState, delta_scan
from .delta.reference import delta_scan_reference
from .diagonal import DiagonalState, diagonal_scan
from .diagonal.reference import diagonal_scan_reference
from .selective import SelectiveState, selective_scan
from .selective.reference import selective_scan_reference
from .shift import ShiftState, attention_shift_scan, shift_scan
from .shift.reference import attention_boundary, linear_boundary, shift_scan_reference

Call = Callable[..., tuple[Tensor, Tensor]]


def relative_error(found: Tensor, expected: Tensor) -> float:
    """Return RMS(found - expected) / RMS(expected).

    Examples
    --------
    >>> relative_error(torch.tensor([3.0, 4.5]), torch.tensor([3.0, 4.0]))
    0.1
    """
    difference = found.double().cpu() - expected.double().cpu()
    return float(difference.square().mean().sqrt() / expected.double().square().mean().sqrt())


def largest_error(inputs: list[Tensor], scan: Call, reference: Call, device: str) -> float:
    """Return the largest relative error of what a scan returns in float32, and of all its gradients.

    Parameters
    ----------
    inputs : list of Tensor
        Of the CPU, float32.
    scan, reference : callable
        From the inputs to an output and a last state; the reference gets float64.
    device : str
    """
    ours = [tensor.to(device).requires_grad_() for tensor in inputs]
    theirs = [tensor.double().requires_grad_() for tensor in inputs]
    found, expected = scan(*ours), reference(*theirs)
    weights = [torch.randn(part.shape, generator=torch.Generator().manual_seed(1)) for part in expected]

    def gradients(parts: tuple[Tensor, ...], leaves: list[Tensor]) -> tuple[Tensor, ...]:
        pairs = zip(parts, weights, strict=True)
        loss = torch.stack([(part * weight.to(part)).sum() for part, weight in pairs]).sum()
        return torch.autograd.grad(loss, leaves)

    pairs = zip((*found, *gradients(found, ours)), (*expected, *gradients(expected, theirs)), strict=True)
    return max(relative_error(a.detach(), b.detach()) for a, b in pairs)


def _draw(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def selective_error(device: str, length: int, signed: bool = False) -> float:
    """Return the largest error of the selective scan on words of `length`; see `largest_error`."""
    B, D, N = 2, 5, 3
    shapes = ((B, length, D), (B, length, D), (D, N), (B, length, N), (B, length, N), (D,), (B, D, N))
    x, delta, A, *rest = _draw(length, *shapes)
    inputs = [x, torch.nn.functional.softplus(delta - 2), -torch.exp(A), *rest]

    def scan(*tensors: Tensor) -> tuple[Tensor, Tensor]:
        x, delta, A, B, C, skip, h = tensors
        y, state = selective_scan(x, delta, A, B, C, skip, SelectiveState(h), signed=signed)
        return y, state.h

    return largest_error(inputs, scan, lambda *tensors: selective_scan_reference(*tensors, signed), device)


def diagonal_error(device: str, length: int, varies: bool = False) -> float:
    """Return the largest error of the diagonal scan on words of `length`; see `largest_error`."""
    B, M = 2, 37
    drive, place, h = _draw(length, (B, length, M, 2), ((B, length) if varies else ()) + (M, 2), (B, M, 2))
    # Of modulus below 1, most of them near 1.
    size = torch.linalg.vector_norm(place, dim=-1, keepdim=True)
    inputs = [drive, place / size * (1 - torch.exp(-2 * size)), h]

    def scan(drive: Tensor, factors: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        states, state = diagonal_scan(drive, factors, DiagonalState(h))
        return states, state.h

    return largest_error(inputs, scan, diagonal_scan_reference, device)


def delta_error(device: str, length: int, reflections: int = 2) -> float:
    """Return the largest error of the delta scan on words of `length`; see `largest_error`."""
    B, H, K, V = 2, 2, 5, 7
    tokens = (B, length, H, reflections)
    query, key, value, beta, S = _draw(
        length, (B, length, H, K), (*tokens, K), (*tokens, V), tokens, (B, H, K, V)
    )
    inputs = [query, torch.nn.functional.normalize(key, dim=-1), value, 2 * torch.sigmoid(beta), S]

    def scan(*tensors: Tensor) -> tuple[Tensor, Tensor]:
        *tokens, S = tensors
        y, state = delta_scan(tokens[0], tokens[1], tokens[2], tokens[3], DeltaState(S))
        return y, state.S

    return largest_error(inputs, scan, delta_scan_reference, device)


def shift_error(device: str, length: int) -> float:
    """Return the largest error of the shift scan with a linear boundary; see `largest_error`."""
    B, s, d = 2, 5, 3
    x, weights, columns = _draw(length, (B, length, d), (s, d, d), (B, s, d))
    inputs = [x, weights / (2 * s * d) ** 0.5, columns]

    def scan(x: Tensor, weights: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        y, state = shift_scan(x, weights, ShiftState(columns))
        return y, state.columns

    def reference(x: Tensor, weights: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        return shift_scan_reference(x, linear_boundary(weights), columns)

    return largest_error(inputs, scan, reference, device)


def attention_shift_error(device: str, length: int) -> float:
    """Return the largest error of the shift scan with an attention boundary; see `largest_error`."""
    B, s, d = 2, 5, 3
    x, key, query, value, columns = _draw(length, (B, length, d), (d, d), (d, d), (d, d), (B, s, d))
    # Steeper softmaxes make the map chaotic, and any error grow.
    inputs = [x, 0.3 * key, 0.3 * query, 0.3 * value, columns]

    def scan(x: Tensor, key: Tensor, query: Tensor, value: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        y, state = attention_shift_scan(x, key, query, value, state=ShiftState(columns))
        return y, state.columns

    def reference(x: Tensor, *matrices: Any) -> tuple[Tensor, Tensor]:
        return shift_scan_reference(x, attention_boundary(*matrices[:3]), matrices[3])

    return largest_error(inputs, scan, reference, device)


CHECKS: Mapping[str, Callable[[str, int], float]] = {
    "selective": selective_error,
    "selective signed": lambda device, length: selective_error(device, length, signed=True),
    "diagonal": diagonal_error,
    "diagonal varying": lambda device, length: diagonal_error(device, length, varies=True),
    "delta": delta_error,
    "shift linear": shift_error,
    "shift attention": attention_shift_error,
}
"""The largest error of every operation, by device and length of the words."""
