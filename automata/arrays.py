"""Checked, read-only arrays: what every value object of this folder is made of."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RequestError


def whole_numbers(what: str, given: ArrayLike, dimensions: int) -> NDArray[np.integer]:
    """Return `given` as an integer array with so many dimensions.

    Raises
    ------
    RequestError
        Where it is ragged, holds anything but whole numbers, or has another shape.

    Examples
    --------
    >>> whole_numbers("table", [[0, 1]], 2).shape
    (1, 2)
    >>> whole_numbers("table", [0.5], 1)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: table holds float64: expected whole numbers
    """
    try:
        array = np.asarray(given)
    except ValueError:
        raise RequestError(f"{what} has rows of different lengths: expected an array") from None
    if array.ndim != dimensions:
        raise RequestError(f"{what} has shape {array.shape}: expected {dimensions} dimensions")
    if array.size == 0 and array.dtype == np.float64:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise RequestError(f"{what} holds {array.dtype}: expected whole numbers")
    return array


def in_range(what: str, array: NDArray[np.integer], count: int, unit: str) -> None:
    """Check that all entries are 0 to `count` - 1; `unit` is what they are, such as "a state".

    Raises
    ------
    RequestError
        Naming the first entry that is not.

    Examples
    --------
    >>> in_range("outputs", np.array([0, 3]), 2, "a class")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: outputs[1] is 3: expected a class from 0 to 1
    """
    if array.size == 0 or (int(array.min()) >= 0 and int(array.max()) < count):
        return
    where = np.unravel_index(int(np.argmax((array < 0) | (array >= count))), array.shape)
    position = ", ".join(str(int(i)) for i in where)
    raise RequestError(f"{what}[{position}] is {int(array[where])}: expected {unit} from 0 to {count - 1}")


def read_only(array: NDArray[np.generic]) -> NDArray[np.int32]:
    """Return a contiguous int32 array that nobody can write to; a copy where `array` could be written to.

    Examples
    --------
    >>> frozen = read_only(np.array([1, 2]))
    >>> frozen.flags.writeable, frozen.dtype
    (False, dtype('int32'))
    >>> read_only(frozen) is frozen
    True
    """
    if (
        array.dtype == np.int32
        and array.flags.c_contiguous
        and array.flags.owndata
        and not array.flags.writeable
    ):
        return cast("NDArray[np.int32]", array)
    result = np.array(array, dtype=np.int32, order="C")
    result.flags.writeable = False
    return result
