"""RNN, torch's own, in the backbone: h_t = tanh(W x_t + b + U h_{t-1} + c).

Source: Elman, "Finding Structure in Time", Cognitive Science 14 (1990).

Glossary (symbol here: in the paper)
    D  width: channels and hidden units      h  hidden state: the context units
    W, U  torch's weight_ih, weight_hh       b, c  torch's bias_ih, bias_hh
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from .backbone import Backbone
from .layers import Build, State, register_layer
from .registry import register_model


@register_layer("r")
class RNNLayer(nn.Module):
    """One layer of D hidden units.

    Examples
    --------
    >>> import torch
    >>> y, state = RNNLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["h"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    def __init__(self, width: int, nonlinearity: str = "tanh") -> None:
        super().__init__()
        self.cell = nn.RNN(width, width, batch_first=True, nonlinearity=nonlinearity)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` (B, D)."""
        y, h = self.cell(x, state["h"].unsqueeze(0) if state else None)
        return y, {"h": h.squeeze(0)}


@register_model(
    "rnn",
    theory="one layer, saturated: the regular languages (arXiv 2004.08500)",
    source="Elman, 1990",
)
class RNN(Backbone):
    """The backbone with RNN layers.

    Parameters
    ----------
    width : int
        D, channels and hidden units.
    nonlinearity : str
        ``tanh`` or ``relu``.
    layers : str
        Letters: ``r`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> import torch
    >>> logits, state = RNN(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        layers: str = "r",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"r": lambda D: RNNLayer(D, nonlinearity)}
        super().__init__(inputs, outputs, width, layers, own, norm)
