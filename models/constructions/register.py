"""A register as weights of a Mamba layer, letter ``m``: held to the last bit, or set.

The convolution has one tap, at the token before: what comes out at a token is the register before it. To hold, the
step size is so small that exp(-Δ) is 1 in float32; to set, Δ = 32 leaves 1e-14 of what was there. Powers of two
elsewhere make what is written exact. The state is 0 at the beginning, so the first value is the one that no channel
stands for: one less all the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ..mamba import MambaLayer
from .lookup import Form, add, together
from .rotor import SURE

HOLD, SET = -40.0, 32.0
"""Before the softplus: softplus(-40) is 4e-18, and softplus(32) is 32 to the last bit."""
LAG = 1


@dataclass(frozen=True)
class Register:
    """A register in a layer of one mode.

    Attributes
    ----------
    values : dict
        By value, the form that is 1 where it is set.
    channels : tuple of int
        The channel of each value: 1 where the register holds it.
    start : int
        The value before the first symbol.
    one : dict
        A linear form that is always 1.
    """

    values: dict[int, Form]
    channels: tuple[int, ...]
    start: int
    one: Form

    letter = "m"

    @property
    def width(self) -> int:
        """Channels that the layer needs: it has two of its own for each."""
        return (len(self.channels) + 2) // 2

    def write(self, layer: nn.Module) -> None:
        """Write the weights into a layer whose weights are 0."""
        assert isinstance(layer, MambaLayer)
        inner = layer.leave.in_features
        held = [value for value in range(len(self.channels)) if value != self.start]
        setting, one = len(held), len(held) + 1  # two more channels: whether it is set, and a constant
        tap = layer.convolution.taps - 1 - LAG
        kernel = layer.convolution.kernel
        assert kernel.bias is not None
        with torch.no_grad():
            for channel, value in enumerate(held):
                add(layer.enter.weight[channel], self.values.get(value, {}), SURE)
                layer.step.weight[channel, 0] = SET - HOLD
                layer.leave.weight[self.channels[value], channel] = 1 / SURE
                layer.leave.weight[self.channels[self.start], channel] = -1 / SURE
            add(layer.enter.weight[setting], together(*self.values.values()), SURE)
            kernel.weight[: setting + 1, 0, tap] = 1
            kernel.bias[one] = SURE
            layer.select.weight[0, setting] = 1 / SURE
            layer.select.weight[layer.rank, one] = SURE**-3  # B: Δ B x = 32 · 32^-2 · 32
            layer.select.weight[layer.rank + 1, one] = 1 / SURE  # C
            layer.step.bias.fill_(HOLD)
            layer.skip[one] = 1 / SURE
            layer.leave.weight[self.channels[self.start], one] = 1 / SURE
            for channel in (*range(len(held)), one):
                add(layer.enter.weight[inner + channel], self.one, SURE)
