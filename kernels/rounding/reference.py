"""Rounding by arithmetic in float64, the definition: x / quantum to an integer, and back."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def to_integer(scaled: Tensor, mode: str, words: Tensor | None) -> Tensor:
    """Return non-negative numbers as integers (in float64): the nearest, the one below, or one of both at random.

    Parameters
    ----------
    scaled : Tensor, float64
    mode : str
        ``nearest`` (ties to even), ``zero`` or ``stochastic``.
    words : Tensor, int64, optional
        32 random bits an element, for ``stochastic``: their upper 24 bits are compared with the fraction.
    """
    below = torch.floor(scaled)
    if mode == "zero":
        return below
    if mode == "nearest":
        return torch.round(scaled)
    assert words is not None
    return below + ((words >> 8).double() * 2.0**-24 < scaled - below)


def round_float(
    values: Tensor, exponent: int, mantissa: int, largest: float, mode: str, over: float, words: Tensor | None
) -> Tensor:
    """Round to a floating-point format.

    Parameters
    ----------
    values : Tensor
    exponent, mantissa : int
        Bits.
    largest : float
        The largest finite value.
    mode : str
        ``nearest``, ``zero`` or ``stochastic``.
    over : float
        What a magnitude beyond `largest` becomes; toward zero a finite one becomes `largest` instead.
    words : Tensor, int64, shape of values, optional
        32 random bits an element, for ``stochastic``.

    Returns
    -------
    Tensor
        Shape and dtype of `values`; NaN stays NaN.

    Examples
    --------
    >>> round_float(torch.tensor([1.0, 1.06, 1.07]), 4, 3, 448.0, "nearest", 448.0, None)
    tensor([1.0000, 1.0000, 1.1250])
    """
    size = values.double().abs()
    least = 2 - 2 ** (exponent - 1)
    # frexp: size = m 2^e with m in [1/2, 1)
    scale = torch.clamp(torch.frexp(size)[1].long() - 1, min=least) - mantissa
    scaled = torch.ldexp(torch.where(size.isfinite(), size, 0.0), -scale)
    if mode == "stochastic" and words is not None:
        own_exponent, own_mantissa = (8, 23) if values.dtype == torch.float32 else (11, 52)
        even = (size < 2.0**least) & (exponent < own_exponent)
        cut = _cut(scaled, own_mantissa - mantissa, words)
        whole = torch.where(even, to_integer(scaled, mode, words), cut)
    else:
        whole = to_integer(scaled, mode, words)
    rounded = torch.ldexp(whole, scale)
    bound = torch.full_like(rounded, largest if mode == "zero" else over)
    rounded = torch.where(rounded > largest, bound, rounded)
    rounded = torch.where(size.isinf(), torch.full_like(rounded, over), rounded)
    return torch.where(values.isnan(), values, torch.copysign(rounded, values.double()).to(values.dtype))


def _cut(scaled: Tensor, drop: int, words: Tensor) -> Tensor:
    # Unless the format's values lie evenly there: the top bits of the word are added to the bits that the format
    # has not, which are then cut.
    noise = words << (drop - 32) if drop > 32 else words >> (32 - drop)
    below = torch.floor(scaled)
    rest = ((scaled - below) * 2.0**drop).long()
    up: Tensor = (rest + noise >= 2**drop).double()
    return below + up


def round_fixed(values: Tensor, integer: int, fraction: int, mode: str, words: Tensor | None) -> Tensor:
    """Round to multiples of 2^-fraction from -2^integer to 2^integer - 2^-fraction, saturating.

    Parameters
    ----------
    values : Tensor
    integer, fraction : int
        Bits before and after the point; the sign is one more.
    mode : str
        ``nearest``, ``zero`` or ``stochastic``.
    words : Tensor, int64, shape of values, optional
        32 random bits an element, for ``stochastic``.

    Examples
    --------
    >>> round_fixed(torch.tensor([0.3, -9.0, 9.0]), 2, 2, "nearest", None)
    tensor([ 0.2500, -4.0000,  3.7500])
    """
    # A float32 cannot hold every bound: the last value that it holds is as far as it goes.
    bound = torch.tensor(2.0**integer - 2.0**-fraction, dtype=torch.float64)
    high = bound.to(values.dtype)
    if high.double() > bound:
        high = torch.nextafter(high, torch.zeros_like(high))
    clipped = torch.clamp(values.double(), -(2.0**integer), high.item())
    whole = to_integer(clipped.abs() * 2.0**fraction, mode, words)
    signed = torch.copysign(whole * 2.0**-fraction, clipped) + 0.0  # there is one zero
    return torch.where(values.isnan(), values, signed.to(values.dtype))


def round_turn(values: Tensor, lattice: int, mode: str, words: Tensor | None) -> Tensor:
    """Round turns to multiples of 1/lattice.

    Examples
    --------
    >>> round_turn(torch.tensor([0.34, -0.6]), 3, "nearest", None)
    tensor([ 0.3333, -0.6667])
    """
    whole = to_integer(values.double().abs() * lattice, mode, words)
    return torch.where(
        values.isfinite(), torch.copysign(whole / lattice, values.double()).to(values.dtype), math.nan
    )
