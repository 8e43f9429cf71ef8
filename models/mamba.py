"""Mamba 1: a diagonal state space model whose step size and maps depend on the input; eigenvalues in (0, 1].

Source: Gu and Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", arXiv 2312.00752,
Algorithm 2 and section 3.6 for the initialisation.

Glossary (symbol here: in the paper)
    E  expanded width, 2 D                      N  modes: states per channel
    Δ  step size, softplus of a low-rank map    R  rank of that map, ceil(D / 16)
    A  eigenvalues, -exp(A_log)                 B, C  input and output maps of a token
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..kernels import SelectiveState, selective_scan
from ..kernels.rounding import Format
from ..names import positive
from .backbone import Backbone
from .convolution import CausalConvolution
from .layers import State, counted, register_layer, steps_of
from .registry import register_model

SHORTEST_STEP, LONGEST_STEP = 1e-3, 1e-1


@register_layer("m")
class MambaLayer(nn.Module):
    """One Mamba block, without its norm and residual.

    Parameters
    ----------
    width : int
        D.
    modes : int
        N.
    signed : bool
        Eigenvalues from -1 to 1 instead of from 0 to 1 (Grazzi et al., arXiv 2411.12537).

    Examples
    --------
    >>> y, state = MambaLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["h"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 16, 16]))
    """

    rounds = True
    associative = True

    def __init__(self, width: int, modes: int = 16, signed: bool = False) -> None:
        super().__init__()
        positive("modes", modes)
        inner = 2 * width
        self.rank = math.ceil(width / 16)
        self.modes = modes
        self.signed = signed
        self.enter = nn.Linear(width, 2 * inner, bias=False)
        self.convolution = CausalConvolution(inner)
        self.select = nn.Linear(inner, self.rank + 2 * modes, bias=False)
        self.step = nn.Linear(self.rank, inner)
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, modes + 1)).repeat(inner, 1))
        self.skip = nn.Parameter(torch.ones(inner))
        self.leave = nn.Linear(inner, width, bias=False)
        self._initialise_step(inner)

    def _initialise_step(self, inner: int) -> None:
        nn.init.uniform_(self.step.weight, -(self.rank**-0.5), self.rank**-0.5)
        low, high = math.log(SHORTEST_STEP), math.log(LONGEST_STEP)
        step = torch.exp(low + (high - low) * torch.rand(inner))
        with torch.no_grad():  # softplus of the bias is the step drawn
            self.step.bias.copy_(step + torch.log(-torch.expm1(-step)))

    def forward(
        self, x: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` (B, E, N) and ``window`` (B, 3, E).

        Where the rounding is stochastic, ``steps`` (1,) counts the tokens, by which it draws.
        """
        value, gate = self.enter(x).chunk(2, -1)
        value, window = self.convolution(value, state["window"] if state else None)
        value = F.silu(value)
        low_rank, B, C = self.select(value).split([self.rank, self.modes, self.modes], -1)
        delta = F.softplus(self.step(low_rank))
        A = -torch.exp(self.A_log)
        carried = None
        if state:
            carried = SelectiveState(state["h"], steps_of(state))
        y, carried = selective_scan(value, delta, A, B, C, self.skip, carried, rounding, self.signed)
        after = counted({"h": carried.h, "window": window}, carried.steps, rounding)
        return self.leave(y * F.silu(gate)), after


@register_model(
    "mamba",
    theory="eigenvalues in (0, 1]: aperiodic languages only, no parity at any depth (arXiv 2405.17394); "
    "with signed ones, in (-1, 1], also parity (arXiv 2411.12537)",
    source="arXiv 2312.00752",
)
class Mamba(Backbone):
    """The backbone with Mamba layers.

    Parameters
    ----------
    width : int
        D, channels.
    modes : int
        N, states per channel.
    signed : bool
        Eigenvalues from -1 to 1, with which one layer can track parity, instead of from 0 to 1.
    layers : str
        Letters: ``m`` this layer, ``a`` AUSSM, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = Mamba(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        modes: int = 16,
        layers: str = "m",
        signed: bool = False,
        norm: bool = True,
    ) -> None:
        super().__init__(inputs, outputs, width, layers, {"m": lambda D: MambaLayer(D, modes, signed)}, norm)
