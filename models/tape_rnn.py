"""Tape-RNN: a tanh RNN with a head on a tape, which writes and then stays, or moves left or right, by a softmax.

Source: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv 2207.02098, section 3 and appendix A; after
Suzgun et al., arXiv 1911.03329. Its jumps by the length of the input are left out: a stream does not tell it.

Glossary (symbol here: in the paper)
    D  width: hidden units       C  cells: numbers at a place of the tape
    h  hidden state              tape  places, seen from the head: the head stands in the middle
    a  probabilities of stay, left and right           v  the value to write

    h_t = tanh(W x_t + P tape_{t-1}[head] + U h_{t-1} + b)      a = softmax(A h_t)      v = V h_t
    written = tape_{t-1} with v at the head
    tape_t[i] = a_stay written[i] + a_left written[i - 1] + a_right written[i + 1]
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from ..names import positive
from .backbone import Backbone
from .layers import Build, State, register_layer
from .registry import register_model


@register_layer("p")
class TapeLayer(nn.Module):
    """One Tape-RNN, without norm and residual.

    Parameters
    ----------
    width : int
        D.
    cells : int
        C.
    size : int
        Places of a tape whose ends meet; 0: an endless one, so that the state grows by two places a token.

    Examples
    --------
    >>> y, state = TapeLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["tape"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 11, 8]))
    """

    def __init__(self, width: int, cells: int = 8, size: int = 0) -> None:
        super().__init__()
        if size < 0:
            raise RequestError(f"size is {size}: expected a whole number of at least 1, or 0 for no bound")
        self.cells, self.size = positive("cells", cells), size
        self.enter = nn.Linear(width, width)
        self.read = nn.Linear(cells, width, bias=False)
        self.recur = nn.Linear(width, width, bias=False)
        self.act = nn.Linear(width, 3)
        self.value = nn.Linear(width, cells)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` (B, D) and ``tape`` (B, 2 tokens + 1 or size, C)."""
        u = self.enter(x)
        h = state["h"] if state else torch.zeros_like(u[:, 0])
        tape = state["tape"] if state else x.new_zeros(len(x), self.size or 1, self.cells)
        seen = []
        for token in u.unbind(1):
            if not self.size:
                tape = F.pad(tape, (0, 0, 1, 1))
            head = tape.shape[1] // 2
            h = torch.tanh(token + self.read(tape[:, head]) + self.recur(h))
            stay, left, right = torch.softmax(self.act(h), -1)[:, :, None, None].unbind(1)
            written = torch.cat([tape[:, :head], self.value(h).unsqueeze(1), tape[:, head + 1 :]], 1)
            tape = stay * written + left * written.roll(1, 1) + right * written.roll(-1, 1)
            seen.append(h)
        return torch.stack(seen, 1), {"h": h, "tape": tape}


@register_model(
    "tape-rnn",
    theory="context-sensitive tasks, given exact actions (arXiv 2207.02098); its tape grows with every token unless "
    "size bounds it",
    source="arXiv 2207.02098",
)
class TapeRNN(Backbone):
    """The backbone with Tape-RNN layers.

    Parameters
    ----------
    width : int
        D, channels and hidden units.
    cells : int
        C, numbers at a place of the tape.
    size : int
        Places of a circular tape; 0: an endless one.
    layers : str
        Letters: ``p`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = TapeRNN(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        cells: int = 8,
        size: int = 0,
        layers: str = "p",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"p": lambda D: TapeLayer(D, cells, size)}
        super().__init__(inputs, outputs, width, layers, own, norm)
