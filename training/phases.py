"""Phases in training: pulled to the multiples of a fraction of a turn, and rounded to them from some step on."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ..errors import RequestError
from ..generators.tensors import Batch
from ..models.aussm import UnitaryLayer


def unitary_layers(model: nn.Module, what: str) -> list[UnitaryLayer]:
    """Return the layers that have phases.

    Raises
    ------
    RequestError
        Where there is none; the message begins with `what`.
    """
    found = [module for module in model.modules() if isinstance(module, UnitaryLayer)]
    if not found:
        raise RequestError(f"{what} has no phases: expected unitary layers, such as those of aussm")
    return found


class Phases:
    """Keeps what each unitary layer of a model has just read, and gives its phases.

    Parameters
    ----------
    model : nn.Module
        With unitary layers.
    what : str
        What a refusal calls the model.

    Raises
    ------
    RequestError
        Where the model has no such layer.

    Examples
    --------
    >>> from krohn.models.zoo import build_model
    >>> model = build_model("aussm", 2, 2, {"layers": "a|f|a", "modes": 1, "drive": False}, seed=0)
    >>> phases = Phases(model, "aussm")
    >>> _ = model(torch.zeros(3, 5, dtype=torch.int64))
    >>> [theta.shape for theta in phases.of_words(torch.tensor([5, 2, 1]))]
    [torch.Size([8, 1, 16]), torch.Size([8, 1, 16])]
    """

    def __init__(self, model: nn.Module, what: str) -> None:
        self.layers = unitary_layers(model, what)
        self._read: list[Tensor] = []
        self._hooks = [layer.register_forward_pre_hook(self._keep) for layer in self.layers]

    def _keep(self, module: nn.Module, inputs: Any) -> None:
        if len(self._read) == len(self.layers):  # of the words before
            self._read.clear()
        self._read.append(inputs[0])

    def remove(self) -> None:
        """Leave the model as it was."""
        for hook in self._hooks:
            hook.remove()

    def of_words(self, lengths: Tensor) -> list[Tensor]:
        """Return each layer's phases in the words just read, (tokens, N, D), in turns; padding is left out."""
        inside = torch.arange(self._read[0].shape[1]) < lengths[:, None]
        found = [
            layer.phases(x)[inside.to(x.device)] for layer, x in zip(self.layers, self._read, strict=True)
        ]
        self._read.clear()
        return found

    def penalty(self, batch: Batch, q: int) -> Tensor:
        """Return the sum over layers of the mean of 1 - cos(2π q θ): 0 where all phases are multiples of 1/q turn."""
        means = [(1 - torch.cos(2 * math.pi * q * theta)).mean() for theta in self.of_words(batch.lengths)]
        return torch.stack(means).sum()


class RoundedFrom:
    """Switches the lattice of a model on at a step; before it, phases are as they were learned.

    From that step on gradients stop at the phases, so that a rounded phase moves only where what it is made of
    moves by half a step of the lattice. The optimiser's memory, which is of the other model, is dropped there.

    Parameters
    ----------
    model : nn.Module
        Whose unitary layers have a `phase_lattice`.
    step, steps : int
        The step (from 0), and how many there are.

    Raises
    ------
    RequestError
        Where there are no phases, no lattice, or no step is left.
    """

    def __init__(self, model: nn.Module, step: int, steps: int) -> None:
        self.layers = unitary_layers(model, "snap_after: this model")
        self.lattices = [layer.phase_lattice for layer in self.layers]
        self.step = step
        if any(isinstance(q, int) and q == 0 for q in self.lattices):
            raise RequestError(
                f"snap_after is {step} without a lattice: expected --set phase_lattice=Q with Q at least 1"
            )
        if step >= steps:
            raise RequestError(
                f"snap_after is {step} of {steps} steps: expected fewer, so that some are left"
            )

    def begin(self, step: int, optimiser: Optimizer) -> None:
        """Set the layers as they are to be in a step (from 0)."""
        rounded = step >= self.step
        for layer, q in zip(self.layers, self.lattices, strict=True):
            layer.phase_lattice = q if rounded else 0
            layer.phases_fixed = rounded
        if step == self.step:
            optimiser.state.clear()
