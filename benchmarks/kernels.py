"""krohn bench kernels: the scans on one thread, forward and backward, beside what else could be used."""

from __future__ import annotations

import torch

from . import scans, unitary
from .measure import Row, keep_heap


def rows() -> list[Row]:
    """Measure on one thread."""
    keep_heap()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [*unitary.rows(), *scans.rows()]
    finally:
        torch.set_num_threads(before)
