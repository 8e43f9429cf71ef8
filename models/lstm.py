"""LSTM, torch's own, in the backbone.

Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997); the forget gate is that
of Gers, Schmidhuber and Cummins, Neural Computation 12 (2000).

Glossary (symbol here: in the paper)
    D  width: channels and hidden units      h  y^c, what the cells put out      c  s_c, what they hold
"""

from __future__ import annotations

from torch import Tensor, nn

from .backbone import Backbone
from .layers import State, register_layer
from .registry import register_model


@register_layer("l")
class LSTMLayer(nn.Module):
    """One LSTM layer of D hidden units.

    Examples
    --------
    >>> import torch
    >>> y, state = LSTMLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["c"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.cell = nn.LSTM(width, width, batch_first=True)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` and ``c``, each (B, D)."""
        before = (state["h"].unsqueeze(0), state["c"].unsqueeze(0)) if state else None
        y, (h, c) = self.cell(x, before)
        return y, {"h": h.squeeze(0), "c": c.squeeze(0)}


@register_model(
    "lstm",
    theory="one layer: any finite machine, given the width (Siegelmann and Sontag, 1995), and counters "
    "(arXiv 1805.04908)",
    source="Hochreiter and Schmidhuber, 1997",
)
class LSTM(Backbone):
    """The backbone with LSTM layers.

    Parameters
    ----------
    width : int
        D, channels and hidden units.
    layers : str
        Letters: ``l`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> import torch
    >>> logits, state = LSTM(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self, inputs: int, outputs: int, width: int = 16, layers: str = "l", norm: bool = True
    ) -> None:
        super().__init__(inputs, outputs, width, layers, norm=norm)
