"""Threads of the cpu backend: the batch is cut into one piece a thread; compiled code releases the GIL.

Not numba's ``parallel=True``: its pool does not survive a fork, and spins beside torch's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import torch

SMALL = 200_000
"""State updates below which threads cost more than they save."""


def over_batch(batch: int, updates: int, work: Callable[[int, int], object]) -> None:
    """Call ``work(begin, end)`` for pieces that make up ``range(batch)``, at once where that pays.

    As many pieces as torch has threads (`torch.set_num_threads`). Rows do not share sums, so that results do
    not depend on the number.

    Parameters
    ----------
    batch : int
        Rows.
    updates : int
        State updates in all: a measure of the work.
    work : callable
        Releases the GIL.

    Examples
    --------
    >>> seen = []
    >>> over_batch(3, 1, lambda begin, end: seen.append((begin, end)))
    >>> seen
    [(0, 3)]
    """
    pieces = min(torch.get_num_threads(), batch)
    if pieces <= 1 or updates < SMALL:
        work(0, batch)
        return
    cuts = [batch * i // pieces for i in range(pieces + 1)]
    # Keyed by the process: after a fork the parent's threads are gone.
    done = [_pool(pieces, os.getpid()).submit(work, *ends) for ends in pairwise(cuts[1:])]
    work(cuts[0], cuts[1])
    for future in done:
        future.result()


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="krohn-kernels")
