"""Gated MLP, letter ``f``: y = W_out (silu(W_gate x) * W_in x). Source: Shazeer, arXiv 2002.05202."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from .layers import State, register_layer


@register_layer("f")
class GatedMLP(nn.Module):
    """A position-wise network, width D -> 2D -> D.

    Examples
    --------
    >>> import torch
    >>> GatedMLP(8)(torch.zeros(1, 3, 8))[0].shape
    torch.Size([1, 3, 8])
    """

    rounds = associative = True  # there is no state to round

    def __init__(self, width: int) -> None:
        super().__init__()
        self.enter = nn.Linear(width, 4 * width, bias=False)
        self.leave = nn.Linear(2 * width, width, bias=False)

    def forward(self, x: Tensor, state: State | None = None, rounding: object = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) for x (B, L, D), and an empty state."""
        gate, value = self.enter(x).chunk(2, -1)
        return self.leave(F.silu(gate) * value), {}
