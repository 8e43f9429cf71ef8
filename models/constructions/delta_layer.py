"""One layer of `deltaproduct` as machines of permutations and resets beside each other: its weights.

Each machine has a head for each of its places, all of the same keys: slots of strength 2 reflect, slots of
strength 1 write, and a slot that has nothing to do has a key of zero. The head of a place reads whether the state
is there: 1 where it is and 0 elsewhere; for the start place, 0 where it is and -1 elsewhere.

Keys pass through SiLU and are normalised, and must come out as multiples of 1/2 to the last bit. silu(PLUS) and
silu(MINUS) are 43/256 and -43/256 in float32, also where exp is off by one in its last place: found by search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw

from ...automata.algebra.monoid import permuting
from .reflections import corner, dimension, reflections, swaps, writes

PLUS, MINUS = 0.2932462990283966, -0.4248548448085785
"""Before SiLU, what an entry of a key that is positive or negative is: all of a key's are alike in size."""
FULL = 40.0
"""The sigmoid of this is 1: a strength of 2. That of 0 is 1/2: a strength of 1."""

Weights = dict[str, NDArray[np.float64]]


class Slot(NamedTuple):
    """A correction of the state: its key and the value of its first column."""

    key: NDArray[np.float64]
    value: float


@dataclass(frozen=True, eq=False)
class Mover:
    """A machine of which each symbol permutes the places or sets one.

    Attributes
    ----------
    after : int array, shape (symbols, places)
    start : int
    """

    after: NDArray[np.int32]
    start: int

    @property
    def places(self) -> int:
        """Number of places."""
        return int(self.after.shape[1])

    def turns(self) -> list[list[Slot]]:
        """Return the reflections of each symbol."""
        return [
            [Slot(*pair) for pair in reflections(row, self.start)] if turns else []
            for row, turns in zip(self.after, permuting(self.after), strict=True)
        ]

    def resets(self) -> list[list[Slot]]:
        """Return the writes of each symbol."""
        return [
            [] if turns else [Slot(*pair) for pair in writes(int(row[0]), self.places, self.start)]
            for row, turns in zip(self.after, permuting(self.after), strict=True)
        ]


def moves(after: NDArray[np.int32]) -> bool:
    """Say whether every row is a permutation or constant: whether there is a `Mover`.

    Examples
    --------
    >>> moves(np.array([[1, 0], [0, 0]])), moves(np.array([[1, 2, 0], [0, 0, 1]]))
    (True, False)
    """
    return bool((permuting(after) | (after == after[:, :1]).all(axis=1)).all())


@dataclass(frozen=True)
class Shape:
    """Sizes of a layer, which all layers of a model share.

    Attributes
    ----------
    heads, share : int
        H, and the channels of a head; D is their product.
    turns, resets : int
        Slots that reflect and slots that write; J is their sum.
    """

    heads: int
    share: int
    turns: int
    resets: int

    @property
    def width(self) -> int:
        """D, channels."""
        return self.heads * self.share

    @property
    def slots(self) -> int:
        """J, reflections of a token."""
        return self.turns + self.resets


def shape_of(layers: Sequence[Sequence[Mover]], least: int) -> Shape:
    """Return the least shape of layers of at least so many channels."""
    movers = [mover for layer in layers for mover in layer]
    heads, share = heads_of([[mover.places for mover in layer] for layer in layers], least)
    turns = max(
        (len(swaps(row)) for mover in movers for row in mover.after[permuting(mover.after)]), default=0
    )
    resets = max((dimension(mover.places) for mover in movers if not permuting(mover.after).all()), default=0)
    return Shape(heads, share, turns + (turns + resets == 0), resets)


def heads_of(places: Sequence[Sequence[int]], least: int) -> tuple[int, int]:
    """Return heads and the channels of each, by the places of each machine of each layer: they give the width.

    Examples
    --------
    >>> heads_of([[2, 3]], least=6), heads_of([[2, 3]], least=24)
    ((5, 4), (6, 4))
    """
    share = max(dimension(count) for layer in places for count in layer)
    return max(*map(sum, places), -(-least // share)), share


def delta_weights(movers: Sequence[Mover], shape: Shape, source: int, target: int, lag: int) -> Weights:
    """Return a layer's weights, by their names in the layer.

    Parameters
    ----------
    movers : sequence of Mover
        Of the same symbols.
    shape : Shape
    source : int
        The first of the channels that hold the symbol, one of them 1 and the others 0.
    target : int
        The first of the channels that places are written to, mover after mover.
    lag : int
        0: the state after the symbol; 1: before it.
    """
    H, K, J, D = shape.heads, shape.share, shape.slots, shape.width
    query, key, value = np.zeros((H, K)), np.zeros((H, J, K, D)), np.zeros((H, J, K, D))
    leave = np.zeros((D, D))
    head = 0
    for mover in movers:
        here = slice(head, head + mover.places)
        for first, actions in ((0, mover.turns()), (shape.turns, mover.resets())):
            for symbol, slots in enumerate(actions, source):
                for j, slot in enumerate(slots, first):
                    entries = np.select([slot.key > 0, slot.key < 0], [PLUS, MINUS])
                    key[here, j, : len(entries), symbol] = entries
                    value[here, j, 0, symbol] = slot.value
        for place in range(mover.places):
            seen = corner(place, mover.places)
            query[head, : len(seen)] = _inverse_silu(seen / 8)
            leave[target + head, head * K] = K**-0.5  # the norm of a head with one column
            head += 1
    everything = np.concatenate([np.zeros((H * K, D)), key.reshape(-1, D), value.reshape(-1, D)])
    kernel = np.zeros((len(everything), 1, 4))
    kernel[:, 0, 3 - lag] = 1
    bias = np.concatenate([query.ravel(), np.zeros(len(everything) - H * K)])
    strength = np.where(np.arange(J) < shape.turns, FULL, 0.0)
    return {
        "enter.weight": everything,
        "convolution.kernel.weight": kernel,
        "convolution.kernel.bias": bias,
        "strength.weight": np.zeros((H * J, D)),
        "strength.bias": np.tile(strength, H),
        "norm.weight": np.ones(K),
        "leave.weight": leave,
    }


def _inverse_silu(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return u with u sigmoid(u) = values, all above -0.278: u = values + W(values exp(-values))."""
    return np.asarray(values + lambertw(values * np.exp(-values)).real)
