"""Elman network without any bias, norm or residual: what the theory of wave and episodic memories analyses.

Source: Karuvally, DelMastro and Siegelmann, "Episodic Memory Theory for the Mechanistic Interpretation of
Recurrent Neural Networks", arXiv 2310.02430.

Glossary (symbol here: in the paper)
    D  width: hidden units           enter  W_uh
    h  hidden state, 0 at first      recur  W_hh, whose eigenvectors are the variable memories
                                     leave  W_r

    h_t = tanh(W_hh h_{t-1} + W_uh u_t)        o_t = W_r h_t

Without biases h = 0 is a fixed point, where the map is W_hh itself.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from ..names import positive
from .backbone import tokens_of
from .layers import State
from .registry import register_model


@register_model(
    "elman",
    theory="saturated: the regular languages (arXiv 2004.08500); with s d units, every linear task of binding "
    "s vectors of d numbers (arXiv 2310.02430)",
    source="arXiv 2310.02430",
)
class Elman(nn.Module):
    """W_r tanh(W_hh h + W_uh u), and nothing else.

    Parameters
    ----------
    width : int
        D, hidden units.
    nonlinearity : str
        ``tanh``, or ``none`` for a linear network.

    Examples
    --------
    >>> logits, state = Elman(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape, state["h"].shape
    (torch.Size([1, 3, 5]), torch.Size([1, 16]))
    """

    def __init__(
        self, inputs: int, outputs: int, width: int = 16, nonlinearity: Literal["tanh", "none"] = "tanh"
    ) -> None:
        super().__init__()
        for name, value in (("inputs", inputs), ("outputs", outputs), ("width", width)):
            positive(name, value)
        self.activate: nn.Module = nn.Tanh() if nonlinearity == "tanh" else nn.Identity()
        self.enter: nn.Module = nn.Embedding(inputs, width)
        self.recur = nn.Linear(width, width, bias=False)
        self.leave = nn.Linear(width, outputs, bias=False)

    def read_vectors(self) -> None:
        """Take vectors of `inputs` numbers in place of symbols; called once, before training."""
        assert isinstance(self.enter, nn.Embedding)
        self.enter = nn.Linear(self.enter.num_embeddings, self.enter.embedding_dim, bias=False)

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return logits (B, L, outputs) and the state: ``h`` (B, D).

        Parameters
        ----------
        tokens : Tensor, shape (B, L), int64
            For vectors: (B, L, inputs).
        state : dict of tensors, optional
            What the piece before returned.
        """
        x = self.enter(tokens_of(tokens, self.enter))
        h = state["h"] if state else x.new_zeros(len(x), x.shape[2])
        seen = []
        for u in x.unbind(1):
            h = self.activate(u + self.recur(h))
            seen.append(h)
        return self.leave(torch.stack(seen, 1)), {"h": h}
