"""The residual stream of a construction: channels in blocks, layers that read some and write others.

Every block has norm 1 at every token, whatever is in it: a one-hot, or a cosine with its sine. So the norm of the
stream is known before each layer, and RMSNorm, which divides by it, is undone by a gain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..backbone import Backbone
from ..zoo import build_model
from .construction import fitting_width
from .lookup import Feature, Form, Item, Lookup
from .rotor import Counter, Mode, Rotor


class Part(Protocol):
    """A layer of the stack."""

    @property
    def letter(self) -> str:
        """Its letter in a layer string."""

    @property
    def width(self) -> int:
        """Channels that it needs at least."""

    def write(self, layer: nn.Module) -> None:
        """Write its weights into a layer whose weights are 0."""


@dataclass(frozen=True)
class OneHot:
    """A value on as many channels as there are values."""

    begin: int
    size: int

    def channel(self, value: int) -> int:
        """Return the channel of a value."""
        return self.begin + value

    def among(self, values: Sequence[int]) -> Form:
        """Return the form that is 1 where the value is one of some."""
        return dict.fromkeys((self.begin + value for value in values), 1.0)

    def feature(self, *values: int) -> Feature:
        """Return the same as a feature."""
        return Feature(self.among(values))


@dataclass
class Stream:
    """Blocks and layers, from the embedding on.

    Parameters
    ----------
    symbols : sequence of int
        What is embedded for each symbol: a number from 0.
    """

    symbols: Sequence[int]
    channels: int = field(default=0, init=False)
    units: int = field(default=0, init=False)
    layers: list[tuple[int, Part]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.first = self.one_hot(max(self.symbols) + 1)
        self.one = self.first.among(range(self.first.size))

    def one_hot(self, size: int) -> OneHot:
        """Return channels for a value; the layer that is added next has to write it."""
        begin = self.channels
        self.channels += size
        self.units += 1
        return OneHot(begin, size)

    def mode(self, order: int) -> Mode:
        """Return channels for a residue; the layer that is added next has to write it."""
        begin = self.channels
        self.channels += 1 + (order > 2)
        self.units += 1
        return Mode(order, begin, begin + 1 if order > 2 else None)

    def rotate(self, steps: Sequence[tuple[int, dict[int, int]]]) -> tuple[Mode, ...]:
        """Add a layer of counters, each an order with the steps that channels make; return their modes."""
        units = self.units
        modes = tuple(self.mode(order) for order, _ in steps)
        counters = tuple(Counter(mode, own) for mode, (_, own) in zip(modes, steps, strict=True))
        self.layers.append((units, Rotor(counters, self.one)))
        return modes

    def look_up(self, *tables: tuple[int, Sequence[tuple[tuple[Feature, ...], int]]]) -> list[OneHot]:
        """Add a layer of tables, each a number of values and its entries; return what they write."""
        units = self.units
        written = []
        items: list[Item] = []
        for size, entries in tables:
            block = self.one_hot(size)
            items += [Item(features, block.channel(value)) for features, value in entries]
            written.append(block)
        self.layers.append((units, Lookup(tuple(items), self.one)))
        return written

    def add(self, units: int, part: Part) -> None:
        """Add a layer that reads a stream of so many blocks."""
        self.layers.append((units, part))

    @property
    def lookups(self) -> tuple[int, ...]:
        """Entries of each lookup."""
        return tuple(len(part.items) for _, part in self.layers if isinstance(part, Lookup))

    @property
    def depth(self) -> int:
        """Layers that carry a state."""
        return sum(not isinstance(part, Lookup) for _, part in self.layers)

    @property
    def lattice(self) -> int:
        """q: all counters count multiples of 1/q turn; 0 where there is none."""
        rotors = [part for _, part in self.layers if isinstance(part, Rotor)]
        orders = [counter.mode.order for rotor in rotors for counter in rotor.counters]
        return math.lcm(*orders) if orders else 0

    def assemble(
        self, model: str, outputs: int, head: Sequence[Form], width: int | None, settings: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """Return the settings and the weights of a model of the zoo.

        Parameters
        ----------
        model : str
        outputs : int
            Classes.
        head : sequence of dict
            The form that each class's logit is.
        width : int, optional
            D; the least where not given.
        settings : dict
            The model's own.

        Raises
        ------
        RequestError
            Where the width is too small or too large.
        """
        least = max([self.channels, *(part.width for _, part in self.layers)])
        chosen = fitting_width(model, least, width)
        layers = "|".join(part.letter for _, part in self.layers)
        config = {"width": chosen, "layers": layers, **settings}
        network = build_model(model, len(self.symbols), outputs, config, seed=0)
        assert isinstance(network, Backbone)
        assert isinstance(network.embedding, nn.Embedding)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.zero_()
            network.embedding.weight[torch.arange(len(self.symbols)), torch.tensor(self.symbols)] = 1
            units = [units for units, _ in self.layers]
            for norm, count in zip((*network.norms, network.norm), (*units, self.units), strict=True):
                assert isinstance(norm, nn.RMSNorm)
                norm.weight.fill_(math.sqrt(count / chosen + (norm.eps or 0.0)))
            for layer, (_, part) in zip(network.layers, self.layers, strict=True):
                part.write(layer)
            for row, form in zip(network.head.weight, head, strict=True):
                for channel, weight in form.items():
                    row[channel] = weight
        return config, {name: value.clone() for name, value in network.state_dict().items()}
