"""The cpu backend of the unitary scan: blocks of tokens through the compiled loops, a thread a part of the batch."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from torch import Tensor

from ..rounding.recurrence import compiled_arguments
from ..threads import over_batch
from .compiled import backward_of, forward_of, rotations_of


def _array(tensor: Tensor | None, like: Tensor) -> Any:
    return np.zeros((1, 1, 1), str(like.dtype).removeprefix("torch.")) if tensor is None else tensor.numpy()


def _lattice(lattice: Tensor | None) -> Any:
    return np.zeros((1, 1), np.int32) if lattice is None else lattice.numpy()


def advance(
    theta: Tensor, drive: Tensor | None, K: Tensor, lattice: Tensor | None, phase: Tensor, z: Tensor,
    y: Tensor, offset: int,
) -> None:  # fmt: skip
    """Take a block of tokens: change the state in place and add to y.

    Parameters
    ----------
    theta : Tensor, shape (B, T, N, D), contiguous, as all others
    drive : Tensor, shape (B, L, D), or None
    K : Tensor, shape (2, N, D)
    lattice : Tensor, shape (N, D), int32, or None
    phase : Tensor, shape (B, N, D), int32; z : Tensor, shape (B, 2, N, D)
    y : Tensor, shape (B, L, D), zero where the block lies
    offset : int
        The block's first token in drive and y.
    """
    compiled = forward_of(drive is not None, lattice is not None, theta.element_size() == 8)
    arrays = [_array(t, theta) for t in (theta, drive, K)]
    more = [_lattice(lattice), phase.numpy(), z.numpy(), y.numpy(), offset]
    over_batch(len(theta), theta.numel(), lambda begin, end: compiled(*arrays, *more, begin, end))


def retreat(
    theta: Tensor, drive: Tensor | None, K: Tensor, lattice: Tensor | None, phase: Tensor, z: Tensor,
    g: Tensor, dy: Tensor, dtheta: Tensor, ddrive: Tensor, dK: Tensor, offset: int,
) -> None:  # fmt: skip
    """Undo `advance`: the state becomes the one before the block, g its gradient.

    Parameters
    ----------
    g : Tensor, shape (B, 2, N, D)
        The gradient of z after the block; in place.
    dy : Tensor, shape (B, L, D)
    dtheta : Tensor, shape (B, T, N, D)
        Written.
    ddrive : Tensor, shape (B, L, D), zero where the block lies; dK : Tensor, shape (B, 2, N, D)
        Added to.
    """
    # A phase that is not finite has left NaN in the state.
    finite = bool(z.isfinite().all())
    compiled = backward_of(drive is not None, lattice is not None, theta.element_size() == 8, finite)
    arrays = [_array(t, theta) for t in (theta, drive, K)]
    more = [t.numpy() for t in (phase, z, g, dy, dtheta, ddrive, dK)]
    over_batch(
        len(theta),
        2 * theta.numel(),
        lambda begin, end: compiled(*arrays, _lattice(lattice), *more, offset, begin, end),
    )


def turns(theta: Tensor, lattice: Tensor | None, phase: Tensor | None = None) -> Tensor:
    """Return exp(2πi θ), shape (B, T, 2, N, D), of phases rounded to 2^-32 turn or to the lattice.

    With a `phase`, int32 of shape (B, N, D), exp(2πi G) of the running phase, which is left there.
    """
    B, T, N, D = theta.shape
    found = theta.new_empty(B, T, 2, N, D)
    compiled = rotations_of(lattice is not None, theta.element_size() == 8, phase is not None)
    running = np.zeros((B, 1, 1), np.int32) if phase is None else phase.numpy()
    arrays = [theta.numpy(), _lattice(lattice), running, found.numpy()]
    over_batch(B, theta.numel(), lambda begin, end: compiled(*arrays, begin, end))
    return found


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def _direct(  # type: ignore[no-untyped-def]
    turns, x, driven, K, h, y, begin, end, rounded, integers, floats, rounder, first
):
    L, N, D = turns.shape[1], turns.shape[3], turns.shape[4]
    for i in range(begin, end):
        re, im = h[i, 0], h[i, 1]
        for t in range(L):
            out = y[i, t]
            for n in range(N):
                for d in range(D):
                    c, s = turns[i, t, 0, n, d], turns[i, t, 1, n, d]
                    a, b = re[n, d], im[n, d]
                    re[n, d], im[n, d] = c * a - s * b, s * a + c * b
                if driven:
                    for d in range(D):
                        re[n, d] += x[i, t, d]
            if rounded:
                rounder(h[i].ctypes, 2 * N * D, integers.ctypes, floats.ctypes, i, first + t)
            for n in range(N):
                for d in range(D):
                    out[d] += K[0, n, d] * re[n, d] - K[1, n, d] * im[n, d]


def direct(
    turns: Tensor, drive: Tensor | None, K: Tensor, h: Tensor, y: Tensor, rounding: str, first: int
) -> None:
    """Take a block of tokens in the direct form h <- round(turn h + x), h in place; adds to y.

    Parameters
    ----------
    turns : Tensor, shape (B, T, 2, N, D)
    drive, y : Tensor, shape (B, T, D)
    K : Tensor, shape (2, N, D); h : Tensor, shape (B, 2, N, D)
    rounding : str
        `Format.text`.
    first : int
        The number of the block's first token, which stochastic rounding draws by.
    """
    driven = drive is not None
    arrays = [turns.numpy(), _array(drive, turns), driven, K.numpy(), h.numpy(), y.numpy()]
    more = compiled_arguments(rounding, turns.dtype)
    over_batch(len(turns), turns.numel(), lambda begin, end: _direct(*arrays, begin, end, *more, first))
