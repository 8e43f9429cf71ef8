"""Words, lengths and start states, checked and typed for the compiled loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RequestError
from .arrays import in_range, whole_numbers


@dataclass(frozen=True)
class Batch:
    """Words and lengths that are ready for the compiled loops; `prepared` makes them.

    Parameters
    ----------
    words : uint8, uint16, int32 or int64 array, shape (B, L)
    lengths : int64 array, shape (B,)
    given : int array, shape (B, L)
        The words before their type was changed: what an error quotes.
    """

    words: NDArray[np.integer]
    lengths: NDArray[np.int64]
    given: NDArray[np.integer]

    def buffer(self, out: NDArray[np.int32] | None) -> NDArray[np.int32]:
        """Return `out` where it fits the words, or a new array where there is none.

        Raises
        ------
        RequestError
            Where it is not int32, of the words' shape, and writable.

        Examples
        --------
        >>> prepared([[0, 1, 1]]).buffer(None).shape
        (1, 3)
        """
        if out is None:
            return np.empty(self.words.shape, np.int32)
        if out.shape != self.words.shape or out.dtype != np.int32 or not out.flags.writeable:
            raise RequestError(
                f"out is {out.dtype} of shape {out.shape}: "
                f"expected writable int32 of shape {self.words.shape}"
            )
        return out

    def check(self, fault: int, symbols: int) -> None:
        """Raise the error for the symbol at flat position `fault`, unless that is -1.

        Raises
        ------
        RequestError
            Naming the symbol.

        Examples
        --------
        >>> prepared([[0, 7]]).check(1, symbols=2)
        Traceback (most recent call last):
        ...
        krohn.errors.RequestError: words[0, 1] is 7: expected a symbol from 0 to 1
        """
        if fault >= 0:
            b, t = divmod(fault, self.words.shape[1])
            raise RequestError(
                f"words[{b}, {t}] is {int(self.given[b, t])}: expected a symbol from 0 to {symbols - 1}"
            )


def prepared(words: ArrayLike, lengths: ArrayLike | None = None) -> Batch:
    """Return words and lengths as the compiled loops take them.

    Parameters
    ----------
    words : int array, shape (B, L)
    lengths : int array, shape (B,), optional
        L where not given.

    Raises
    ------
    RequestError
        Where words are not a (B, L) array of whole numbers or a length does not fit.

    Examples
    --------
    >>> prepared([[0, 1, 1]]).lengths.tolist()
    [3]
    """
    given = table = whole_numbers("words", words, 2)
    size, longest = table.shape
    # Four types, so that the loops are compiled four times at most.
    if table.dtype not in (np.uint8, np.uint16, np.int32, np.int64):
        table = table.astype(np.int32 if np.can_cast(table.dtype, np.int32) else np.int64)
    if lengths is None:
        return Batch(table, np.full(size, longest, np.int64), given)
    ends = whole_numbers("lengths", lengths, 1)
    if ends.shape != (size,):
        raise RequestError(f"lengths have shape {ends.shape}: expected one for each of {size} words")
    in_range("lengths", ends, longest + 1, "a length")
    return Batch(table, np.ascontiguousarray(ends, np.int64), given)


def start_states(start: ArrayLike, batch: int, states: int) -> NDArray[np.int64]:
    """Return a start state for each word of a batch.

    Parameters
    ----------
    start : int, or int array of shape (B,)
    batch : int
        B.
    states : int
        How many there are.

    Raises
    ------
    RequestError
        Where a start is no state, or their number is not that of words.

    Examples
    --------
    >>> start_states(1, batch=3, states=2).tolist()
    [1, 1, 1]
    """
    given = np.asarray(start)
    given = whole_numbers("start", np.full(batch, given) if given.ndim == 0 else given, 1)
    if given.shape != (batch,):
        raise RequestError(
            f"start has shape {given.shape}: expected one state, or one for each of {batch} words"
        )
    in_range("start", given, states, "a state")
    return np.ascontiguousarray(given, np.int64)
