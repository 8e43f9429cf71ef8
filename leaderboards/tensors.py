"""What a safetensors file says it holds, checked before a tensor of it is loaded.

The format: 8 bytes with the length of a header (little-endian), the header in JSON, and the tensors' bytes without a
gap. A pickle has no place in it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DamagedFileError
from .intake import parse_json

LARGEST_HEADER = 1 << 20
MOST_TENSORS = 4096
MOST_DIMENSIONS = 8
MOST_PARAMETERS = 1 << 28
"""Numbers in all tensors together."""
SIZES = {
    **dict.fromkeys(("BOOL", "U8", "I8"), 1),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
}
FLOATS: dict[str, np.dtype[Any]] = {
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "C64": np.dtype("<f4"),
}
NAME = re.compile(r"[A-Za-z0-9_.\-]{1,200}")


@dataclass(frozen=True)
class Tensor:
    """What a header says of one tensor.

    Attributes
    ----------
    dtype : str
        As safetensors writes it, such as ``F32``.
    shape : tuple of int
    begin, end : int
        Its bytes, counted from the header's end.
    """

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def tensors_of(data: bytes, path: Path | str) -> dict[str, Tensor]:
    """Return what a file's header says, every number of it checked against the bytes that are there.

    Raises
    ------
    DamagedFileError
        For a header too long, names, dtypes or shapes that no model has, gaps, overlaps, too many numbers, or a number
        that is not finite.
    """

    def wrong(what: str) -> DamagedFileError:
        return DamagedFileError(f"{path} is damaged: {what}")

    if len(data) < 8:
        raise wrong(f"{len(data)} bytes are no safetensors file")
    size = int.from_bytes(data[:8], "little")
    if size > LARGEST_HEADER:
        raise wrong(f"its header would have {size:,} bytes: expected at most {LARGEST_HEADER:,}")
    if size > len(data) - 8:
        raise wrong(f"its header would have {size:,} bytes, {len(data) - 8:,} are there")
    header = parse_json(data[8 : 8 + size].rstrip(b" "), path)
    if not isinstance(header, dict):
        raise wrong("its header is no object")
    header.pop("__metadata__", None)
    if not 1 <= len(header) <= MOST_TENSORS:
        raise wrong(f"it has {len(header):,} tensors: expected 1 to {MOST_TENSORS:,}")
    found = {name: _tensor(name, entry, wrong) for name, entry in header.items()}
    position = 0
    for name, tensor in sorted(found.items(), key=lambda item: item[1].begin):
        if tensor.begin != position:
            raise wrong(f"tensor {name} begins at byte {tensor.begin:,}, expected {position:,}")
        position = tensor.end
    if position != len(data) - 8 - size:
        raise wrong(f"its tensors have {position:,} bytes, {len(data) - 8 - size:,} are there")
    parameters = sum(math.prod(tensor.shape) for tensor in found.values())
    if parameters > MOST_PARAMETERS:
        raise wrong(f"it has {parameters:,} numbers: expected at most {MOST_PARAMETERS:,}")
    for name, tensor in found.items():
        begin = 8 + size + tensor.begin
        if not _finite(tensor.dtype, memoryview(data)[begin : 8 + size + tensor.end]):
            raise wrong(f"tensor {name} holds NaN or infinity: expected finite weights")
    return found


def _tensor(name: str, entry: Any, wrong: Any) -> Tensor:
    if not NAME.fullmatch(name):
        raise wrong(f"tensor {ascii(name)[:80]}: expected a name of letters, digits and dots")
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise wrong(f"tensor {name}: expected dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in SIZES:
        raise wrong(f"tensor {name} has dtype {ascii(dtype)[:40]}: expected one of {', '.join(SIZES)}")
    if not _counts(shape) or len(shape) > MOST_DIMENSIONS:
        raise wrong(
            f"tensor {name} has shape {ascii(shape)[:80]}: expected at most {MOST_DIMENSIONS} whole numbers"
        )
    if not _counts(offsets) or len(offsets) != 2:
        raise wrong(f"tensor {name} has data_offsets {ascii(offsets)[:80]}: expected two whole numbers")
    begin, end = offsets
    if end - begin != math.prod(shape) * SIZES[dtype]:
        raise wrong(
            f"tensor {name} of shape {shape} has {end - begin:,} bytes: expected {dtype} for each number"
        )
    return Tensor(dtype, tuple(shape), begin, end)


def _counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**40 for value in values)


def _finite(dtype: str, data: memoryview) -> bool:
    if dtype == "BF16":  # the upper half of a float32: finite where its 8 bits of exponent are not all ones
        bits = np.frombuffer(data, "<u2")
        return not bool(((bits & 0x7F80) == 0x7F80).any())
    return dtype not in FLOATS or bool(np.isfinite(np.frombuffer(data, FLOATS[dtype])).all())
