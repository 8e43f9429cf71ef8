"""Counters modulo small numbers as weights of a rotor, letter ``a``: phases on a lattice, read as cosine and sine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import nn

from ..aussm import UnitaryLayer
from .lookup import Feature, Form, add

SURE = 32.0
"""silu(32) is 32 to the last bit, and 32 is a power of two."""


@dataclass(frozen=True)
class Mode:
    """A residue modulo m on one channel or two: the cosine and the sine of its angle.

    Attributes
    ----------
    order : int
        m.
    cosine : int
        Its channel.
    sine : int, optional
        That of the sine; none for m = 2, where it is 0.
    """

    order: int
    cosine: int
    sine: int | None = None

    @property
    def gap(self) -> float:
        """How far below 1 the form of a residue is at its neighbours."""
        return 1 - math.cos(2 * math.pi / self.order)

    def form(self, residue: int) -> Form:
        """Return the linear form cos 2π (e - residue) / m of the residue e."""
        angle = 2 * math.pi * residue / self.order
        found = {self.cosine: math.cos(angle)}
        if self.sine is not None:
            found[self.sine] = math.sin(angle)
        return found

    def feature(self, residue: int) -> Feature:
        """Return the form that is 1 at a residue."""
        return Feature(self.form(residue), self.gap)


@dataclass(frozen=True)
class Counter:
    """A mode and what is added to its residue.

    Attributes
    ----------
    mode : Mode
    steps : dict
        By channel, how much is added where the channel is 1.
    """

    mode: Mode
    steps: dict[int, int]


@dataclass(frozen=True)
class Rotor:
    """Counters side by side in one layer of one mode a channel.

    Attributes
    ----------
    counters : tuple of Counter
    one : dict
        A linear form that is always 1.
    """

    counters: tuple[Counter, ...]
    one: Form

    letter = "a"

    @property
    def width(self) -> int:
        """Channels that the layer needs."""
        return sum(1 + (counter.mode.sine is not None) for counter in self.counters)

    def write(self, layer: nn.Module) -> None:
        """Write the weights into a layer whose weights are 0."""
        assert isinstance(layer, UnitaryLayer)
        D = layer.width
        lane = 0
        with torch.no_grad():
            layer.enter.weight[:D] = torch.eye(D)
            for counter in self.counters:
                mode = counter.mode
                for channel, readout in ((mode.cosine, (1.0, 0.0)), (mode.sine, (0.0, -1.0))):
                    if channel is None:
                        continue
                    for source, step in counter.steps.items():
                        share = Fraction(step, mode.order)
                        layer.phase.weight[lane, source] = math.sqrt(D) * float(share - round(share))
                    layer.start[0, lane] = torch.tensor([1.0, 0.0])
                    layer.readout[0, lane] = torch.tensor(readout)
                    add(layer.enter.weight[D + lane], self.one, SURE)
                    layer.leave.weight[channel, lane] = 1 / SURE
                    lane += 1
