"""The public selective scan: a loop over time on tensors, differentiable, with the state carried in and out."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ...errors import RequestError
from ..rounding import Format


class SelectiveState(NamedTuple):
    """What is carried from one piece of a word to the next: h, shape (batch, D, N)."""

    h: Tensor


def selective_scan(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    skip: Tensor,
    state: SelectiveState | None = None,
    rounding: Format | None = None,
) -> tuple[Tensor, SelectiveState]:
    """Scan a piece of a batch of words.

    Parameters
    ----------
    x, delta : Tensor, shape (batch, L, D)
        Inputs and step sizes (positive).
    A : Tensor, shape (D, N)
        Continuous-time eigenvalues, negative.
    B, C : Tensor, shape (batch, L, N)
        Input and output maps of each token.
    skip : Tensor, shape (D,)
        Weight of the direct path from x to y.
    state : SelectiveState, optional
        What the piece before returned; zeros at the start of a word.
    rounding : Format, optional
        Round h after every step.

    Returns
    -------
    y : Tensor, shape (batch, L, D)
    state : SelectiveState

    Raises
    ------
    RequestError
        Where shapes do not fit; the message names the argument.

    Examples
    --------
    >>> one = torch.ones(1, 3, 1)
    >>> y, state = selective_scan(one, one, torch.zeros(1, 1), one, one, torch.zeros(1))
    >>> y.flatten().tolist(), state.h.item()
    ([1.0, 2.0, 3.0], 3.0)
    """
    _check_shapes(x, delta, A, B, C, skip, state)
    batch, _, D = x.shape
    decay = torch.exp(delta.unsqueeze(-1) * A)  # (batch, L, D, N)
    feed = (delta * x).unsqueeze(-1) * B.unsqueeze(2)  # (batch, L, D, N)
    h = x.new_zeros(batch, D, A.shape[1]) if state is None else state.h
    outputs = []
    # unbind, not indexing: the backward of decay[:, t] costs a whole tensor a step.
    for a, b, c in zip(decay.unbind(1), feed.unbind(1), C.unbind(1), strict=True):
        h = torch.addcmul(b, a, h)
        if rounding is not None:
            h = rounding(h)
        outputs.append(torch.bmm(h, c.unsqueeze(-1)).squeeze(-1))
    return torch.stack(outputs, 1) + skip * x, SelectiveState(h)


def _check_shapes(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    skip: Tensor,
    state: SelectiveState | None,
) -> None:
    if x.dim() != 3 or x.shape[1] == 0:
        raise RequestError(f"x has shape {tuple(x.shape)}: expected (batch, L, D) with L at least 1")
    batch, L, D = x.shape
    N = A.shape[-1]
    expected: dict[str, tuple[Tensor, tuple[int, ...]]] = {
        "delta": (delta, (batch, L, D)),
        "A": (A, (D, N)),
        "B": (B, (batch, L, N)),
        "C": (C, (batch, L, N)),
        "skip": (skip, (D,)),
    }
    if state is not None:
        expected["state.h"] = (state.h, (batch, D, N))
    for name, (tensor, shape) in expected.items():
        if tuple(tensor.shape) != shape:
            raise RequestError(f"{name} has shape {tuple(tensor.shape)}: expected {shape}")
