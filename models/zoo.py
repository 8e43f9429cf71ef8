"""Finding and building a model by its name."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..names import lookup
from .layers import register_layer
from .registry import MODELS, Entry, register_model

__all__ = ["build_model", "carries_state", "entry", "models", "register_layer", "register_model", "size_of"]


def models() -> list[Entry]:
    """Return every model, by name."""
    return [MODELS[name] for name in sorted(MODELS)]


def entry(name: str) -> Entry:
    """Return the model called `name`.

    Raises
    ------
    RequestError
        Where there is none; the message names the nearest.
    """
    return lookup("model", name, MODELS)


def build_model(
    name: str, inputs: int, outputs: int, settings: dict[str, Any], seed: int, vectors: bool = False
) -> nn.Module:
    """Return a freshly initialised model; the same seed gives the same weights.

    Parameters
    ----------
    name : str
    inputs, outputs : int
        Symbols and classes of the task, or the dimensions of its vectors.
    settings : dict
        Config keys that differ from their defaults.
    seed : int
    vectors : bool
        Whether inputs are vectors of `inputs` numbers: a model's own method ``read_vectors()``, where it has
        one, is then called before any other use.

    Raises
    ------
    RequestError
        For an unknown name or key, or a value out of range.

    Examples
    --------
    >>> build_model("lstm", 2, 2, {"width": 8}, seed=0)(torch.tensor([[0, 1]]))[0].shape
    torch.Size([1, 2, 2])
    """
    found = entry(name)
    config = found.validate(settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = found.build(inputs=inputs, outputs=outputs, **config)
        read_vectors = getattr(model, "read_vectors", None)
        if vectors and callable(read_vectors):
            read_vectors()
        return model


def carries_state(model: nn.Module, piece: Tensor | None = None) -> bool:
    """Say whether a model takes a word in pieces: whether its forward returns logits and a state.

    Parameters
    ----------
    model : nn.Module
    piece : Tensor, shape (B, L, ...), optional
        What to try it on; one symbol where not given.
    """
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    piece = torch.zeros(1, 1, dtype=torch.int64) if piece is None else piece
    with torch.no_grad():
        return isinstance(model(piece.to(device)), tuple)


def size_of(model: nn.Module) -> tuple[int, int | None]:
    """Return the number of parameters, and how many bits of state a token step carries (None: no state).

    Examples
    --------
    >>> size_of(build_model("lstm", 2, 2, {"width": 8}, seed=0))[1] == 2 * 8 * 32
    True
    """
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if not carries_state(model):
        return parameters, None
    with torch.no_grad():
        _, state = model(torch.zeros(1, 1, dtype=torch.int64))
    return parameters, sum(value.numel() * value.element_size() * 8 for value in state.values())
