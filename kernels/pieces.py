"""Into how many pieces of time a GPU kernel is cut: enough programs to keep the device busy, and no more."""

from __future__ import annotations

PROGRAMS = 528
"""Programs that keep a large GPU busy: 4 on each of 132 multiprocessors."""
SCRATCH = 2**24
"""Numbers of scratch memory at most: 64 MB."""


def chunks_of(rows: int, chunks: int, scratch: int = 0) -> int:
    """Return how many chunks of time a program takes, one after another.

    Parameters
    ----------
    rows : int
        Programs there are if each takes all of them.
    chunks : int
    scratch : int
        Numbers of scratch memory that all rows need for one piece; bounds the number of pieces.

    Examples
    --------
    >>> chunks_of(rows=1, chunks=16), chunks_of(rows=1000, chunks=16)
    (1, 16)
    """
    pieces = min(chunks, max(1, PROGRAMS // max(1, rows)))
    if scratch:
        pieces = min(pieces, max(1, SCRATCH // scratch))
    return -(-chunks // pieces)
