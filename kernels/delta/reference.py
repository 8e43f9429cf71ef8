"""The recurrence itself, one reflection after another on tensors: slow, obvious, differentiable."""

from __future__ import annotations

import torch
from torch import Tensor

from ..rounding import Format


def delta_scan_reference(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    beta: Tensor,
    S: Tensor | None = None,
    rounding: Format | None = None,
    first: int = 0,
) -> tuple[Tensor, Tensor]:
    """Return every y_t and the last S, computed in the dtype of the inputs.

    Parameters
    ----------
    query : Tensor, shape (B, L, H, K)
    key : Tensor, shape (B, L, H, J, K)
    value : Tensor, shape (B, L, H, J, V)
    beta : Tensor, shape (B, L, H, J)
    S : Tensor, shape (B, H, K, V), optional
        The state before the first token; zeros otherwise.
    rounding : Format, optional
        Round S after every token.
    first : int
        The number of the first token, for stochastic rounding.

    Returns
    -------
    y : Tensor, shape (B, L, H, V)
    S : Tensor, shape (B, H, K, V)

    Examples
    --------
    Write 7 under a key, and read it:

    >>> e, seven = torch.eye(2)[:1].view(1, 1, 1, 2), torch.full((1, 1, 1, 1, 1), 7.0)
    >>> y, _ = delta_scan_reference(e, e.unsqueeze(3), seven, torch.ones(1, 1, 1, 1))
    >>> y.item()
    7.0
    """
    B, _, H, J, K = key.shape
    if S is None:
        S = query.new_zeros(B, H, K, value.shape[-1])
    outputs = []
    tokens = zip(query.unbind(1), key.unbind(1), value.unbind(1), beta.unbind(1), strict=True)
    for t, (q, keys, values, strengths) in enumerate(tokens):
        for j in range(J):
            k = keys[:, :, j].unsqueeze(-1)  # (B, H, K, 1)
            correction = values[:, :, j].unsqueeze(-2) - k.transpose(-1, -2) @ S  # (B, H, 1, V)
            S = S + strengths[:, :, j, None, None] * (k @ correction)
        if rounding is not None:
            # Every head of every word is a row.
            S = rounding(S.flatten(0, 1), first + t).view(S.shape)
        outputs.append((q.unsqueeze(-2) @ S).squeeze(-2))
    return torch.stack(outputs, 1), S
