"""The public selective scan: checks, choice of the backend, and the step for one token."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .. import checks
from ..operations import backend_of, exempt
from ..rounding import Format
from ..rounding.recurrence import rounding_text
from ..tree import tree_scan
from .operation import selective_op
from .reference import selective_scan_reference


class SelectiveState(NamedTuple):
    """What is carried from one piece of a word to the next.

    Attributes
    ----------
    h : Tensor, shape (batch, D, N)
    steps : int
        Tokens so far; only stochastic rounding draws by it.
    """

    h: Tensor
    steps: int = 0


def selective_scan(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    skip: Tensor,
    state: SelectiveState | None = None,
    rounding: Format | None = None,
    signed: bool = False,
    backend: str | None = None,
) -> tuple[Tensor, SelectiveState]:
    """Scan a piece of a batch of words.

    Parameters
    ----------
    x, delta : Tensor, shape (batch, L, D), float32 or float64
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
        Round h after every step; gradients pass through the rounding unchanged. In a tree (`Format.tree`), which
        has no gradients, every composed step.
    signed : bool
        Eigenvalues 2 exp(Δ A) - 1, from -1 to 1, instead of exp(Δ A), from 0 to 1: with them one layer can
        track parity (Grazzi et al., arXiv 2411.12537).
    backend : str, optional
        ``reference``, ``cpu`` or ``triton``; by default the device decides.

    Returns
    -------
    y : Tensor, shape (batch, L, D)
    state : SelectiveState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Examples
    --------
    >>> one = torch.ones(1, 3, 1)
    >>> y, state = selective_scan(one, one, torch.zeros(1, 1), one, one, torch.zeros(1))
    >>> y.flatten().tolist(), state.h.item()
    ([1.0, 2.0, 3.0], 3.0)
    """
    if state is None:
        state = SelectiveState(x.new_zeros(len(x), *A.shape) if x.dim() and A.dim() == 2 else x)
    _check(x, delta, A, B, C, skip, state)
    x, delta, A, B, C, skip, h = exempt(x, delta, A, B, C, skip, state.h)
    if rounding is not None and rounding.tree:
        return _in_tree(x, delta, A, B, C, skip, SelectiveState(h, state.steps), rounding, signed, backend)
    text = rounding_text(rounding, x.dtype)
    chosen = backend_of(x.device.type, x.dtype, backend)
    after = state.steps + x.shape[1]
    if chosen == "reference":
        kept = rounding if text else None
        y, last = selective_scan_reference(x, delta, A, B, C, skip, h, signed, kept, state.steps)
        return y, SelectiveState(last, after)
    y, last, _ = selective_op(x, delta, A.t(), B, C, h.transpose(1, 2), signed, text, state.steps, chosen)
    return torch.addcmul(y, skip, x), SelectiveState(last.transpose(1, 2), after)


def _in_tree(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, skip: Tensor, state: SelectiveState,
    rounding: Format, signed: bool, backend: str | None,
) -> tuple[Tensor, SelectiveState]:  # fmt: skip
    factors = torch.exp(delta.unsqueeze(-1) * A).flatten(2).unsqueeze(2)
    if signed:
        factors = 2 * factors - 1
    drive = ((delta * x).unsqueeze(-1) * B.unsqueeze(2)).flatten(2).unsqueeze(2)
    states = tree_scan(factors, drive, state.h.flatten(1).unsqueeze(1), rounding, state.steps, backend)
    h = states.view(*x.shape, -1)
    y = skip * x
    for n in range(A.shape[1]):  # one mode after another: an order that no shape changes
        y = y + C[:, :, n, None] * h[..., n]
    return y, SelectiveState(h[:, -1], state.steps + x.shape[1])


def selective_step(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    skip: Tensor,
    state: SelectiveState | None = None,
    rounding: Format | None = None,
    signed: bool = False,
    backend: str | None = None,
) -> tuple[Tensor, SelectiveState]:
    """Take one token: as `selective_scan`, with x, delta of shape (batch, D) and B, C of shape (batch, N).

    Returns
    -------
    y : Tensor, shape (batch, D)
        The same bits as in a scan over the whole word.
    state : SelectiveState

    Examples
    --------
    >>> one = torch.ones(1, 1)
    >>> y, state = selective_step(one, one, -torch.ones(1, 1), one, one, torch.zeros(1))
    >>> y.item(), state.steps
    (1.0, 1)
    """
    word, steps, Bs, Cs = (tensor.unsqueeze(1) for tensor in (x, delta, B, C))
    y, state = selective_scan(word, steps, A, Bs, Cs, skip, state, rounding, signed, backend)
    return y.squeeze(1), state


def _check(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, skip: Tensor, state: SelectiveState
) -> None:
    checks.leading("x", x, "(batch, L, D)")
    checks.leading("A", A, "(D, N)")
    batch, L, D = x.shape
    N = A.shape[-1]
    tensors = {"x": x, "delta": delta, "A": A, "B": B, "C": C, "skip": skip, "state.h": state.h}
    expected = {
        "delta": (delta, (batch, L, D), "(batch, L, D)"),
        "A": (A, (D, N), "(D, N)"),
        "B": (B, (batch, L, N), "(batch, L, N)"),
        "C": (C, (batch, L, N), "(batch, L, N)"),
        "skip": (skip, (D,), "(D,)"),
        "state.h": (state.h, (batch, D, N), "(batch, D, N)"),
    }
    checks.shapes(expected)
    checks.alike(tensors)
