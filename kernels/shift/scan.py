"""The public shift scans: checks, choice of the backend, and the step for one token."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ...errors import RequestError
from .. import checks
from ..operations import backend_of, exempt
from ..rounding import Format
from ..rounding.recurrence import rounding_text
from .operation import attention_op, linear_op
from .reference import Boundary, attention_boundary, linear_boundary, shift_scan_reference


class ShiftState(NamedTuple):
    """What is carried from one piece of a word to the next.

    Attributes
    ----------
    columns : Tensor, shape (B, s, d)
        The lattice, column 1 (oldest) first.
    steps : int
        Tokens so far; only stochastic rounding draws by it.
    """

    columns: Tensor
    steps: int = 0


def shift_scan(
    x: Tensor,
    weights: Tensor,
    state: ShiftState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, ShiftState]:
    """Scan a piece of a batch of words with a linear boundary.

    Parameters
    ----------
    x : Tensor, shape (B, L, d), float32 or float64
        Added to the newest column.
    weights : Tensor, shape (s, d, d)
        F_1 (of the oldest column) to F_s; their number is that of the columns.
    state : ShiftState, optional
        What the piece before returned; zeros at the start of a word.
    rounding : Format, optional
        Round the new column after every step; gradients pass through the rounding unchanged.
    backend : str, optional
        ``reference``, ``cpu`` or ``triton``; by default the device decides.

    Returns
    -------
    y : Tensor, shape (B, L, d)
        The newest column after every step.
    state : ShiftState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Examples
    --------
    A wave that comes back after three steps:

    >>> import torch
    >>> F = torch.zeros(3, 1, 1)
    >>> F[0] = 1.0
    >>> y, state = shift_scan(torch.tensor([[[7.0], [8.0], [9.0], [0.0], [0.0]]]), F)
    >>> y.flatten().tolist(), state.columns.flatten().tolist()
    ([7.0, 8.0, 9.0, 7.0, 8.0], [9.0, 7.0, 8.0])
    """
    checks.leading("x", x, "(B, L, d)")
    checks.leading("weights", weights, "(s, d, d)")
    s, d = len(weights), x.shape[2]
    if s == 0:
        raise RequestError(f"weights has shape {tuple(weights.shape)}: expected (s, d, d) with s at least 1")
    state = _begin(x, s, state)
    checks.shapes({"weights": (weights, (s, d, d), "(s, d, d)"), **_expected(x, s, state)})
    checks.alike({"x": x, "weights": weights, "state.columns": state.columns})
    x, weights, columns = exempt(x, weights, state.columns)
    text = rounding_text(rounding, x.dtype)
    chosen = backend_of(x.device.type, x.dtype, backend)
    if chosen == "reference":
        return _slowly(x, linear_boundary(weights), columns, state.steps, rounding if text else None)
    return _split(linear_op(x, weights, columns, text, state.steps, chosen), state)


def attention_shift_scan(
    x: Tensor,
    key: Tensor,
    query: Tensor,
    value: Tensor,
    columns: int | None = None,
    state: ShiftState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, ShiftState]:
    """Scan a piece of a batch of words with a self-attention boundary.

    Parameters
    ----------
    x : Tensor, shape (B, L, d), float32 or float64
        Added to the newest column.
    key, query, value : Tensor, shape (d, d)
        K, Q, V.
    columns : int, optional
        s, needed where `state` is None: the word then starts from zeros, which the softmax sees.
    state, rounding, backend
        As in `shift_scan`.

    Returns
    -------
    y : Tensor, shape (B, L, d)
        The newest column after every step.
    state : ShiftState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Examples
    --------
    >>> import torch
    >>> one = torch.ones(1, 1)
    >>> y, _ = attention_shift_scan(torch.tensor([[[4.0], [0.0], [0.0]]]), 0 * one, one, one, columns=2)
    >>> y.flatten().tolist()  # the mean of two columns
    [4.0, 2.0, 3.0]
    """
    checks.leading("x", x, "(B, L, d)")
    d = x.shape[2]
    s = state.columns.shape[1] if state is not None and state.columns.dim() == 3 else columns
    if s is None or s < 1:
        raise RequestError(f"columns is {s}: expected a whole number of at least 1, or a state")
    state = _begin(x, s, state)
    matrices = {"key": key, "query": query, "value": value}
    checks.shapes(
        {name: (matrix, (d, d), "(d, d)") for name, matrix in matrices.items()} | _expected(x, s, state)
    )
    checks.alike({"x": x, **matrices, "state.columns": state.columns})
    x, key, query, value, lattice = exempt(x, *matrices.values(), state.columns)
    text = rounding_text(rounding, x.dtype)
    chosen = backend_of(x.device.type, x.dtype, backend)
    if chosen == "reference":
        return _slowly(
            x, attention_boundary(key, query, value), lattice, state.steps, rounding if text else None
        )
    history = attention_op(x, key, query, value, lattice, text, state.steps, chosen)
    return _split(history, state)


def shift_step(
    x: Tensor,
    weights: Tensor,
    state: ShiftState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, ShiftState]:
    """Take one token: as `shift_scan`, with x of shape (B, d).

    Returns
    -------
    y : Tensor, shape (B, d)
        The same bits as in a scan over the whole word.
    state : ShiftState

    Examples
    --------
    >>> import torch
    >>> y, state = shift_step(torch.ones(1, 1), torch.ones(2, 1, 1))
    >>> y.item(), state.columns.flatten().tolist()
    (1.0, [0.0, 1.0])
    """
    y, state = shift_scan(x.unsqueeze(1), weights, state, rounding, backend)
    return y.squeeze(1), state


def attention_shift_step(
    x: Tensor,
    key: Tensor,
    query: Tensor,
    value: Tensor,
    columns: int | None = None,
    state: ShiftState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, ShiftState]:
    """Take one token: as `attention_shift_scan`, with x of shape (B, d).

    Returns
    -------
    y : Tensor, shape (B, d)
        The same bits as in a scan over the whole word.
    state : ShiftState

    Examples
    --------
    >>> import torch
    >>> one = torch.ones(1, 1)
    >>> y, state = attention_shift_step(one, one, one, one, columns=2)
    >>> y.item(), state.columns.flatten().tolist()
    (1.0, [0.0, 1.0])
    """
    y, state = attention_shift_scan(x.unsqueeze(1), key, query, value, columns, state, rounding, backend)
    return y.squeeze(1), state


def _begin(x: Tensor, s: int, state: ShiftState | None) -> ShiftState:
    return ShiftState(x.new_zeros(len(x), s, x.shape[2])) if state is None else state


def _expected(x: Tensor, s: int, state: ShiftState) -> dict[str, checks.Expected]:
    return {"state.columns": (state.columns, (len(x), s, x.shape[2]), "(B, s, d)")}


def _split(history: Tensor, state: ShiftState) -> tuple[Tensor, ShiftState]:
    s = state.columns.shape[1]
    L = history.shape[1] - s
    return history[:, s:], ShiftState(history[:, L:], state.steps + L)


def _slowly(
    x: Tensor, boundary: Boundary, columns: Tensor, steps: int, rounding: Format | None
) -> tuple[Tensor, ShiftState]:
    with torch.autocast(x.device.type, enabled=False):
        y, columns = shift_scan_reference(x, boundary, columns, rounding, steps)
    return y, ShiftState(columns, steps + x.shape[1])
