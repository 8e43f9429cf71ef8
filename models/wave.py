"""Travelling-wave memory: a lattice of columns that moves by one a step, and a boundary that makes the new one.

Source: Karuvally, Sejnowski and Siegelmann, "Hidden Traveling Waves bind Working Memory Variables in RNNs",
arXiv 2402.10163.

Glossary (symbol here: in the paper)
    D  width: rows, the state dimension d       s  columns: slots of history
    h  lattice: column s is the newest          boundary  f, the start boundary condition
    F  weights of a linear boundary             K, Q, V  matrices of a self-attention boundary

    h_i <- h_{i+1}  for i < s,        h_s <- f(h) + x_t
    linear:          f(h) = Σ_i F_i h_i
    self-attention:  f(h) = Σ_i softmax_i(h_iᵀ K Q h_s) V h_i

What is read is column s. Without an input a self-attention boundary is an attention-only decoder of one head with
a context of s vectors, without residual or MLP.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from ..kernels.rounding import Format
from ..kernels.shift import ShiftState, attention_shift_scan, shift_scan
from ..names import positive
from .backbone import Backbone
from .layers import Build, State, counted, register_layer, steps_of
from .registry import register_model


@register_layer("w")
class WaveLayer(nn.Module):
    """One lattice, between two linear maps that write and read it.

    A linear boundary starts as a ring: F_1 = 1, so that a wave comes back after s steps.

    Parameters
    ----------
    width : int
        D.
    columns : int
        s.
    boundary : str
        ``linear`` or ``attention``.

    Examples
    --------
    >>> y, state = WaveLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["columns"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8, 8]))
    """

    rounds = True

    def __init__(self, width: int, columns: int = 8, boundary: str = "linear") -> None:
        super().__init__()
        self.columns = positive("columns", columns)
        self.boundary = boundary
        self.enter = nn.Linear(width, width, bias=False)
        if boundary == "linear":
            weights = torch.zeros(columns, width, width)
            weights[0] = torch.eye(width)
            self.weights = nn.Parameter(weights)
        else:
            self.key, self.query, self.value = (
                nn.Parameter(torch.randn(width, width) / math.sqrt(width)) for _ in range(3)
            )
        self.leave = nn.Linear(width, width, bias=False)

    def forward(
        self, x: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``columns`` (B, s, D), the oldest first."""
        before = ShiftState(state["columns"], steps_of(state)) if state else None
        u = self.enter(x)
        if self.boundary == "linear":
            y, after = shift_scan(u, self.weights, before, rounding)
        else:
            matrices = (self.key, self.query, self.value)
            y, after = attention_shift_scan(u, *matrices, self.columns, before, rounding)
        return self.leave(y), counted({"columns": after.columns}, after.steps, rounding)


@register_model(
    "wave",
    theory="every system whose next vector is a function of its last s vectors, where the boundary is that "
    "function; with a linear one the linear systems (theorem 3.1 of arXiv 2402.10163)",
    source="arXiv 2402.10163",
)
class Wave(Backbone):
    """The backbone with travelling-wave layers.

    Parameters
    ----------
    width : int
        D, rows.
    columns : int
        s, slots of history.
    boundary : str
        ``linear`` or ``attention``.
    layers : str
        Letters: ``w`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = Wave(2, 5, boundary="attention")(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        columns: int = 8,
        boundary: Literal["linear", "attention"] = "linear",
        layers: str = "w",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"w": lambda D: WaveLayer(D, columns, boundary)}
        super().__init__(inputs, outputs, width, layers, own, norm)
