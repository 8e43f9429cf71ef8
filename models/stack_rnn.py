"""Stack-RNN: a tanh RNN that reads the top of a stack, and pushes, pops or leaves it by a softmax.

Sources: Joulin and Mikolov, "Inferring Algorithmic Patterns with Stack-Augmented Recurrent Nets", arXiv 1503.01007;
the form, with one no-operation and linear values, is that of Delétang et al., arXiv 2207.02098.

Glossary (symbol here: in the papers)
    D  width: hidden units       C  cells: numbers in a stack element
    h  hidden state              stack  element 0 is the top
    a  probabilities of push, pop and no operation     v  the value to push

    h_t = tanh(W x_t + P stack_{t-1}[0] + U h_{t-1} + b)      a = softmax(A h_t)      v = V h_t
    stack_t[i] = a_push stack_{t-1}[i - 1] + a_pop stack_{t-1}[i + 1] + a_none stack_{t-1}[i],  stack_{t-1}[-1] = v
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


@register_layer("k")
class StackLayer(nn.Module):
    """One Stack-RNN, without norm and residual.

    Parameters
    ----------
    width : int
        D.
    cells : int
        C.
    depth : int
        Elements kept, what lies deeper being lost; 0: all, so that the state grows by one a token.

    Examples
    --------
    >>> y, state = StackLayer(8)(torch.randn(2, 5, 8))
    >>> y.shape, state["stack"].shape
    (torch.Size([2, 5, 8]), torch.Size([2, 5, 8]))
    """

    def __init__(self, width: int, cells: int = 8, depth: int = 0) -> None:
        super().__init__()
        if depth < 0:
            raise RequestError(f"depth is {depth}: expected a whole number of at least 1, or 0 for no bound")
        self.cells, self.depth = positive("cells", cells), depth
        self.enter = nn.Linear(width, width)
        self.read = nn.Linear(cells, width, bias=False)
        self.recur = nn.Linear(width, width, bias=False)
        self.act = nn.Linear(width, 3)
        self.value = nn.Linear(width, cells)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return y (B, L, D) and the state: ``h`` (B, D) and ``stack`` (B, tokens or depth, C)."""
        u = self.enter(x)
        h = state["h"] if state else torch.zeros_like(u[:, 0])
        stack = state["stack"] if state else x.new_zeros(len(x), self.depth, self.cells)
        seen = []
        for token in u.unbind(1):
            top = stack[:, :1].sum(1)  # 0 where there is none
            h = torch.tanh(token + self.read(top) + self.recur(h))
            push, pop, none = torch.softmax(self.act(h), -1)[:, :, None, None].unbind(1)
            if not self.depth:
                stack = F.pad(stack, (0, 0, 0, 1))
            pushed = torch.cat([self.value(h).unsqueeze(1), stack[:, :-1]], 1)
            stack = push * pushed + pop * F.pad(stack[:, 1:], (0, 0, 0, 1)) + none * stack
            seen.append(h)
        return torch.stack(seen, 1), {"h": h, "stack": stack}


@register_model(
    "stack-rnn",
    theory="deterministic context-free tasks, given exact actions (arXiv 2207.02098); its stack grows with every token "
    "unless depth bounds it",
    source="arXiv 1503.01007",
)
class StackRNN(Backbone):
    """The backbone with Stack-RNN layers.

    Parameters
    ----------
    width : int
        D, channels and hidden units.
    cells : int
        C, numbers in a stack element.
    depth : int
        Elements kept; 0: all.
    layers : str
        Letters: ``k`` this layer, ``f`` gated MLP.
    norm : bool

    Examples
    --------
    >>> logits, state = StackRNN(2, 5)(torch.tensor([[0, 1, 1]]))
    >>> logits.shape
    torch.Size([1, 3, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 16,
        cells: int = 8,
        depth: int = 0,
        layers: str = "k",
        norm: bool = True,
    ) -> None:
        own: dict[str, Build] = {"k": lambda D: StackLayer(D, cells, depth)}
        super().__init__(inputs, outputs, width, layers, own, norm)
