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

Where this differs from the released code: phases are in turns and exact; h_0 is learned (learned_start=false: 0);
B and C are one K a channel and mode; the bias of Δ is added once. Where paper and code differ, scale_phase=true is
the paper's phase. W_θ is dense in both; low-rank or per-head ones save most of its N D² weights. A rotor has no
drive and no skip: only the learned start turns, so nothing in the state grows with the length of the word.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from ..kernels import UnitaryState, projected_unitary_scan, shared_unitary_scan, unitary_scan
from ..kernels.operations import exempt
from ..kernels.rounding import Format
from ..names import positive
from .backbone import Backbone
from .convolution import CausalConvolution
from .layers import Build, State, counted, register_layer, share, steps_of
from .registry import register_model

Projection = Literal["dense", "low-rank", "per-head"]


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
    scale_phase : bool
        Multiply phases by Δ, as the paper's exp(Δ A(u)) does and its released code does not.
    phase_lattice : int
        q: phases are rounded to multiples of 1/q turn and counted modulo q; 0 for none.
    projection : str
        How phases are made of the D features: ``dense`` (each of N D phases of all), ``low-rank`` (of `rank`
        mixtures of them), ``per-head`` (N phases a head, shared by its D / heads channels).
    rank : int
        Mixtures of a low-rank projection.
    heads : int
        Heads of a per-head projection.
    learned_start : bool
        Learn h_0, or begin with 0 as the released code does.

    Examples
    --------
    >>> y, state = UnitaryLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["phase"].dtype
    (torch.Size([2, 5, 8]), torch.int32)
    """

    rounds = True

    def __init__(
        self,
        width: int,
        modes: int = 8,
        drive: bool = True,
        convolution: bool = True,
        scale_phase: bool = False,
        phase_lattice: int = 0,
        projection: str = "dense",
        rank: int = 4,
        heads: int = 4,
        learned_start: bool = True,
    ) -> None:
        super().__init__()
        self.modes = positive("modes", modes)
        if scale_phase and not drive:
            raise RequestError(
                "scale_phase is true without a drive: expected drive=true, whose step scales phases"
            )
        if not (drive or learned_start):
            raise RequestError(
                "learned_start is false without a drive: expected drive=true, or a start that turns"
            )
        if not 0 <= phase_lattice < 2**31:
            raise RequestError(
                f"phase_lattice is {phase_lattice}: expected a whole number from 0 to 2147483647"
            )
        self.scale_phase, self.phase_lattice = scale_phase, phase_lattice
        self.width = width
        self.drive = drive
        self.enter = nn.Linear(width, 2 * width, bias=False)
        self.convolution = CausalConvolution(width) if convolution else None
        self.projection = projection
        self.reduce = (
            nn.Linear(width, positive("rank", rank), bias=False) if projection == "low-rank" else None
        )
        lanes = modes * (width // share(width, heads) if projection == "per-head" else width)
        self.phase = nn.Linear(rank if projection == "low-rank" else width, lanes)
        self._make_start(learned_start)
        self.readout = nn.Parameter(torch.randn(modes, width, 2) / math.sqrt(modes))
        if drive:
            self.step = nn.Linear(width, width)
            self.skip = nn.Parameter(torch.ones(width))
        self.leave = nn.Linear(width, width, bias=False)
        nn.init.uniform_(self.phase.bias, -0.5, 0.5)

    def _make_start(self, learned: bool) -> None:
        self.start: Tensor
        if learned:
            self.start = nn.Parameter(torch.randn(self.modes, self.width, 2))
        else:
            self.register_buffer("start", torch.zeros(self.modes, self.width, 2))

    def forward(
        self, x: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``phase``, ``z`` and, with a convolution, ``window``.

        Where the rounding is stochastic, ``steps`` (1,) counts the tokens, by which it draws.
        """
        state = state or {}
        after: State = {}
        u, z = self.enter(x).chunk(2, -1)
        if self.convolution is not None:
            u, after["window"] = self.convolution(u, state.get("window"))
        value = F.silu(u) if self.drive else None
        delta = F.softplus(self.step(u)) if self.drive else None
        drive = exempt(delta * value)[0] if delta is not None and value is not None else None
        carried = None
        if state:
            carried = UnitaryState(state["phase"], state["z"], steps_of(state))
        (features,) = exempt(u if self.reduce is None else self.reduce(u))
        weight, bias = self.phase.weight / math.sqrt(self.phase.in_features), self.phase.bias
        scale = exempt(delta)[0] if self.scale_phase and delta is not None else None
        q = self.phase_lattice or None
        if rounding is None and self.projection != "per-head":
            y, carried = projected_unitary_scan(
                features, weight, bias, self.readout, self.start, drive, scale, carried, q
            )
        else:
            shared = self.phase.out_features // self.modes
            with torch.autocast(u.device.type, enabled=False):  # a phase in bfloat16 is lost in ten tokens
                theta = F.linear(features, weight, bias)
            theta = theta.view(*u.shape[:2], self.modes, shared)
            if rounding is None and scale is None:
                y, carried = shared_unitary_scan(theta, self.readout, self.start, drive, carried, q)
            else:
                theta = theta.repeat_interleave(self.width // shared, 3)
                theta = theta if scale is None else theta * scale.unsqueeze(2)
                y, carried = unitary_scan(theta, self.readout, self.start, drive, carried, rounding, q)
        after["phase"], after["z"] = carried.phase, carried.z
        counted(after, carried.steps, rounding)
        if value is not None:
            y = y + self.skip * value
        return self.leave(y * F.silu(z)), after


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
    scale_phase : bool
        Multiply phases by Δ.
    phase_lattice : int
        Round phases to multiples of 1/q turn; 0 for none.
    projection : str
        ``dense``, ``low-rank`` or ``per-head``.
    rank, heads : int
        Of a low-rank or a per-head projection.
    learned_start : bool
        False: h_0 = 0, as in the released code.
    norm : bool

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
        scale_phase: bool = False,
        phase_lattice: int = 0,
        projection: Projection = "dense",
        rank: int = 4,
        heads: int = 4,
        learned_start: bool = True,
        norm: bool = True,
    ) -> None:
        phases = (scale_phase, phase_lattice, projection, rank, heads)
        own: dict[str, Build] = {
            "a": lambda D: UnitaryLayer(D, modes, drive, convolution, *phases, learned_start)
        }
        super().__init__(inputs, outputs, width, layers, own, norm)
