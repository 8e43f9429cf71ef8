"""Number formats that a recurrent state can be rounded to after every step, and how it is rounded."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ...errors import RequestError
from ...names import lookup, unknown
from . import reference
from .compiled import round_rows
from .constants import MODES, Constants, fixed_constants, float_constants
from .random import row_words

OVERFLOWS = ("infinity", "saturate")
FORMATS = {
    "fp64": (11, 52),
    "fp32": (8, 23),
    "tf32": (8, 10),
    "bf16": (8, 7),
    "fp16": (5, 10),
    "e4m3": (4, 3),
    "e5m2": (5, 2),
}
"""Exponent and mantissa bits of the formats that have a name; ``e4m3`` is OCP's E4M3FN, which has no infinity."""
PATTERNS = ("eEmM", "qI.F", "turn/Q")


@dataclass(frozen=True)
class Format:
    """A number format and a manner of rounding to it; calling it rounds a tensor. See `parse_format`.

    Gradients pass through unchanged. NaN stays NaN.

    Attributes
    ----------
    name : str
        The name in a precision item, such as ``bf16``.
    kind : str
        ``float``, ``fixed`` or ``turn``.
    bits : tuple of int
        Exponent and mantissa bits; integer and fraction bits; or (Q,), for multiples of 1/Q turn.
    mode : str
        ``nearest`` (ties to even), ``zero`` or ``stochastic``.
    overflow : str
        ``infinity`` or ``saturate`` (infinities become the largest value also).
    seed : int
        Of stochastic rounding.
    tree : bool
        Whether a scan composes its steps in a tree (`tree_scan`) and rounds what it composes.

    Examples
    --------
    >>> parse_format("bf16")(torch.tensor([1.0, 1.001, 3.14159]))
    tensor([1.0000, 1.0000, 3.1406])
    """

    name: str
    kind: str
    bits: tuple[int, ...]
    mode: str = "nearest"
    overflow: str = "infinity"
    seed: int = 0
    tree: bool = False

    @property
    def largest(self) -> float:
        """The largest finite value."""
        if self.kind == "fixed":
            return 2.0 ** self.bits[0] - 2.0 ** -self.bits[1]
        if self.kind == "turn":
            return math.inf
        exponent, mantissa = self.bits
        if self.name == "e4m3":
            return 448.0
        return math.ldexp(2 - 2.0**-mantissa, 2 ** (exponent - 1) - 1)

    @property
    def dtype(self) -> torch.dtype:
        """The narrowest of float32 and float64 that holds every value."""
        if self.kind == "float":
            wide = self.bits[0] > 8 or self.bits[1] > 23
        else:
            wide = self.kind == "fixed" and sum(self.bits) > 24
        return torch.float64 if wide else torch.float32

    @property
    def text(self) -> str:
        """Everything about the format in one string, which a torch op can take; see `format_of`."""
        return f"{self.name} {self.mode} {self.overflow} {self.seed}"

    def changes(self, dtype: torch.dtype) -> bool:
        """Return whether rounding may change a number of the dtype."""
        wide = (11, 52) if dtype == torch.float64 else (8, 23)
        return self.kind != "float" or self.bits[0] < wide[0] or self.bits[1] < wide[1]

    def constants(self, dtype: torch.dtype) -> Constants | None:
        """Return what a compiled recurrence on numbers of the dtype needs; None where there is nothing to do.

        Raises
        ------
        RequestError
            Where the dtype cannot hold the format's values, or the format is one of phases.
        """
        return _constants(self, dtype)

    def __call__(self, values: Tensor, step: int | None = None) -> Tensor:
        """Return `values` rounded, in the dtype they came in.

        Parameters
        ----------
        values : Tensor, float32 or float64
            The first dimension counts rows: states of different words.
        step : int, optional
            The number of the step, which stochastic rounding draws by.

        Raises
        ------
        RequestError
            For stochastic rounding without a step, and as `constants` does.
        """
        if not self.changes(values.dtype):
            return values
        if self.mode == "stochastic" and step is None:
            raise RequestError("stochastic rounding without a step: expected the number of the step")
        return _Round.apply(values, self, step or 0)  # type: ignore[no-any-return, no-untyped-call]


class _Round(torch.autograd.Function):
    """Rounding with the gradient of the identity."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, format: Format, step: int) -> Tensor:
        if format.kind != "turn":
            constants = format.constants(values.dtype)
            assert constants is not None
            if values.device.type == "cpu" and values.dtype in (torch.float32, torch.float64):
                found = values.detach().contiguous().clone()
                rows = len(values) if values.dim() > 1 else 1
                if values.numel():
                    round_rows(found.view(rows, -1).numpy(), *constants, step)
                return found
        return round_slowly(format, values, step)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient, None, None


def round_slowly(format: Format, values: Tensor, step: int = 0) -> Tensor:
    """Return what the format makes of `values`, by plain arithmetic in float64 on any device.

    Examples
    --------
    >>> round_slowly(parse_format("q1.2"), torch.tensor([0.3, 5.0]))
    tensor([0.2500, 1.7500])
    """
    words = None
    if format.mode == "stochastic":
        rows = len(values) if values.dim() > 1 else 1
        drawn = row_words(rows, values.numel() // max(rows, 1), step, format.seed)
        words = torch.from_numpy(drawn.astype("int64")).view(values.shape).to(values.device)
    first, *rest = format.bits
    if format.kind == "fixed":
        return reference.round_fixed(values, first, rest[0], format.mode, words)
    if format.kind == "turn":
        return reference.round_turn(values, first, format.mode, words)
    return reference.round_float(values, first, rest[0], format.largest, format.mode, _over(format), words)


def _over(format: Format) -> float:
    if format.overflow == "saturate":
        return format.largest
    return math.nan if format.name == "e4m3" else math.inf


@cache
def _constants(format: Format, dtype: torch.dtype) -> Constants | None:
    if format.kind == "turn":
        raise RequestError(
            f"format {format.name} is one of phases: expected a format of numbers, such as bf16"
        )
    if not format.changes(dtype):
        return None
    own = str(dtype).removeprefix("torch.")
    first, second = format.bits
    if format.kind == "fixed":
        return fixed_constants(first, second, format.mode, format.seed, own)
    if dtype != torch.float64 and format.dtype == torch.float64:
        raise RequestError(f"format {format.name} on {own}: expected float64, which holds its values")
    return float_constants(first, second, format.largest, format.mode, _over(format), format.seed, own)


@cache
def parse_format(name: str, mode: str = "nearest", overflow: str | None = None, seed: int = 0) -> Format:
    """Return the format called `name`.

    Parameters
    ----------
    name : str
        ``fp64 fp32 tf32 bf16 fp16``; ``e4m3`` (OCP E4M3FN, saturating); ``e5m2``; any ``eEmM``, E exponent and
        M mantissa bits as in IEEE 754; ``qI.F``, fixed point with I bits before and F after the point and a sign;
        ``turn/Q``, phases that are multiples of 1/Q turn.
    mode : str
        ``nearest`` (ties to even), ``zero`` (toward zero) or ``stochastic`` (up or down in proportion to the
        distance; the bits drawn depend on the seed, the row, the element and the step only).
    overflow : str, optional
        ``infinity`` or ``saturate``; by default as the format is defined: ``e4m3`` and fixed point saturate. In
        ``e4m3``, which has no infinity, ``infinity`` is NaN.
    seed : int
        Of stochastic rounding, from 0 to 2^64 - 1.

    Raises
    ------
    RequestError
        Where there is none; the message names the nearest.

    Examples
    --------
    >>> parse_format("e4m3").largest, parse_format("e4m2").largest, parse_format("q3.4").largest
    (448.0, 224.0, 7.9375)
    >>> parse_format("fp16", overflow="saturate")(torch.tensor([1e9])).item()
    65504.0
    """
    lookup("rounding mode", mode, dict.fromkeys(MODES))
    if overflow is not None:
        lookup("overflow", overflow, dict.fromkeys(OVERFLOWS))
    if not 0 <= seed < 2**64:
        raise RequestError(f"seed is {seed}: expected a whole number from 0 to 2^64 - 1")
    kind, bits = _kind(name)
    if kind == "fixed" and overflow == "infinity":
        raise RequestError(
            f"overflow of {name} is 'infinity': expected 'saturate', fixed point has no infinity"
        )
    saturates = name == "e4m3" or kind == "fixed"
    return Format(name, kind, bits, mode, overflow or ("saturate" if saturates else "infinity"), seed)


def format_of(text: str) -> Format | None:
    """Return the format whose `Format.text` this is; None for the empty string.

    Examples
    --------
    >>> format_of(parse_format("bf16", "zero").text) == parse_format("bf16", "zero")
    True
    """
    if not text:
        return None
    name, mode, overflow, seed = text.split()
    return parse_format(name, mode, overflow, int(seed))


def _kind(name: str) -> tuple[str, tuple[int, ...]]:
    if name in FORMATS:
        return "float", FORMATS[name]
    if match := re.fullmatch(r"e(\d{1,3})m(\d{1,3})", name):
        exponent, mantissa = int(match[1]), int(match[2])
        if not (2 <= exponent <= 11 and 1 <= mantissa <= 52):
            raise RequestError(
                f"number format {name!r}: expected eEmM with E from 2 to 11 and M from 1 to 52"
            )
        return "float", (exponent, mantissa)
    if match := re.fullmatch(r"q(\d{1,3})\.(\d{1,3})", name):
        integer, fraction = int(match[1]), int(match[2])
        if not 1 <= integer + fraction <= 52:
            raise RequestError(f"number format {name!r}: expected qI.F with I + F from 1 to 52")
        return "fixed", (integer, fraction)
    if match := re.fullmatch(r"turn/(\d{1,10})", name):
        lattice = int(match[1])
        if not 1 <= lattice < 2**31:
            raise RequestError(f"number format {name!r}: expected turn/Q with Q from 1 to 2^31 - 1")
        return "turn", (lattice,)
    raise unknown("number format", name, [*FORMATS, *PATTERNS])
