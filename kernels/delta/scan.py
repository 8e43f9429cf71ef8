"""The public delta scan: checks, choice of the backend, and the step for one token."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .. import checks
from ..operations import backend_of, exempt
from ..rounding import Format
from ..rounding.recurrence import rounding_text
from .operation import delta_op
from .reference import delta_scan_reference


class DeltaState(NamedTuple):
    """What is carried from one piece of a word to the next.

    Attributes
    ----------
    S : Tensor, shape (B, H, K, V)
    steps : int
        Tokens so far; only stochastic rounding draws by it.
    """

    S: Tensor
    steps: int = 0


def delta_scan(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    beta: Tensor,
    state: DeltaState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, DeltaState]:
    """Scan a piece of a batch of words, heads apart.

    Parameters
    ----------
    query : Tensor, shape (B, L, H, K), float32 or float64
    key : Tensor, shape (B, L, H, J, K)
        J keys a token, used one after another; of unit length, or the state can grow.
    value : Tensor, shape (B, L, H, J, V)
    beta : Tensor, shape (B, L, H, J)
        Strength of each correction, from 0 (none) over 1 (replace what the key held) to 2 (reflect).
    state : DeltaState, optional
        What the piece before returned; zeros at the start of a word.
    rounding : Format, optional
        Round S after every token; gradients pass through the rounding unchanged.
    backend : str, optional
        ``reference``, ``cpu`` or ``triton``; by default the device decides.

    Returns
    -------
    y : Tensor, shape (B, L, H, V)
    state : DeltaState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Examples
    --------
    Two reflections make a turn by twice the angle between their keys, here a quarter turn in all:

    >>> import torch
    >>> keys = torch.tensor([[1.0, 0.0], [0.5**0.5, 0.5**0.5]]).view(1, 1, 1, 2, 2)
    >>> start = DeltaState(torch.tensor([[1.0], [0.0]]).view(1, 1, 2, 1))
    >>> _, state = delta_scan(keys[..., 0, :], keys, torch.zeros(1, 1, 1, 2, 1), torch.full((1, 1, 1, 2), 2.0), start)
    >>> state.S.flatten().round().tolist()
    [-0.0, 1.0]
    """
    checks.leading("query", query, "(B, L, H, K)")
    checks.leading("key", key, "(B, L, H, J, K)")
    checks.leading("value", value, "(B, L, H, J, V)")
    B, L, H, K = query.shape
    J, V = key.shape[3], value.shape[4]
    if state is None:
        state = DeltaState(query.new_zeros(B, H, K, V))
    checks.shapes(
        {
            "key": (key, (B, L, H, J, K), "(B, L, H, J, K)"),
            "value": (value, (B, L, H, J, V), "(B, L, H, J, V)"),
            "beta": (beta, (B, L, H, J), "(B, L, H, J)"),
            "state.S": (state.S, (B, H, K, V), "(B, H, K, V)"),
        }
    )
    checks.alike({"query": query, "key": key, "value": value, "beta": beta, "state.S": state.S})
    query, key, value, beta, S = exempt(query, key, value, beta, state.S)
    text = rounding_text(rounding, query.dtype)
    chosen = backend_of(query.device.type, query.dtype, backend)
    if chosen == "reference":
        kept = rounding if text else None
        with torch.autocast(query.device.type, enabled=False):
            y, last = delta_scan_reference(query, key, value, beta, S, kept, state.steps)
    else:
        y, last, _ = delta_op(query, key, value, beta, S, text, state.steps, chosen)
    return y, DeltaState(last, state.steps + L)


def delta_step(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    beta: Tensor,
    state: DeltaState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, DeltaState]:
    """Take one token: as `delta_scan`, without the dimension L.

    Returns
    -------
    y : Tensor, shape (B, H, V)
        The same bits as in a scan over the whole word.
    state : DeltaState

    Examples
    --------
    >>> import torch
    >>> e = torch.tensor([[[1.0, 0.0]]])
    >>> y, state = delta_step(e, e.unsqueeze(2), torch.full((1, 1, 1, 1), 7.0), torch.ones(1, 1, 1))
    >>> y.item(), state.steps
    (7.0, 1)
    """
    q, k, v, strengths = (tensor.unsqueeze(1) for tensor in (query, key, value, beta))
    y, state = delta_scan(q, k, v, strengths, state, rounding, backend)
    return y.squeeze(1), state
