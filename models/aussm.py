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
from collections.abc import Sequence
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
from .lattices import Lattices, lattices_of, layer_lattice
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
    phase_lattice : int or sequence of int
        q: phases are rounded to multiples of 1/q turn and counted modulo q; 0 for none. A sequence holds one q for
        each of the N D phases, mode by mode.
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
    associative = True

    def __init__(
        self,
        width: int,
        modes: int = 8,
        drive: bool = True,
        convolution: bool = True,
        scale_phase: bool = False,
        phase_lattice: int | Sequence[int] = 0,
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
        self.scale_phase = scale_phase
        self.width = width
        self.set_lattice(phase_lattice)
        self.phases_fixed = False
        """Whether gradients stop at the phases."""
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

    def set_lattice(self, given: int | Sequence[int]) -> None:
        """Round phases to another lattice, or with 0 to none, from here on."""
        self.phase_lattice = layer_lattice(given, self.modes, self.width)

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
        drive = delta * value if delta is not None and value is not None else None
        carried = None
        if state:
            carried = UnitaryState(state["phase"], state["z"], steps_of(state))
        features, weight, bias, scale = self._projection(u, delta)
        q = None if isinstance(self.phase_lattice, int) and not self.phase_lattice else self.phase_lattice
        if rounding is None and self.projection != "per-head":
            y, carried = projected_unitary_scan(
                features, weight, bias, self.readout, self.start, drive, scale, carried, q
            )
        elif rounding is None and scale is None:
            theta = self._shared_turns(features, weight, bias)
            y, carried = shared_unitary_scan(theta, self.readout, self.start, drive, carried, q)
        else:
            theta = self._turns(features, weight, bias, scale)
            y, carried = unitary_scan(theta, self.readout, self.start, drive, carried, rounding, q)
        after["phase"], after["z"] = carried.phase, carried.z
        counted(after, carried.steps, rounding)
        if value is not None:
            y = y + self.skip * value
        return self.leave(y * F.silu(z)), after

    def phases(self, x: Tensor) -> Tensor:
        """Return θ, what turns the state at each token of whole words, before it is rounded.

        Parameters
        ----------
        x : Tensor, shape (B, L, D)

        Returns
        -------
        Tensor, shape (B, L, N, D), turns

        Examples
        --------
        >>> UnitaryLayer(8, modes=2).phases(torch.zeros(1, 3, 8)).shape
        torch.Size([1, 3, 2, 8])
        """
        u = self.enter(x).chunk(2, -1)[0]
        if self.convolution is not None:
            u, _ = self.convolution(u, None)
        return self._turns(*self._projection(u, F.softplus(self.step(u)) if self.scale_phase else None))

    def _projection(self, u: Tensor, delta: Tensor | None) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        (features,) = exempt(u if self.reduce is None else self.reduce(u))
        weight, bias = self.phase.weight / math.sqrt(self.phase.in_features), self.phase.bias
        scale = exempt(delta)[0] if self.scale_phase and delta is not None else None
        if self.phases_fixed:
            scale = None if scale is None else scale.detach()
            return features.detach(), weight.detach(), bias.detach(), scale
        return features, weight, bias, scale

    def _turns(self, features: Tensor, weight: Tensor, bias: Tensor, scale: Tensor | None) -> Tensor:
        theta = self._shared_turns(features, weight, bias)
        theta = theta.repeat_interleave(self.width // theta.shape[3], 3)
        return theta if scale is None else theta * scale.unsqueeze(2)

    def _shared_turns(self, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        with torch.autocast(features.device.type, enabled=False):  # a phase in bfloat16 is lost in ten tokens
            theta = F.linear(features, weight, bias)
        return theta.view(*features.shape[:2], self.modes, -1)


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
    phase_lattice : int or tuple of tuple of int
        Round phases to multiples of 1/q turn; 0 for none. One q for all, or for each layer ``a`` a row of one q for
        each of its N D phases, as ``krohn snap --each`` finds them.
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
        phase_lattice: Lattices = 0,
        projection: Projection = "dense",
        rank: int = 4,
        heads: int = 4,
        learned_start: bool = True,
        norm: bool = True,
    ) -> None:
        lattices, phases = lattices_of(phase_lattice, layers), (projection, rank, heads)
        own: dict[str, Build] = {
            "a": lambda D: UnitaryLayer(
                D, modes, drive, convolution, scale_phase, next(lattices), *phases, learned_start
            )
        }
        super().__init__(inputs, outputs, width, layers, own, norm)
