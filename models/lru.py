"""LRU: a complex diagonal linear recurrence with the same eigenvalues at every step.

Source: Orvieto, Smith, Gu, Fernando, Gulcehre, Pascanu and De, "Resurrecting Recurrent Neural Networks for Long
Sequences", arXiv 2303.06349, sections 3.3 to 3.4 and appendix A.

Glossary (symbol here: in the paper)
    D  width: H, channels               M  modes: N, states of the layer
    λ  eigenvalue exp(-exp(ν) + i exp(θ)), in the unit disc for any ν and θ
    γ  normalisation of the input, sqrt(1 - |λ|²) at first
    B, C  complex input and output maps; skip: D

    h_t = λ h_{t-1} + γ B x_t        y_t = Re(C h_t) + skip * x_t, then GELU and a gated linear unit
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from ..kernels.diagonal import DiagonalState, diagonal_scan
from ..kernels.rounding import Format
from ..names import positive
from .backbone import Backbone
from .layers import Build, State, counted, register_layer, steps_of
from .registry import register_model


@register_layer("u")
class LRULayer(nn.Module):
    """One LRU block, without its norm and residual.

    Parameters
    ----------
    width : int
        D.
    modes : int
        M.
    least, most : float
        Between which moduli of eigenvalues start, uniformly over the area of the ring.

    Examples
    --------
    >>> y, state = LRULayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["h"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 32, 2]))
    """

    rounds = True
    associative = True

    def __init__(self, width: int, modes: int = 32, least: float = 0.0, most: float = 1.0) -> None:
        super().__init__()
        positive("modes", modes)
        if not 0 <= least < most <= 1:
            raise RequestError(f"moduli from {least} to {most}: expected 0 <= least < most <= 1")
        squares = least**2 + (most**2 - least**2) * torch.rand(modes)
        squares = squares.clamp(1e-6, 1 - 1e-6)  # the ends of the range have no ν
        self.nu = nn.Parameter(torch.log(-0.5 * torch.log(squares)))
        self.theta = nn.Parameter(torch.log(2 * math.pi * torch.rand(modes).clamp(min=1e-6)))
        self.gamma = nn.Parameter(0.5 * torch.log(1 - squares))
        self.B = nn.Parameter(torch.randn(2, modes, width) / math.sqrt(2 * width))
        self.C = nn.Parameter(torch.randn(2, width, modes) / math.sqrt(modes))
        self.skip = nn.Parameter(torch.randn(width))
        self.leave = nn.Linear(width, 2 * width)

    def eigenvalues(self) -> Tensor:
        """Return λ, (M, 2)."""
        modulus, angle = torch.exp(-torch.exp(self.nu)), torch.exp(self.theta)
        return torch.stack([modulus * torch.cos(angle), modulus * torch.sin(angle)], -1)

    def forward(
        self, x: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` (B, M, 2), real and imaginary part."""
        before = DiagonalState(state["h"], steps_of(state)) if state else None
        B = self.B * torch.exp(self.gamma).unsqueeze(-1)
        drive = torch.stack([F.linear(x, B[0]), F.linear(x, B[1])], -1)
        h, after = diagonal_scan(drive, self.eigenvalues(), before, rounding)
        y = F.linear(h[..., 0], self.C[0]) - F.linear(h[..., 1], self.C[1]) + self.skip * x
        return F.glu(self.leave(F.gelu(y)), -1), counted({"h": after.h}, after.steps, rounding)


@register_model(
    "lru",
    theory="any depth: within TC0, so no word problem of a non-solvable group unless TC0 = NC1 (arXiv 2404.08819)",
    source="arXiv 2303.06349",
)
class LRU(Backbone):
    """The backbone with LRU layers.

    Parameters
    ----------
    width : int
        D, channels.
    modes : int
        M, complex states of a layer.
    least, most : float
        Between which moduli of eigenvalues start.
    layers : str
        Letters: ``u`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = LRU(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        modes: int = 32,
        least: float = 0.0,
        most: float = 1.0,
        layers: str = "u",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"u": lambda D: LRULayer(D, modes, least, most)}
        super().__init__(inputs, outputs, width, layers, own, norm)
