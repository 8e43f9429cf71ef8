"""AUSSM and Mamba, interleaved: rotations count, decaying modes reset.

Source: Karuvally, Nowak, Keller, Amo Alonso, Sejnowski and Siegelmann, arXiv 2507.05238, whose hybrid this is;
glossaries: `aussm` and `mamba`.
"""

from __future__ import annotations

from .aussm import Projection, UnitaryLayer
from .backbone import Backbone
from .lattices import Lattices, lattices_of
from .layers import Build
from .mamba import MambaLayer
from .registry import register_model


@register_model(
    "aussm-mamba",
    theory="interleaved: the languages of solvable monoids, at a precision logarithmic in the length "
    "(arXiv 2507.05238)",
    source="arXiv 2507.05238",
)
class AUSSMMamba(Backbone):
    """The backbone with layers of both kinds, of the same number of modes.

    Parameters
    ----------
    width : int
        D, channels.
    modes : int
        N, states per channel.
    layers : str
        Letters: ``a`` AUSSM, ``m`` Mamba, ``f`` gated MLP.
    drive, convolution, scale_phase : bool
        As in `AUSSM`.
    phase_lattice : int or tuple of tuple of int
        Round phases to multiples of 1/q turn; 0 for none. As in `AUSSM`.
    projection : str
        ``dense``, ``low-rank`` or ``per-head``.
    signed : bool
        Mamba's eigenvalues from -1 to 1.
    norm : bool

    Examples
    --------
    >>> import torch
    >>> logits, state = AUSSMMamba(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape, sorted(state)
    (torch.Size([1, 3, 5]), ['0.h', '0.window', '1.phase', '1.window', '1.z'])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        modes: int = 8,
        layers: str = "m|a",
        drive: bool = True,
        convolution: bool = True,
        scale_phase: bool = False,
        phase_lattice: Lattices = 0,
        projection: Projection = "dense",
        signed: bool = False,
        norm: bool = True,
    ) -> None:
        lattices = lattices_of(phase_lattice, layers)
        own: dict[str, Build] = {
            "a": lambda D: UnitaryLayer(
                D, modes, drive, convolution, scale_phase, next(lattices), projection=projection
            ),
            "m": lambda D: MambaLayer(D, modes, signed),
        }
        super().__init__(inputs, outputs, width, layers, own, norm)
