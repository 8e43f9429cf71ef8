"""Transformer, causal and pre-norm, with a choice of positions and a cache of keys and values for stepping.

Source: Vaswani et al., "Attention Is All You Need", arXiv 1706.03762; the layer and its glossary: `attention`.

Learned and sinusoidal positions are added to the embedding; there are as many learned ones as `longest` says.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from ..errors import RequestError
from ..names import positive
from .attention import AttentionLayer
from .backbone import Backbone
from .layers import Build, State
from .registry import register_model

Positions = Literal["none", "learned", "sinusoidal", "alibi", "rotary"]


@register_model(
    "transformer",
    theory="fixed depth: within TC0 (arXiv 2207.00729), parity with ever smaller margins only (arXiv 1906.06755); "
    "its cache grows with every token",
    source="arXiv 1706.03762",
)
class Transformer(Backbone):
    """The backbone with attention and MLP layers.

    Parameters
    ----------
    width : int
        D, channels.
    heads : int
        H.
    positions : str
        ``none``, ``learned``, ``sinusoidal``, ``alibi`` or ``rotary``.
    longest : int
        How many learned positions there are.
    layers : str
        Letters: ``t`` attention, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = Transformer(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape, state["0.key"].shape
    (torch.Size([1, 3, 5]), torch.Size([1, 2, 3, 8]))
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        heads: int = 2,
        positions: Positions = "rotary",
        longest: int = 512,
        layers: str = "t|f",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"t": lambda D: AttentionLayer(D, heads, positions)}
        super().__init__(inputs, outputs, width, layers, own, norm)
        self.positions = positions
        self.learned = nn.Embedding(positive("longest", longest), width) if positions == "learned" else None

    def enter(self, tokens: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Return the embedding with positions added, and ``position`` (B,), the number of tokens so far."""
        x, after = super().enter(tokens, state)
        if self.positions not in ("learned", "sinusoidal"):
            return x, after
        L = x.shape[1]
        first = state["position"] if state else torch.zeros(len(x), dtype=torch.int64, device=x.device)
        position = first.unsqueeze(1) + torch.arange(L, device=x.device)
        after["position"] = first + L
        if self.learned is None:
            return x + sinusoids(position, x.shape[2]).to(x.dtype), after
        if int(first.max()) + L > self.learned.num_embeddings:
            raise RequestError(
                f"position {int(first.max()) + L} of a transformer that learned {self.learned.num_embeddings}: "
                "expected shorter words, or --set longest=N when it is trained"
            )
        return x + self.learned(position), after


def sinusoids(position: Tensor, width: int) -> Tensor:
    """Return sines (even channels) and cosines (odd) of positions (B, L), shape (B, L, width), float64.

    Examples
    --------
    >>> sinusoids(torch.tensor([[0]]), 4).tolist()
    [[[0.0, 1.0, 0.0, 1.0]]]
    """
    pairs = torch.arange((width + 1) // 2, dtype=torch.float64, device=position.device)
    angle = position.unsqueeze(-1) * 10000 ** (-2 * pairs / width)
    return torch.stack([torch.sin(angle), torch.cos(angle)], -1).flatten(-2)[..., :width]
