"""What the diagonal, delta and shift scans answer to shapes and dtypes that do not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from krohn.errors import RequestError
from krohn.kernels.delta import delta_scan
from krohn.kernels.diagonal import DiagonalState, diagonal_scan
from krohn.kernels.shift import ShiftState, attention_shift_scan, shift_scan

zeros = torch.zeros


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: diagonal_scan(zeros(2, 0, 3, 2), zeros(3, 2)),
            "drive has shape (2, 0, 3, 2): expected (B, L, M, 2) with L at least 1",
        ),
        (
            lambda: diagonal_scan(zeros(2, 5, 3, 1), zeros(3, 2)),
            "drive has shape (2, 5, 3, 1): expected (2, 5, 3, 2) = (B, L, M, 2)",
        ),
        (
            lambda: diagonal_scan(zeros(2, 5, 3, 2), zeros(4, 2)),
            "eigenvalues has shape (4, 2): expected (3, 2) = (M, 2)",
        ),
        (
            lambda: diagonal_scan(zeros(2, 5, 3, 2), zeros(2, 4, 3, 2)),
            "eigenvalues has shape (2, 4, 3, 2): expected (2, 5, 3, 2) = (B, L, M, 2)",
        ),
        (
            lambda: diagonal_scan(zeros(2, 5, 3, 2), zeros(3, 2), DiagonalState(zeros(1, 3, 2))),
            "state.h has shape (1, 3, 2): expected (2, 3, 2) = (B, M, 2)",
        ),
        (
            lambda: diagonal_scan(zeros(2, 5, 3, 2), zeros(3, 2).double()),
            "eigenvalues is torch.float64 on cpu: expected torch.float32 on cpu, as drive is",
        ),
        (
            lambda: delta_scan(zeros(2, 5, 1, 3), zeros(2, 5, 1, 3), zeros(2, 5, 1, 1, 4), zeros(2, 5, 1, 1)),
            "key has shape (2, 5, 1, 3): expected (B, L, H, J, K) with L at least 1",
        ),
        (
            lambda: delta_scan(
                zeros(2, 5, 1, 3), zeros(2, 5, 1, 2, 3), zeros(2, 5, 1, 1, 4), zeros(2, 5, 1, 2)
            ),
            "value has shape (2, 5, 1, 1, 4): expected (2, 5, 1, 2, 4) = (B, L, H, J, V)",
        ),
        (
            lambda: delta_scan(zeros(2, 5, 1, 3), zeros(2, 5, 1, 2, 3), zeros(2, 5, 1, 2, 4), zeros(2, 5, 1)),
            "beta has shape (2, 5, 1): expected (2, 5, 1, 2) = (B, L, H, J)",
        ),
        (
            lambda: shift_scan(zeros(2, 5, 3), zeros(4, 3, 2)),
            "weights has shape (4, 3, 2): expected (4, 3, 3) = (s, d, d)",
        ),
        (
            lambda: shift_scan(zeros(2, 5, 3), zeros(0, 3, 3)),
            "weights has shape (0, 3, 3): expected (s, d, d) with s at least 1",
        ),
        (
            lambda: shift_scan(zeros(2, 5, 3), zeros(4, 3, 3), ShiftState(zeros(2, 5, 3))),
            "state.columns has shape (2, 5, 3): expected (2, 4, 3) = (B, s, d)",
        ),
        (
            lambda: attention_shift_scan(zeros(2, 5, 3), zeros(3, 3), zeros(3, 3), zeros(3, 3)),
            "columns is None: expected a whole number of at least 1, or a state",
        ),
        (
            lambda: attention_shift_scan(zeros(2, 5, 3), zeros(3, 3), zeros(3, 4), zeros(3, 3), 2),
            "query has shape (3, 4): expected (3, 3) = (d, d)",
        ),
    ],
)
def test_errors_name_the_argument(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        call()
