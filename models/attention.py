"""Causal multi-head attention whose keys and values are kept for the tokens to come.

Sources: Vaswani et al., arXiv 1706.03762; rotary: Su et al., arXiv 2104.09864; ALiBi: Press et al., arXiv 2108.12409.

Glossary (symbol here: in the paper)
    D  width: d_model           H  heads           K  D / H channels of a head: d_k
    T  tokens kept before this piece
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from .layers import State, register_layer, share


@register_layer("t")
class AttentionLayer(nn.Module):
    """One attention layer, without its norm and residual. Its state grows by a key and a value a token.

    Parameters
    ----------
    width : int
        D.
    heads : int
        H.
    positions : str
        ``rotary`` turns queries and keys, ``alibi`` lowers scores with distance; with any other nothing here
        knows positions.

    Examples
    --------
    >>> y, state = AttentionLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["key"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 1, 5, 8]))
    """

    def __init__(self, width: int, heads: int = 1, positions: str = "none") -> None:
        super().__init__()
        self.heads, self.share = heads, share(width, heads)
        self.positions = positions
        if positions == "rotary" and self.share % 2:
            raise RequestError(
                f"rotary positions on {self.share} channels a head: expected an even number, which turn in pairs"
            )
        self.enter = nn.Linear(width, 3 * width, bias=False)
        self.leave = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``key`` and ``value``, each (B, H, T + L, K)."""
        query, key, value = (
            part.unflatten(-1, (self.heads, self.share)).transpose(1, 2)
            for part in self.enter(x).chunk(3, -1)
        )
        T, L = state["key"].shape[2] if state else 0, x.shape[1]
        position = torch.arange(T, T + L, device=x.device)
        if self.positions == "rotary":
            query, key = rotated(query, position), rotated(key, position)
        if state:
            key, value = torch.cat([state["key"], key], 2), torch.cat([state["value"], value], 2)
        if self.positions == "alibi" or T:
            y = F.scaled_dot_product_attention(query, key, value, attn_mask=self._mask(position, T + L, x))
        else:
            y = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.leave(y.transpose(1, 2).flatten(2)), {"key": key, "value": value}

    def _mask(self, position: Tensor, tokens: int, x: Tensor) -> Tensor:
        distance = position.unsqueeze(1) - torch.arange(tokens, device=x.device)  # (L, T + L)
        if self.positions != "alibi":
            return distance >= 0
        h = torch.arange(1, self.heads + 1, device=x.device, dtype=x.dtype)
        slopes = torch.exp2(-8 * h / self.heads)
        lowered = -slopes[:, None, None] * distance.to(x.dtype)
        return lowered.masked_fill(distance < 0, -torch.inf)


def rotated(x: Tensor, position: Tensor) -> Tensor:
    """Return x (B, H, L, K) with channels k and k + K / 2 turned by position · 10000^(-2k / K).

    Examples
    --------
    Scores depend on distances only:

    >>> q, k = torch.randn(1, 1, 1, 4), torch.randn(1, 1, 1, 4)
    >>> near = (rotated(q, torch.tensor([3])) * rotated(k, torch.tensor([1]))).sum()
    >>> far = (rotated(q, torch.tensor([102])) * rotated(k, torch.tensor([100]))).sum()
    >>> torch.allclose(near, far, atol=1e-4)
    True
    """
    half = x.shape[-1] // 2
    frequency = 10000 ** (-torch.arange(half, device=x.device, dtype=torch.float64) / half)
    angle = position.unsqueeze(1) * frequency  # in float64: far positions turn many times
    cos, sin = torch.cos(angle).to(x.dtype), torch.sin(angle).to(x.dtype)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], -1)
