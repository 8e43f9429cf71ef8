"""S4D: a diagonal state space model, time-invariant, discretised by zero-order hold.

Source: Gu, Gupta, Goel and Ré, "On the Parameterization and Initialization of Diagonal State Space Models",
arXiv 2206.11893; the initialisation is S4D-Lin.

Glossary (symbol here: in the paper)
    D  width: H, channels, each a state space model of its own
    N  modes: N/2, complex states per channel; their conjugates are not kept
    Δ  step size of a channel, log-uniform from 1/1000 to 1/10 at first
    A  eigenvalues -exp(decay) + i frequency: A_n = -1/2 + iπn at first
    C  output map, complex; B is 1, absorbed in C; skip: D

    Ā = exp(Δ A)        B̄ = (Ā - 1) / A        h_t = Ā h_{t-1} + B̄ x_t
    y_t = 2 Re Σ_n C_n h_t + skip * x_t, then GELU and a gated linear unit
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..kernels.diagonal import DiagonalState, diagonal_scan, invariant_scan
from ..kernels.operations import exempt
from ..kernels.rounding import Format
from ..names import positive
from .backbone import Backbone
from .layers import Build, State, counted, register_layer, steps_of
from .registry import register_model

SHORTEST_STEP, LONGEST_STEP = 1e-3, 1e-1


@register_layer("h")
class S4DLayer(nn.Module):
    """One S4D block, without its norm and residual.

    Parameters
    ----------
    width : int
        D.
    modes : int
        N.

    Examples
    --------
    >>> y, state = S4DLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["h"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 128, 2]))
    """

    rounds = True
    associative = True

    def __init__(self, width: int, modes: int = 16) -> None:
        super().__init__()
        positive("modes", modes)
        low, high = math.log(SHORTEST_STEP), math.log(LONGEST_STEP)
        self.step = nn.Parameter(low + (high - low) * torch.rand(width))
        self.decay = nn.Parameter(torch.full((width, modes), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(float(modes)).repeat(width, 1))
        self.C = nn.Parameter(torch.randn(width, modes, 2) * math.sqrt(0.5))
        self.skip = nn.Parameter(torch.randn(width))
        self.leave = nn.Linear(width, 2 * width)

    def discretise(self) -> tuple[Tensor, Tensor]:
        """Return Ā and B̄, complex, each (D, N)."""
        A = torch.complex(-torch.exp(self.decay), self.frequency)
        turn = torch.exp(A * torch.exp(self.step).unsqueeze(-1))
        return turn, (turn - 1) / A

    def forward(
        self, x: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` (B, D N, 2), real and imaginary part."""
        steps = steps_of(state) if state else 0
        (x,) = exempt(x)
        h = state["h"] if state else x.new_zeros(x.shape[0], self.decay.numel(), 2)
        scan = self._whole if rounding is None else self._stepped
        with torch.autocast(x.device.type, enabled=False):
            y, h = scan(x, DiagonalState(h, steps), rounding)
            y = y + self.skip * x
        return F.glu(self.leave(F.gelu(y)), -1), counted({"h": h}, steps + x.shape[1], rounding)

    def _whole(self, x: Tensor, state: DiagonalState, rounding: Format | None) -> tuple[Tensor, Tensor]:
        turn, enter = self.discretise()
        before = torch.view_as_complex(state.h.view(-1, *self.decay.shape, 2))
        C = 2 * torch.view_as_complex(self.C)
        y, h = invariant_scan(x, turn, enter, C, before)
        return y, torch.view_as_real(h.flatten(1))

    def _stepped(self, x: Tensor, state: DiagonalState, rounding: Format | None) -> tuple[Tensor, Tensor]:
        """As the other one, with every state made: only so can each be rounded."""
        turn, enter = (torch.view_as_real(part) for part in self.discretise())
        drive = (x[..., None, None] * enter).flatten(2, 3)
        h, after = diagonal_scan(drive, turn.flatten(0, 1), state, rounding)
        re, im = h.view(*x.shape[:2], *self.decay.shape, 2).unbind(-1)
        return 2 * ((re * self.C[..., 0]).sum(-1) - (im * self.C[..., 1]).sum(-1)), after.h


@register_model(
    "s4d",
    theory="any depth: within TC0, so no word problem of a non-solvable group unless TC0 = NC1 (arXiv 2404.08819)",
    source="arXiv 2206.11893",
)
class S4D(Backbone):
    """The backbone with S4D layers.

    Parameters
    ----------
    width : int
        D, channels.
    modes : int
        N, complex states per channel.
    layers : str
        Letters: ``h`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = S4D(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        modes: int = 16,
        layers: str = "h",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"h": lambda D: S4DLayer(D, modes)}
        super().__init__(inputs, outputs, width, layers, own, norm)
