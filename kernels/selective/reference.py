"""The recurrence itself, written as four nested loops over numbers in float64: slow and obvious."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def selective_scan_reference(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, skip: Tensor
) -> tuple[Tensor, Tensor]:
    """Return every y_t and the last h, computed number by number from a zero state.

    Parameters
    ----------
    x, delta : Tensor, shape (batch, L, D)
    A : Tensor, shape (D, N)
    B, C : Tensor, shape (batch, L, N)
    skip : Tensor, shape (D,)

    Returns
    -------
    y : Tensor, shape (batch, L, D), float64
    h : Tensor, shape (batch, D, N), float64

    Examples
    --------
    >>> one = torch.ones(1, 3, 1)
    >>> y, _ = selective_scan_reference(one, one, torch.zeros(1, 1), one, one, torch.zeros(1))
    >>> y.flatten().tolist()
    [1.0, 2.0, 3.0]
    """
    batch, L, D = x.shape
    N = A.shape[1]
    y = torch.zeros(batch, L, D, dtype=torch.float64)
    h = torch.zeros(batch, D, N, dtype=torch.float64)
    X, S, a, b, c = (tensor.tolist() for tensor in (x, delta, A, B, C))
    for i in range(batch):
        for d in range(D):
            for n in range(N):
                value = 0.0
                for t in range(L):
                    value = math.exp(S[i][t][d] * a[d][n]) * value + S[i][t][d] * b[i][t][n] * X[i][t][d]
                    y[i, t, d] += c[i][t][n] * value
                h[i, d, n] = value
    return y + skip.double() * x.double(), h
