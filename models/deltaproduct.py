"""DeltaProduct: DeltaNet with several generalised reflections a token.

Source: Siems, Carstensen, Zela, Hutter, Pontil and Grazzi, "DeltaProduct: Improving State-Tracking in Linear RNNs
via Householder Products", arXiv 2502.10297.

Glossary (symbol here: in the paper)
    J  reflections of a token: n_h      all else as in `deltanet`
"""

from __future__ import annotations

from .backbone import Backbone
from .deltanet import DeltaLayer
from .layers import Build
from .registry import register_model


@register_model(
    "deltaproduct",
    theory="signed: one layer of n - 1 reflections a token, every permutation of n things (arXiv 2502.10297)",
    source="arXiv 2502.10297",
)
class DeltaProduct(Backbone):
    """The backbone with DeltaProduct layers.

    Parameters
    ----------
    width : int
        D, channels.
    heads : int
        H.
    reflections : int
        J, of a token.
    signed : bool
        Eigenvalues of each factor from -1 to 1 instead of from 0 to 1.
    layers : str
        Letters: ``d`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> import torch
    >>> logits, state = DeltaProduct(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        heads: int = 1,
        reflections: int = 2,
        signed: bool = True,
        layers: str = "d",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"d": lambda D: DeltaLayer(D, heads, reflections, signed)}
        super().__init__(inputs, outputs, width, layers, own, norm)
