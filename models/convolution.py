"""Causal depthwise convolution over time whose window is carried between pieces."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CausalConvolution(nn.Module):
    """u_t[d] = bias[d] + Σ_k weight[d, k] x_{t-K+1+k}[d], with zeros before the word.

    Parameters
    ----------
    width : int
        D, channels.
    taps : int
        K, positions seen, the current one included.

    Examples
    --------
    >>> layer = CausalConvolution(2, 4)
    >>> x = torch.randn(1, 6, 2)
    >>> whole, _ = layer(x)
    >>> first, window = layer(x[:, :1])
    >>> rest, _ = layer(x[:, 1:], window)
    >>> torch.allclose(whole, torch.cat([first, rest], 1), atol=1e-6)
    True
    """

    def __init__(self, width: int, taps: int = 4) -> None:
        super().__init__()
        self.taps = taps
        self.kernel = nn.Conv1d(width, width, taps, groups=width)

    def forward(self, x: Tensor, window: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return u (B, L, D) and the last K - 1 inputs (B, K - 1, D)."""
        if window is None:
            window = x.new_zeros(x.shape[0], self.taps - 1, x.shape[2])
        seen = torch.cat([window, x], 1)
        weight = self.kernel.weight.squeeze(1)  # (D, K)
        # A sum of shifted products: on a CPU several times as fast as a grouped conv1d of few channels.
        u = seen[:, : x.shape[1]] * weight[:, 0]
        for k in range(1, self.taps):
            u += seen[:, k : k + x.shape[1]] * weight[:, k]
        assert self.kernel.bias is not None
        u += self.kernel.bias
        return u, seen[:, x.shape[1] :]
