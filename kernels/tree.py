"""A linear recurrence scanned in a tree, as parallel hardware does it, every composed step rounded to a format.

A step h <- a h + b is the pair (a, b). One after another two steps are one again, which is associative:

    (a, b) then (c, d)  =  (c a, c b + d)

so that n steps can be composed in a tree of depth log2 n. The tree is that of Blelloch ("Prefix sums and their
applications", CMU-CS-90-190, 1990), which ``jax.lax.associative_scan`` builds: neighbours are composed to pairs, pairs
to fours; a prefix of n steps is the fold of such blocks by the binary digits of n, the largest first. Rounded, that is
another number than step after step gives.

Numbers lie in planes: (B, L, P, M), with P = 1 for real numbers and P = 2, real and imaginary part, for complex ones.
Steps come in unrounded; each composition, and each state at the end, is rounded once. Stochastic rounding draws by the
last token of what was composed, and by the place in the tree.
"""

from __future__ import annotations

import numba
import numpy as np
import torch
from torch import Tensor

from .operations import backend_of
from .rounding import Format
from .rounding.recurrence import compiled_arguments
from .threads import over_batch

PLACE = 40
"""A rounding's number is the token's, and from this bit on its place in the tree."""
LEVELS = 32
"""Levels of a tree at most: a piece has less than 2^32 tokens."""


def tree_scan(
    factors: Tensor,
    drive: Tensor,
    start: Tensor,
    rounding: Format,
    first: int = 0,
    backend: str | None = None,
) -> Tensor:
    """Return h after every step of a piece, composed in a tree and rounded.

    Parameters
    ----------
    factors, drive : Tensor, shape (B, L, P, M), float32 or float64
        a and b of every step.
    start : Tensor, shape (B, P, M)
        h before the first step.
    rounding : Format
    first : int
        Number of the first step, for stochastic rounding.
    backend : str, optional
        ``cpu`` is compiled; the others are the recursion on tensors.

    Returns
    -------
    Tensor, shape (B, L, P, M)

    Examples
    --------
    >>> from krohn.kernels import parse_format
    >>> half, one = torch.full((1, 4, 1, 1), 0.5), torch.ones(1, 4, 1, 1)
    >>> tree_scan(half, one, torch.zeros(1, 1, 1), parse_format("e8m2")).flatten().tolist()
    [1.0, 1.5, 1.75, 2.0]
    """
    if backend_of(drive.device.type, drive.dtype, backend) != "cpu":
        return tree_scan_reference(factors, drive, start, rounding, first)
    states = torch.empty_like(drive, memory_format=torch.contiguous_format)
    arrays = [tensor.detach().contiguous().numpy() for tensor in (factors, drive, start, states)]
    rounded, *more = compiled_arguments(rounding.text, drive.dtype)
    over_batch(
        len(drive), 6 * drive.numel(), lambda begin, end: _scan(*arrays, begin, end, rounded, *more, first)
    )
    return states


def tree_scan_reference(
    factors: Tensor, drive: Tensor, start: Tensor, rounding: Format, first: int = 0
) -> Tensor:
    """As `tree_scan`: the recursion itself, level by level on tensors, the same bits."""
    prefixes = _prefixes(torch.stack([factors, drive], 2), rounding, first, 0)
    a, b = prefixes.unbind(2)
    states = _product(a, start.unsqueeze(1).expand_as(b)) + b
    return _round(states, rounding, [first + t for t in range(states.shape[1])])


def _prefixes(steps: Tensor, rounding: Format, first: int, level: int) -> Tensor:
    """Return, for every n, the first n of some blocks of 2^level tokens composed; (B, n, 2, P, M)."""
    count = steps.shape[1]
    if count == 1:
        return steps

    def composed(early: Tensor, late: Tensor, ends: range, place: int) -> Tensor:
        numbers = [first + (end << level) - 1 + (place << PLACE) for end in ends]
        (a, b), (c, d) = early.unbind(2), late.unbind(2)
        return _round(torch.stack([_product(c, a), _product(c, b) + d], 2), rounding, numbers)

    pairs = composed(steps[:, : count - 1 : 2], steps[:, 1::2], range(2, count + 1, 2), 2 * level + 3)
    even = _prefixes(pairs, rounding, first, level + 1)
    found = torch.empty_like(steps)
    found[:, :1], found[:, 1::2] = steps[:, :1], even
    if count > 2:
        late = steps[:, 2::2]
        found[:, 2::2] = composed(even[:, : late.shape[1]], late, range(3, count + 1, 2), 2 * level + 2)
    return found


def _product(x: Tensor, y: Tensor) -> Tensor:
    if x.shape[-2] == 1:
        return x * y
    (a, b), (c, d) = x.unbind(-2), y.unbind(-2)
    return torch.stack([a * c - b * d, a * d + b * c], -2)


def _round(values: Tensor, rounding: Format, numbers: list[int]) -> Tensor:
    if rounding.mode != "stochastic":
        return rounding(values)
    return torch.stack([rounding(row, n) for row, n in zip(values.unbind(1), numbers, strict=True)], 1)


# Not "contract": a fused multiplication would round once where the recursion on tensors rounds twice.
@numba.njit(nogil=True)
def _turn(x, y, P, M, out):  # type: ignore[no-untyped-def]
    if P == 1:
        for m in range(M):
            out[m] = x[m] * y[m]
    else:
        for m in range(M):
            out[m] = x[m] * y[m] - x[M + m] * y[M + m]
            out[M + m] = x[m] * y[M + m] + x[M + m] * y[m]


@numba.njit(nogil=True)
def _compose(early, late, P, M, out):  # type: ignore[no-untyped-def]
    n = P * M
    _turn(late[:n], early[:n], P, M, out[:n])
    _turn(late[:n], early[n:], P, M, out[n:])
    for m in range(n):
        out[n + m] += late[n + m]


@numba.njit(cache=True, nogil=True)
def _scan(factors, drive, start, states, begin, end, rounded, integers, floats, rounder, first):  # type: ignore[no-untyped-def]
    """Scan rows `begin` to `end`, a token at a time, with the blocks that its number's binary digits name.

    `blocks[k]` is the block of 2^k tokens that ends where digit k of the count says, `folds[k]` all up to its end.
    """
    L, P, M = factors.shape[1:]
    n = P * M
    made = np.empty((LEVELS, 2 * n), factors.dtype)
    blocks, folds = np.empty_like(made), np.empty_like(made)
    for i in range(begin, end):
        h = start[i].reshape(n)
        for t in range(L):
            made[0, :n], made[0, n:] = factors[i, t].reshape(n), drive[i, t].reshape(n)
            k = 0
            while t >> k & 1:
                _compose(blocks[k], made[k], P, M, made[k + 1])
                k += 1
                if rounded:
                    number = first + t + (2 * k + 1 << PLACE)
                    rounder(made[k].ctypes, 2 * n, integers.ctypes, floats.ctypes, i, number)
            blocks[k] = made[k]
            above = k + 1
            while (t + 1) >> above and not (t + 1) >> above & 1:
                above += 1
            if (t + 1) >> above:
                _compose(folds[above], made[k], P, M, folds[k])
                if rounded:
                    number = first + t + (2 * k + 2 << PLACE)
                    rounder(folds[k].ctypes, 2 * n, integers.ctypes, floats.ctypes, i, number)
            else:
                folds[k] = made[k]
            state = states[i, t].reshape(n)
            _turn(folds[k, :n], h, P, M, state)
            for m in range(n):
                state[m] += folds[k, n + m]
            if rounded:
                rounder(state.ctypes, n, integers.ctypes, floats.ctypes, i, first + t)
