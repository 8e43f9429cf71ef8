"""The rounding of a recurrence's state after every step, as its compiled loop takes it."""

from __future__ import annotations

from typing import Any

import torch

from ...errors import RequestError
from .compiled import row_rounder
from .constants import Constants, empty_constants
from .formats import Format, format_of


def rounding_text(rounding: Format | None, dtype: torch.dtype) -> str:
    """Return `Format.text`, or the empty string where numbers of the dtype need no rounding.

    Raises
    ------
    RequestError
        Where a state of the dtype cannot be rounded so, or only step after step.

    Examples
    --------
    >>> from krohn.kernels import parse_format
    >>> rounding_text(parse_format("bf16"), torch.float32), rounding_text(parse_format("fp32"), torch.float32)
    ('bf16 nearest infinity 0', '')
    """
    if rounding is None or rounding.constants(dtype) is None:
        return ""
    if rounding.tree:
        raise RequestError(
            "a scan that is not diagonal cannot be rounded in a tree: expected steps one after another"
        )
    return rounding.text


def compiled_arguments(text: str, dtype: torch.dtype) -> tuple[bool, Any, Any, Any]:
    """Return whether to round, the integers and floats of `Constants`, and the `row_rounder`."""
    own = str(dtype).removeprefix("torch.")
    rounding = format_of(text)
    constants: Constants | None = rounding.constants(dtype) if rounding else None
    integers, floats = constants or empty_constants(own)
    return constants is not None, integers, floats, row_rounder(own)
