"""Shapes, dtypes and devices of an operation's arguments: the message names the argument and what was expected."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..errors import RequestError

Expected = tuple[Tensor, tuple[int, ...], str]
"""A tensor, the shape it must have, and the same in letters, such as ``(B, L, D)``."""


def leading(name: str, tensor: Tensor, letters: str) -> None:
    """Refuse a tensor without the dimensions that all other shapes are taken from, or with none to scan.

    Parameters
    ----------
    name : str
    tensor : Tensor
    letters : str
        The shape, such as ``(B, L, N, D)``; L, and every other size but B, must be at least 1.

    Raises
    ------
    RequestError

    Examples
    --------
    >>> leading("x", torch.zeros(2, 0, 3), "(B, L, D)")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: x has shape (2, 0, 3): expected (B, L, D) with L at least 1
    """
    names = letters.strip("()").split(", ")
    wrong = tensor.dim() != len(names)
    empty = next((n for n, size in zip(names, tensor.shape, strict=False) if size == 0 and n != "B"), "L")
    if wrong or 0 in tensor.shape[1:]:
        raise RequestError(
            f"{name} has shape {tuple(tensor.shape)}: expected {letters} with {empty} at least 1"
        )


def shapes(expected: Mapping[str, Expected]) -> None:
    """Refuse the first tensor whose shape is not the one expected.

    Raises
    ------
    RequestError

    Examples
    --------
    >>> shapes({"x": (torch.zeros(2, 3), (2, 4), "(B, D)")})
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: x has shape (2, 3): expected (2, 4) = (B, D)
    """
    for name, (tensor, shape, letters) in expected.items():
        if tuple(tensor.shape) != shape:
            raise RequestError(f"{name} has shape {tuple(tensor.shape)}: expected {shape} = {letters}")


def alike(tensors: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not floating-point, or not of the first one's dtype and device.

    Under autocast the dtypes may differ, since every operation then computes in float32.

    Raises
    ------
    RequestError

    Examples
    --------
    >>> alike({"x": torch.zeros(2), "A": torch.zeros(2, dtype=torch.float64)})
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: A is torch.float64 on cpu: expected torch.float32 on cpu, as x is
    """
    first, model = next(iter(tensors.items()))
    free = torch.is_autocast_enabled(model.device.type)
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or (tensor.dtype.itemsize < 4 and not free):
            raise RequestError(
                f"{name} has shape {tuple(tensor.shape)} and dtype {tensor.dtype}: "
                "expected torch.float32 or torch.float64"
            )
        if tensor.device != model.device or (tensor.dtype != model.dtype and not free):
            raise RequestError(
                f"{name} is {tensor.dtype} on {tensor.device}: "
                f"expected {model.dtype} on {model.device}, as {first} is"
            )


def integers(name: str, tensor: Tensor, dtype: torch.dtype, device: torch.device) -> None:
    """Refuse a tensor of another integer dtype or on another device.

    Raises
    ------
    RequestError
    """
    if tensor.dtype != dtype or tensor.device != device:
        raise RequestError(f"{name} is {tensor.dtype} on {tensor.device}: expected {dtype} on {device}")
