"""One-instruction compiled helpers that numba lacks: the bits of a float, and integers that keep their width."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

_UNSIGNED = {types.float32: types.uint32, types.float64: types.uint64}
_FLOATS = {unsigned: real for real, unsigned in _UNSIGNED.items()}


def _cast(table: dict[Any, Any], given: Any) -> tuple[Any, Any]:
    if given not in table:
        raise TypingError(f"no cast of {given}: expected one of {', '.join(map(str, table))}")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))

    return table[given](given), generate


@intrinsic  # type: ignore[untyped-decorator]
def bits_of(_context: Any, real: Any) -> tuple[Any, Any]:
    """Return the bits of a float32 as uint32, of a float64 as uint64."""
    return _cast(_UNSIGNED, real)


@intrinsic  # type: ignore[untyped-decorator]
def float_of(_context: Any, bits: Any) -> tuple[Any, Any]:
    """Return the float32 or float64 with these bits."""
    return _cast(_FLOATS, bits)


@intrinsic  # type: ignore[untyped-decorator]
def right(_context: Any, bits: Any, count: Any) -> tuple[Any, Any]:
    """Return bits shifted right by fewer than there are: numba shifts in 64-bit lanes, for counts may be greater."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, by = arguments
        return builder.lshr(whole, builder.and_(by, whole.type(whole.type.width - 1)))

    return bits(bits, bits), generate


@intrinsic  # type: ignore[untyped-decorator]
def like(_context: Any, value: Any, model: Any) -> tuple[Any, Any]:
    """Return a number in the type of `model`: numba widens 32-bit arithmetic to 64 bits, half the lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.cast(builder, arguments[0], value, model)

    return model(value, model), generate
