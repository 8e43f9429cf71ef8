"""DeltaNet: a matrix state that every token changes by a generalised reflection, or by several.

Sources: Yang, Wang, Zhang, Shen and Kim, "Parallelizing Linear Transformers with the Delta Rule over Sequence
Length", arXiv 2406.06484; eigenvalues from -1 to 1: Grazzi et al., arXiv 2411.12537; several reflections a token:
`deltaproduct`.

Glossary (symbol here: in the paper)
    D  width          H  heads, of D / H channels each
    J  reflections of a token, 1 in this paper  S  state of a head, its transpose in the paper
    q, k, v  query, key and value, after a convolution of 4 taps and SiLU; q and k of unit length
    β  strength, sigmoid of a linear map; twice that with signed eigenvalues

    S <- S + β_j k_j (v_j - k_jᵀ S)ᵀ  for j = 1 … J, that is S <- (1 - β_j k_j k_jᵀ) S + β_j k_j v_jᵀ
    y_t = RMSNorm(Sᵀ q), head by head, then a linear map
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..kernels.delta import DeltaState, delta_scan
from ..kernels.rounding import Format
from ..names import positive
from .backbone import Backbone
from .convolution import CausalConvolution
from .layers import Build, State, counted, register_layer, share, steps_of
from .registry import register_model


@register_layer("d")
class DeltaLayer(nn.Module):
    """One DeltaNet block, or with several reflections a token one of DeltaProduct; without norm and residual.

    Parameters
    ----------
    width : int
        D.
    heads : int
        H.
    reflections : int
        J.
    signed : bool
        Eigenvalues of each factor from -1 to 1 instead of from 0 to 1.

    Examples
    --------
    >>> y, state = DeltaLayer(8, heads=2)(torch.randn(2, 5, 8))
    >>> y.shape, state["S"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 2, 4, 4]))
    """

    rounds = True

    def __init__(self, width: int, heads: int = 1, reflections: int = 1, signed: bool = False) -> None:
        super().__init__()
        positive("reflections", reflections)
        self.heads, self.reflections, self.signed = heads, reflections, signed
        self.share = share(width, heads)
        self.enter = nn.Linear(width, width * (1 + 2 * reflections), bias=False)
        self.convolution = CausalConvolution(width * (1 + 2 * reflections))
        self.strength = nn.Linear(width, heads * reflections)
        self.norm = nn.RMSNorm(self.share, eps=1e-5)
        self.leave = nn.Linear(width, width, bias=False)

    def forward(
        self, x: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``S`` (B, H, D / H, D / H) and ``window`` (B, 3, D (1 + 2 J))."""
        B, L, _ = x.shape
        H, J, K = self.heads, self.reflections, self.share
        u, window = self.convolution(self.enter(x), state["window"] if state else None)
        query, keys, values = torch.split(F.silu(u), [H * K, H * J * K, H * J * K], -1)
        beta = torch.sigmoid(self.strength(x)).view(B, L, H, J) * (1 + self.signed)
        before = DeltaState(state["S"], steps_of(state)) if state else None
        y, after = delta_scan(
            F.normalize(query.view(B, L, H, K), dim=-1),
            F.normalize(keys.view(B, L, H, J, K), dim=-1),
            values.view(B, L, H, J, K),
            beta,
            before,
            rounding,
        )
        return self.leave(self.norm(y).flatten(2)), counted(
            {"S": after.S, "window": window}, after.steps, rounding
        )


@register_model(
    "deltanet",
    theory="eigenvalues in [0, 1]: no parity; in [-1, 1]: parity in one layer, every cyclic group in two "
    "(arXiv 2411.12537)",
    source="arXiv 2406.06484",
)
class DeltaNet(Backbone):
    """The backbone with DeltaNet layers.

    Parameters
    ----------
    width : int
        D, channels.
    heads : int
        H.
    signed : bool
        Eigenvalues from -1 to 1 instead of from 0 to 1.
    layers : str
        Letters: ``d`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = DeltaNet(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        heads: int = 1,
        signed: bool = False,
        layers: str = "d",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"d": lambda D: DeltaLayer(D, heads, signed=signed)}
        super().__init__(inputs, outputs, width, layers, own, norm)
