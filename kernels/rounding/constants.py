"""What a compiled recurrence must know to round a float32 or float64 number to a format."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MODES = ("nearest", "zero", "stochastic")

MODE, DROP, BIAS, ODD, MASK, TINY, TOP, OVER, OVER_INFINITE, FIXED = range(10)
SIGN, INFINITE, SEED_LOW, SEED_HIGH, LANES = range(10, 15)
"""Where each integer lies in `Constants.integers`."""
MAGIC, QUANTUM, SCALE, LOWEST, HIGHEST = range(5)
"""Where each float lies in `Constants.floats`."""


class Constants(NamedTuple):
    """Numbers that steer the bit operations, for one width of float.

    A finite magnitude x with bits u rounds to nearest as ``(u + BIAS + (u >> DROP & ODD)) & MASK``; below TINY,
    where the format's values lie evenly QUANTUM apart, as ``(x + MAGIC) - MAGIC``; above TOP, the bits of the
    largest finite value, it becomes OVER (OVER_INFINITE where it was infinite already). A fixed-point number is
    clipped to LOWEST and HIGHEST and rounded as x · SCALE to an integer.

    Attributes
    ----------
    integers : ndarray, shape (15,), uint32 or uint64
    floats : ndarray, shape (5,), float32 or float64
    """

    integers: NDArray[Any]
    floats: NDArray[Any]


class _Carrier(NamedTuple):
    real: type[np.floating[Any]]
    unsigned: type[np.unsignedinteger[Any]]
    exponent: int
    mantissa: int


_CARRIERS = {
    np.dtype(np.float32): _Carrier(np.float32, np.uint32, 8, 23),
    np.dtype(np.float64): _Carrier(np.float64, np.uint64, 11, 52),
}


def float_constants(
    exponent: int, mantissa: int, largest: float, mode: str, over: float, seed: int, dtype: NDArray[Any] | Any
) -> Constants:
    """Return the constants of a floating-point format.

    Parameters
    ----------
    exponent, mantissa : int
        Bits; no more of either than `dtype` has.
    largest : float
        The largest finite value.
    mode : str
        One of `MODES`.
    over : float
        What a magnitude beyond `largest` becomes: infinity, NaN or `largest` again.
    seed : int
        Of stochastic rounding; 64 bits.
    dtype : dtype
        float32 or float64: what the numbers to be rounded are held in.
    """
    carrier = _CARRIERS[np.dtype(dtype)]
    drop = carrier.mantissa - mantissa
    least = 2 - 2 ** (exponent - 1)  # exponent of the smallest normal value
    # As many exponents as the carrier: its own subnormals are the format's, and lose the same bits.
    shared = exponent == carrier.exponent
    quantum = 0.0 if shared else 2.0 ** (least - mantissa)
    top, over_bits = _bits(carrier, largest), _bits(carrier, over)
    integers = {
        MODE: MODES.index(mode),
        DROP: drop,
        BIAS: 2 ** (drop - 1) - 1 if drop else 0,
        ODD: int(drop > 0),
        MASK: 2 ** (8 * carrier.real().itemsize) - 2**drop,
        TINY: 0 if shared else _bits(carrier, 2.0**least),
        TOP: top,
        OVER: top if mode == "zero" else over_bits,
        OVER_INFINITE: over_bits,
        FIXED: 0,
    }
    floats = {MAGIC: quantum * 2.0**carrier.mantissa, QUANTUM: quantum, SCALE: 0.0 if shared else 1 / quantum}
    return _pack(carrier, integers, floats, seed)


def fixed_constants(integer: int, fraction: int, mode: str, seed: int, dtype: Any) -> Constants:
    """Return the constants of a signed fixed-point format of 1 + `integer` + `fraction` bits, saturating."""
    carrier = _CARRIERS[np.dtype(dtype)]
    exact = 2.0**integer - 2.0**-fraction
    highest = carrier.real(exact)
    if float(highest) > exact:
        highest = np.nextafter(highest, carrier.real(0))
    floats = {
        MAGIC: 2.0**carrier.mantissa,
        QUANTUM: 2.0**-fraction,
        SCALE: 2.0**fraction,
        LOWEST: -(2.0**integer),
        HIGHEST: float(highest),
    }
    return _pack(carrier, {MODE: MODES.index(mode), FIXED: 1}, floats, seed)


def empty_constants(dtype: Any) -> Constants:
    """Return constants to pass where nothing is rounded."""
    return _pack(_CARRIERS[np.dtype(dtype)], {}, {}, 0)


def _bits(carrier: _Carrier, value: float) -> int:
    return int(np.abs(carrier.real(value)).view(carrier.unsigned))


def _pack(carrier: _Carrier, integers: dict[int, int], floats: dict[int, float], seed: int) -> Constants:
    whole, real = np.zeros(15, carrier.unsigned), np.zeros(5, carrier.real)
    for place, number in integers.items():
        whole[place] = number
    for place, value in floats.items():
        real[place] = value
    whole[SIGN], whole[INFINITE] = 2 ** (8 * whole.itemsize - 1), _bits(carrier, math.inf)
    whole[SEED_LOW], whole[SEED_HIGH] = seed & 0xFFFFFFFF, seed >> 32
    whole[LANES] = 16
    return Constants(whole, real)
