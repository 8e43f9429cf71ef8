"""A time-invariant diagonal state space model over a word: matrix products in blocks of tokens.

With h_t = Ā h_{t-1} + B̄ x_t and y_t = Re Σ_n C_n h_t[n], a block of T tokens of a channel is a Toeplitz matrix of
k_j = Re Σ_n C_n B̄_n Ā_n^j on its inputs, and C Ā^{t+1} on the state before it. Nothing of size B L D N is made: the
states between the ends of blocks are never needed. Source of the convolution: Gu et al., arXiv 2206.11893.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 64
"""Tokens of a block: T² products a channel replace 2 T N."""


def invariant_scan(x: Tensor, turn: Tensor, enter: Tensor, C: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """Return every y_t, shape (B, L, D), and the last h, shape (B, D, N), complex.

    Parameters
    ----------
    x : Tensor, shape (B, L, D)
    turn, enter, C : Tensor, shape (D, N), complex
        Ā, B̄ and C.
    h : Tensor, shape (B, D, N), complex
        The state before the first token.

    Examples
    --------
    >>> half, one = torch.full((1, 1), 0.5 + 0j), torch.ones(1, 1) + 0j
    >>> y, h = invariant_scan(torch.ones(1, 3, 1), half, one, one, torch.zeros(1, 1, 1) + 0j)
    >>> y.flatten().tolist(), h.item()
    ([1.0, 1.5, 1.75], (1.75+0j))
    """
    L = x.shape[1]
    T = min(BLOCK, L)
    powers = _powers(turn, T)  # (T + 1, D, N)
    kernel = (powers[:T] * (C * enter)).real.sum(-1)  # (T, D)
    delay = torch.arange(T, device=x.device) - torch.arange(T, device=x.device)[:, None]  # [s, t] = t - s
    toeplitz = torch.where(delay[..., None] >= 0, kernel[delay.clamp(min=0)], 0).movedim(-1, 0)  # (D, T, T)
    read = _pair(C * powers[1:], conjugate=True).permute(1, 2, 0)  # (D, 2 N, T)
    write = _pair(enter * powers[:T]).transpose(0, 1)  # (D, T, 2 N), of the last token first
    rows, ys = x.movedim(-1, 0), []  # (D, B, L)
    state = h.transpose(0, 1)  # (D, B, N)
    for begin in range(0, L, T):
        part = rows[..., begin : begin + T]
        size = part.shape[-1]
        ys.append(part @ toeplitz[:, :size, :size] + _pair(state) @ read[..., :size])
        new = part.flip(-1) @ write[:, :size]
        state = powers[size].unsqueeze(1) * state + torch.complex(*new.chunk(2, -1))
    return torch.cat(ys, -1).movedim(0, -1), state.transpose(0, 1)


def _powers(turn: Tensor, count: int) -> Tensor:
    """Return turn^0 to turn^count, by doubling: as many roundings as the exponent has bits."""
    found = torch.ones_like(turn).unsqueeze(0)
    factor = turn
    while len(found) <= count:
        found = torch.cat([found, found * factor])
        factor = factor * factor
    return found[: count + 1]


def _pair(z: Tensor, conjugate: bool = False) -> Tensor:
    """Return real and imaginary parts one after another: a product with a conjugated pair is Re Σ z w."""
    return torch.cat([z.real, -z.imag if conjugate else z.imag], -1)
