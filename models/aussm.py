"""AUSSM: a diagonal state space model whose eigenvalues lie on the unit circle and depend on the input.

Source: Karuvally, Nowak, Keller, Amo Alonso, Sejnowski and Siegelmann, "Bridging Expressivity and
Scalability with Adaptive Unitary SSMs", arXiv 2507.05238.

Glossary (symbol here: in the paper)
    D  width: channels, d_model                 N  modes: states per channel, d_state
    u  the token's features, the input of the phases, after the convolution where there is one
    θ  phase increment, in turns: the angle of the eigenvalue exp(Δ A(u)), A skew-symmetric
    h  complex state (N, D); h_0 is learned     K  complex read-out: the product of B and C
    Δ  step size of the additive drive          z  the gate's input

    θ_t = W_θ u_t / √D + β        h_t = exp(2πi θ_t) h_{t-1} + Δ_t silu(u_t)        (rotor: no second term)
    y_t = (Re Σ_n K h_t + skip * silu(u_t)) * silu(z_t)

Where this differs from the released code: phases are in turns and exact; h_0 is learned; B and C are one K a
channel and mode; the bias of Δ is added once. A rotor has no drive and no skip: only the learned start turns,
so nothing in the state grows with the length of the word.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..kernels import UnitaryState, unitary_scan
from ..kernels.rounding import Format
from ..names import positive
from .backbone import Backbone
from .convolution import CausalConvolution
from .layers import Build, State, register_layer
from .registry import register_model


@register_layer("a")
class UnitaryLayer(nn.Module):
    """One AUSSM layer.

    Parameters
    ----------
    width : int
        D.
    modes : int
        N.
    drive : bool
        Feed the state (the paper's model), or only turn it (rotor).
    convolution : bool
        A causal depthwise convolution of 4 taps before the phases.

    Examples
    --------
    >>> y, state = UnitaryLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["phase"].dtype
    (torch.Size([2, 5, 8]), torch.int32)
    """

    rounds = True

    def __init__(self, width: int, modes: int = 8, drive: bool = True, convolution: bool = True) -> None:
        super().__init__()
        self.modes = positive("modes", modes)
        self.width = width
        self.drive = drive
        self.enter = nn.Linear(width, 2 * width, bias=False)
        self.convolution = CausalConvolution(width) if convolution else None
        self.phase = nn.Linear(width, modes * width)
        self.start = nn.Parameter(torch.randn(modes, width, 2))
        self.readout = nn.Parameter(torch.randn(modes, width, 2) / math.sqrt(modes))
        if drive:
            self.step = nn.Linear(width, width)
            self.skip = nn.Parameter(torch.ones(width))
        self.leave = nn.Linear(width, width, bias=False)
        nn.init.uniform_(self.phase.bias, -0.5, 0.5)

    def forward(
        self, x: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``phase``, ``z`` and, with a convolution, ``window``."""
        state = state or {}
        after: State = {}
        u, z = self.enter(x).chunk(2, -1)
        if self.convolution is not None:
            u, after["window"] = self.convolution(u, state.get("window"))
        value = F.silu(u) if self.drive else None
        drive = F.softplus(self.step(u)) * value if value is not None else None
        carried = UnitaryState(state["phase"], state["z"]) if state else None
        y, carried = unitary_scan(self._phases(u), self.readout, self.start, drive, carried, rounding)
        after["phase"], after["z"] = carried
        if value is not None:
            y = y + self.skip * value
        return self.leave(y * F.silu(z)), after

    def _phases(self, u: Tensor) -> Tensor:
        # (N D, D) x (B, D, L): time comes out last, as the scan wants it, without a copy.
        weight = self.phase.weight / math.sqrt(self.width)
        theta = torch.matmul(weight, u.transpose(1, 2)) + self.phase.bias.unsqueeze(-1)
        B, _, L = theta.shape
        return theta.reshape(B, self.modes, self.width, L).movedim(-1, 1)


@register_model(
    "aussm",
    theory="one layer: abelian groups; k layers: solvable groups of derived length k (arXiv 2603.01959)",
    source="arXiv 2507.05238",
)
class AUSSM(Backbone):
    """The backbone with AUSSM layers.

    Parameters
    ----------
    width : int
        D, channels.
    modes : int
        N, states per channel.
    layers : str
        Letters: ``a`` this layer, ``m`` Mamba, ``f`` gated MLP.
    drive : bool
        False makes a rotor.
    convolution : bool

    Examples
    --------
    >>> logits, state = AUSSM(2, 5, drive=False)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        modes: int = 8,
        layers: str = "a",
        drive: bool = True,
        convolution: bool = True,
    ) -> None:
        own: dict[str, Build] = {"a": lambda D: UnitaryLayer(D, modes, drive, convolution)}
        super().__init__(inputs, outputs, width, layers, own)
