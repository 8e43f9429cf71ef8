"""The frame that every model of the zoo shares: embedding, residual blocks with RMSNorm, head."""

from __future__ import annotations

from torch import Tensor, nn

from ..errors import RequestError
from ..kernels.rounding import Format
from ..names import positive
from .layers import Build, State, parse_layers, run


class Backbone(nn.Module):
    """x <- x + layer(RMSNorm(x)) for every layer of a string, between an embedding and a linear head.

    Parameters
    ----------
    inputs : int
        V, symbols in the alphabet.
    outputs : int
        Classes.
    width : int
        D, channels.
    layers : str
        Letters separated by ``|``.
    own : dict, optional
        Letters built with the model's own options.
    norm : bool
        False leaves every RMSNorm out.

    Raises
    ------
    RequestError
        For a size below 1 or an unknown letter.
    """

    rounds = True

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int,
        layers: str,
        own: dict[str, Build] | None = None,
        norm: bool = True,
    ) -> None:
        super().__init__()
        for name, value in (("inputs", inputs), ("outputs", outputs), ("width", width)):
            positive(name, value)
        self.embedding: nn.Module = nn.Embedding(inputs, width)
        self.layers = nn.ModuleList(build(width) for build in parse_layers(layers, own))
        self.norms = nn.ModuleList(_norm(width, norm) for _ in self.layers)
        self.norm = _norm(width, norm)
        self.head = nn.Linear(width, outputs)

    @property
    def associative(self) -> bool:
        """Whether every layer's steps can be composed in a tree: its state goes by a diagonal linear recurrence."""
        return all(getattr(layer, "associative", False) for layer in self.layers)

    def read_vectors(self) -> None:
        """Take vectors of `inputs` numbers in place of symbols; called once, before training."""
        assert isinstance(self.embedding, nn.Embedding)
        self.embedding = nn.Linear(self.embedding.num_embeddings, self.embedding.embedding_dim)

    def enter(self, tokens: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Return what the first layer reads, (B, L, D), and a state of its own; a model may add to it."""
        return self.embedding(tokens), {}

    def forward(
        self, tokens: Tensor, state: State | None = None, rounding: Format | None = None
    ) -> tuple[Tensor, State]:
        """Return logits and the state after the piece.

        Parameters
        ----------
        tokens : Tensor, shape (B, L), int64
            For vectors: (B, L, inputs), of the weights' type.
        state : dict of tensors, optional
            What the piece before returned; None at the start of a word.
        rounding : Format, optional
            Round the recurrent state after every step.

        Returns
        -------
        logits : Tensor, shape (B, L, outputs)
        state : dict of tensors
            Named ``layer.tensor``. Its size does not depend on L, but for layers that say so.
        """
        x, after = self.enter(tokens_of(tokens, self.embedding), state)
        for index, (norm, layer) in enumerate(zip(self.norms, self.layers, strict=True)):
            before = None
            if state is not None:
                prefix = f"{index}."
                before = {
                    name.removeprefix(prefix): value
                    for name, value in state.items()
                    if name.startswith(prefix)
                }
            y, carried = run(layer, norm(x), before, rounding)
            x = x + y
            after.update({f"{index}.{name}": value for name, value in carried.items()})
        return self.head(self.norm(x)), after


def _norm(width: int, wanted: bool) -> nn.Module:
    return nn.RMSNorm(width, eps=1e-5) if wanted else nn.Identity()


def tokens_of(tokens: Tensor, embedding: nn.Module) -> Tensor:
    """Return `tokens`, checked: symbols (B, L), or vectors (B, L, inputs) where the embedding is linear.

    Raises
    ------
    RequestError
        For another shape, or no token at all.
    """
    vectors = isinstance(embedding, nn.Linear)
    if tokens.dim() != 2 + vectors or tokens.shape[1] == 0:
        expected = f"(B, L, {embedding.in_features})" if vectors else "(B, L)"
        raise RequestError(f"tokens have shape {tuple(tokens.shape)}: expected {expected} with L at least 1")
    return tokens
