"""sLSTM: an LSTM with exponential gates, a normaliser and memory mixing within heads.

Source: Beck, Pöppel, Spanring, Auer, Prudnikova, Kopp, Klambauer, Brandstetter and Hochreiter, "xLSTM: Extended Long
Short-Term Memory", arXiv 2405.04517, section 2.2 and appendix A.2.

Glossary (symbol here: in the paper)
    D  width          H  heads, of D / H units each
    c, n, m  cell, normaliser and stabiliser    h  hidden state
    W, R  weights on the input and, block-diagonal, on h_{t-1}; in the order i, f, z, o

    ĩ, f̃, z̃, õ = W x_t + R h_{t-1} + b       (i and f read x after a convolution of 4 taps and SiLU)
    m_t = max(log σ(f̃) + m_{t-1}, ĩ)         i = exp(ĩ - m_t)        f = exp(log σ(f̃) + m_{t-1} - m_t)
    c_t = f c_{t-1} + i tanh(z̃)              n_t = f n_{t-1} + i      h_t = σ(õ) c_t / n_t
    y_t = GroupNorm(h_t), a group a head, then a linear map

Forget gates open first: their biases are spread from 3 to 6.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backbone import Backbone
from .convolution import CausalConvolution
from .layers import Build, State, register_layer, share
from .registry import register_model


@register_layer("s")
class SLSTMLayer(nn.Module):
    """One sLSTM layer, without its norm and residual.

    Parameters
    ----------
    width : int
        D.
    heads : int
        H.
    convolution : bool
        Before the input and forget gates.

    Examples
    --------
    >>> y, state = SLSTMLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["c"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    def __init__(self, width: int, heads: int = 1, convolution: bool = True) -> None:
        super().__init__()
        self.heads, self.share = heads, share(width, heads)
        self.convolution = CausalConvolution(width) if convolution else None
        self.exponential = nn.Linear(width, 2 * width)
        self.plain = nn.Linear(width, 2 * width)
        bound = 1 / math.sqrt(self.share)
        self.mix = nn.Parameter(torch.empty(heads, self.share, 4 * self.share).uniform_(-bound, bound))
        self.norm = nn.GroupNorm(heads, width)
        self.leave = nn.Linear(width, width, bias=False)
        with torch.no_grad():
            self.exponential.bias[width:] = torch.linspace(3, 6, width)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h``, ``c``, ``n``, ``m``, each (B, D), and maybe ``window``."""
        after: State = {}
        u = x
        if self.convolution is not None:
            u, after["window"] = self.convolution(x, state["window"] if state else None)
            u = F.silu(u)
        B, L, D = x.shape
        gates = torch.cat([self.exponential(u), self.plain(x)], -1).view(B, L, 4, D)
        h, c, n, m = (state[name] if state else x.new_zeros(B, D) for name in "hcnm")
        seen = []
        for gate in gates.unbind(1):
            mixed = torch.bmm(h.view(B, self.heads, self.share).transpose(0, 1), self.mix)  # (H, B, 4 D / H)
            gate = gate + mixed.view(self.heads, B, 4, self.share).permute(1, 2, 0, 3).reshape(B, 4, D)
            i, f, z, o = gate.unbind(1)
            kept = F.logsigmoid(f) + m
            m = torch.maximum(kept, i)
            i, f = torch.exp(i - m), torch.exp(kept - m)
            c = f * c + i * torch.tanh(z)
            n = f * n + i
            h = torch.sigmoid(o) * c / n
            seen.append(h)
        y = self.norm(torch.stack(seen, 1).view(B * L, D)).view(B, L, D)
        return self.leave(y), {**after, "h": h, "c": c, "n": n, "m": m}


@register_model(
    "slstm",
    theory="one layer: state tracking by memory mixing, as an LSTM's (arXiv 2405.04517)",
    source="arXiv 2405.04517",
)
class SLSTM(Backbone):
    """The backbone with sLSTM layers.

    Parameters
    ----------
    width : int
        D, channels and units.
    heads : int
        H.
    convolution : bool
        Before the input and forget gates.
    layers : str
        Letters: ``s`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = SLSTM(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        heads: int = 1,
        convolution: bool = True,
        layers: str = "s",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"s": lambda D: SLSTMLayer(D, heads, convolution)}
        super().__init__(inputs, outputs, width, layers, own, norm)
