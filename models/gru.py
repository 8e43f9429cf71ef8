"""GRU, torch's own, in the backbone.

Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", arXiv 1406.1078.

Glossary (symbol here: in the paper)
    D  width: channels and hidden units      h  hidden state
"""

from __future__ import annotations

from torch import Tensor, nn

from .backbone import Backbone
from .layers import State, register_layer
from .registry import register_model


@register_layer("g")
class GRULayer(nn.Module):
    """One GRU layer of D hidden units.

    Examples
    --------
    >>> import torch
    >>> y, state = GRULayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["h"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.cell = nn.GRU(width, width, batch_first=True)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` (B, D)."""
        y, h = self.cell(x, state["h"].unsqueeze(0) if state else None)
        return y, {"h": h.squeeze(0)}


@register_model(
    "gru",
    theory="one layer, saturated: the regular languages (arXiv 2004.08500); no counter, unlike an LSTM "
    "(arXiv 1805.04908)",
    source="arXiv 1406.1078",
)
class GRU(Backbone):
    """The backbone with GRU layers.

    Parameters
    ----------
    width : int
        D, channels and hidden units.
    layers : str
        Letters: ``g`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> import torch
    >>> logits, state = GRU(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self, inputs: int, outputs: int, width: int = 16, layers: str = "g", norm: bool = True
    ) -> None:
        super().__init__(inputs, outputs, width, layers, norm=norm)
