"""A lookup table as weights of the gated MLP, letter ``f``: exact, and deaf to small errors of what it reads.

An entry is a conjunction of features, each a linear form of the channels that is 1 where it holds. Their sum z is
the number of features where the entry matches, and at least `gap` less elsewhere. Two hidden units an entry make a
ramp that is clipped on both sides, relu(k (z - lo)) - relu(k (z - hi)): 0 below lo, 1 above hi, and whatever z is
off by is gone. SiLU stands for relu, its argument scaled by SHARP; the branch of values is 1 all the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..mlp import GatedMLP

SHARP = 40.0
"""silu(-40) is 2e-16: what is clipped is clipped in float32, and in bfloat16."""

Form = dict[int, float]
"""A linear form: the weight of each channel."""


@dataclass(frozen=True)
class Feature:
    """A linear form of the channels that is 1 where something holds, and at most 1 - gap where it does not."""

    form: Form
    gap: float = 1.0


@dataclass(frozen=True)
class Item:
    """An entry of a table: where all features hold, 1 is added to the target channel."""

    features: tuple[Feature, ...]
    target: int


@dataclass(frozen=True)
class Lookup:
    """A table.

    Attributes
    ----------
    items : tuple of Item
    one : dict
        A linear form that is always 1.

    Examples
    --------
    Channel 2 becomes 1 where channels 0 and 1 are:

    >>> both = Item((Feature({0: 1.0}), Feature({1: 1.0})), target=2)
    >>> layer = GatedMLP(4)
    >>> zeros = [nn.init.zeros_(weight) for weight in layer.parameters()]
    >>> Lookup((both,), {3: 1.0}).write(layer)
    >>> layer(torch.tensor([[[1.0, 1.0, 0.0, 1.0], [1.1, 0.1, 0.0, 1.0]]]))[0][0, :, 2].round(decimals=6).abs().tolist()
    [1.0, 0.0]
    """

    items: tuple[Item, ...]
    one: Form

    letter = "f"

    @property
    def width(self) -> int:
        """Channels that the layer needs: it has two hidden units a channel."""
        return len(self.items)

    def write(self, layer: nn.Module) -> None:
        """Write the weights into a layer whose weights are 0."""
        assert isinstance(layer, GatedMLP)
        hidden = layer.leave.in_features
        with torch.no_grad():
            for index, item in enumerate(self.items):
                gap = min(feature.gap for feature in item.features)
                slope = SHARP * 3 / gap
                for unit, below in ((2 * index, 2 * gap / 3), (2 * index + 1, gap / 3)):
                    gate = layer.enter.weight[unit]
                    for feature in item.features:
                        add(gate, feature.form, slope)
                    add(gate, self.one, slope * (below - len(item.features)))
                    add(layer.enter.weight[hidden + unit], self.one)
                layer.leave.weight[item.target, 2 * index] += 1 / SHARP
                layer.leave.weight[item.target, 2 * index + 1] -= 1 / SHARP


def add(row: Tensor, form: Form, scale: float = 1.0) -> None:
    """Add a linear form to a row of weights."""
    for channel, weight in form.items():
        row[channel] += scale * weight


def together(*forms: Form) -> Form:
    """Return the sum of linear forms.

    Examples
    --------
    >>> together({0: 1.0}, {0: 1.0, 2: 3.0})
    {0: 2.0, 2: 3.0}
    """
    total: Form = {}
    for form in forms:
        for channel, weight in form.items():
            total[channel] = total.get(channel, 0.0) + weight
    return total
