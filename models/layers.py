"""Layers of the backbone: what a letter of a layer string stands for, and how any layer's state is rounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

from ..errors import RequestError
from ..kernels.rounding import Format
from ..names import unknown

State = dict[str, Tensor]
Build = Callable[[int], nn.Module]
BuildT = TypeVar("BuildT", bound=Build)

LAYERS: dict[str, Build] = {}


def register_layer(letter: str) -> Callable[[BuildT], BuildT]:
    """Add a letter to the backbone's layer strings (decorator).

    The module is built with the width; ``forward(x, state=None) -> (y, state)`` maps x of shape (B, L, D) to
    y of the same shape, `state` being a dict of tensors.

    Raises
    ------
    RequestError
        Where the letter is taken, or is not one letter.

    Examples
    --------
    >>> @register_layer("i")
    ... class Keep(nn.Module):
    ...     def __init__(self, width: int):
    ...         super().__init__()
    ...     def forward(self, x, state=None):
    ...         return x, {}
    >>> del LAYERS["i"]
    """

    def register(build: BuildT) -> BuildT:
        if len(letter) != 1 or letter == "|":
            raise RequestError(f"layer {letter!r}: expected one letter")
        if letter in LAYERS:
            raise RequestError(f"layer {letter!r} is registered already: expected a letter that is free")
        LAYERS[letter] = build
        return build

    return register


def parse_layers(layers: str, own: dict[str, Build] | None = None) -> list[Build]:
    """Return what builds each layer of a string such as ``a|f|a``.

    Parameters
    ----------
    layers : str
        Letters separated by ``|``.
    own : dict, optional
        Letters that the model builds with its own options.

    Raises
    ------
    RequestError
        For an empty string or an unknown letter.
    """
    known = {**LAYERS, **(own or {})}
    letters = layers.split("|")
    for letter in letters:
        if letter not in known:
            raise unknown(f"letter in layers {layers!r}:", letter, known)
    return [known[letter] for letter in letters]


def run(
    module: nn.Module, x: Tensor, state: State | None = None, rounding: Format | None = None
) -> tuple[Tensor, State]:
    """Run a layer or a model that carries a state over a piece, rounding that state after every step.

    A module with an attribute ``rounds`` that is true takes `rounding` itself; any other is fed one token at
    a time, and every floating-point tensor in its state is rounded between tokens. One whose ``associative`` is
    true can also compose its steps in a tree (`Format.tree`).

    Parameters
    ----------
    x : Tensor, shape (B, L, ...)
    state : dict of tensors, optional
        What the piece before returned.
    rounding : Format, optional

    Returns
    -------
    y : Tensor, shape (B, L, ...)
    state : dict of tensors
    """
    if rounding is None:
        return module(x, state)  # type: ignore[no-any-return]
    if getattr(module, "rounds", False):
        return module(x, state, rounding)  # type: ignore[no-any-return]
    outputs = []
    for t in range(x.shape[1]):
        y, state = module(x[:, t : t + 1], state)
        state = {
            name: rounding(value) if value.is_floating_point() else value for name, value in state.items()
        }
        outputs.append(y)
    return torch.cat(outputs, 1), state or {}


def steps_of(state: State | None) -> int:
    """Return how many tokens were read before, where a state counts them; 0 otherwise."""
    return int(state["steps"]) if state and "steps" in state else 0


def counted(after: State, steps: int, rounding: Format | None) -> State:
    """Add ``steps`` (1,), by which stochastic rounding draws, to a state; other states need no count."""
    if rounding is not None and rounding.mode == "stochastic":
        after["steps"] = torch.tensor([steps])
    return after


def share(width: int, heads: int) -> int:
    """Return the channels of each of `heads` heads.

    Raises
    ------
    RequestError
        Where heads do not divide the width; the nearest number that does is named.

    Examples
    --------
    >>> share(16, 4)
    4
    """
    if heads < 1 or width % heads:
        fits = min((h for h in range(1, width + 1) if width % h == 0), key=lambda h: abs(h - heads))
        raise RequestError(f"heads is {heads}, width {width}: expected heads that divide it, such as {fits}")
    return width // heads
